//! The cloud knows the certificate with which the domain's AD FS signs.

use facts::{Certificate, Facts, Unknown};

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::federation;
use crate::realm::{self, Answered};
use crate::remedy::Remedy;
use crate::say;
use crate::sts::metadata::{self, Metadata, Published, thumbprint};
use crate::sts::remedy;
use crate::sts::service::{self, NOT_APPLICABLE, OTHER_IDENTITY_PROVIDER};
use crate::subject::{Domain, HostPort, Service};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "adfs.entra-copy",
    title: Text::new(
        "The cloud holds the token-signing certificate of AD FS",
        "Le cloud détient le certificat de signature de jetons d’AD FS",
    ),
    why: Text::new(
        "The cloud holds a copy of the token-signing certificate for each federated domain and believes no other. When AD FS signs \
         with a certificate that the cloud does not hold, every sign-in of the domain fails.",
        "Le cloud détient pour chaque domaine fédéré une copie du certificat de signature de jetons et n’en croit pas d’autre. Quand \
         AD FS signe avec un certificat que le cloud ne détient pas, toute connexion du domaine échoue.",
    ),
    affects: Text::new("every user of the domain", "tout utilisateur du domaine"),
    reasons: &[OK, SECONDARY, MISMATCH, NOT_PUBLISHED, UNREACHABLE, OTHER_IDENTITY_PROVIDER, NOT_APPLICABLE],
    references: &[FEDERATION_CERTIFICATES, UPDATE],
    symptoms: &[Text::new(
        "AADSTS5000811 (the token's signature cannot be verified) after the password was accepted at the organisation's own page.",
        "AADSTS5000811 (signature du jeton non vérifiable) après que la page de l’organisation a accepté le mot de passe.",
    )],
    judge: Judge::EachDomain(|domain, facts| Box::pin(judge(domain, facts))),
};

const FEDERATION_CERTIFICATES: Reference = Reference {
    title: Text::new(
        "Renew federation certificates for Microsoft 365 and Microsoft Entra ID",
        "Renouveler les certificats de fédération pour Microsoft 365 et Microsoft Entra ID",
    ),
    url: "https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-fed-o365-certs",
};
const UPDATE: Reference = Reference {
    title: Text::new(
        "PowerShell: Update-MgDomainFederationConfiguration",
        "PowerShell : Update-MgDomainFederationConfiguration",
    ),
    url: "https://learn.microsoft.com/powershell/module/microsoft.graph.identity.directorymanagement/update-mgdomainfederationconfiguration",
};

const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "The cloud holds the certificate with which AD FS signs.",
        "Le cloud détient le certificat avec lequel AD FS signe.",
    ),
);
const SECONDARY: Reason = Reason::warn(
    "secondary",
    Text::new(
        "The cloud holds another of the certificates of AD FS than the primary: a change of certificates that it has not followed.",
        "Le cloud détient un autre des certificats d’AD FS que le principal : un changement de certificat qu’il n’a pas suivi.",
    ),
    Text::new(
        "Give the primary token-signing certificate of AD FS to the cloud.",
        "Donnez au cloud le certificat principal de signature de jetons d’AD FS.",
    ),
);
const MISMATCH: Reason = Reason::fail(
    "mismatch",
    Text::new(
        "The cloud holds none of the certificates of AD FS: every sign-in of the domain fails.",
        "Le cloud ne détient aucun des certificats d’AD FS : toute connexion du domaine échoue.",
    ),
    Text::new(
        "Give the primary token-signing certificate of AD FS to the cloud.",
        "Donnez au cloud le certificat principal de signature de jetons d’AD FS.",
    ),
);
const NOT_PUBLISHED: Reason = Reason::skip(
    "not-published",
    Text::new(
        "The cloud does not show which certificate it holds for the domain.",
        "Le cloud ne montre pas quel certificat il détient pour le domaine.",
    ),
);
const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new(
        "One of the two, the cloud's copy or the service's own certificates, could not be read.",
        "L’un des deux, la copie du cloud ou les certificats du service, n’a pas pu être lu.",
    ),
    Text::new("See discovery.realm and adfs.metadata.", "Voyez discovery.realm et adfs.metadata."),
);

async fn judge(domain: &Domain, facts: &Facts) -> Result<Outcome, Unknown> {
    let name = &domain.name;
    let service = match home(domain, facts).await? {
        Home::Service(service) if service.adfs => service,
        Home::Service(service) => return Ok(service::other(&service.at)),
        Home::Cloud => {
            return Ok(NOT_APPLICABLE.because(say!(
                en: "{name} is not federated: the cloud needs no token-signing certificate for it.",
                fr: "{name} n’est pas fédéré : le cloud n’a besoin d’aucun certificat de signature pour lui."
            )));
        }
        Home::NotLearnt => return Ok(unlearnt(domain)),
    };
    let Some(realm) = realm::ask_xml(domain, facts).await? else { return Ok(unlearnt(domain)) };
    let Some(copy) = realm.signing_certificate else {
        return Ok(NOT_PUBLISHED.because(say!(
            en: "The cloud does not show which token-signing certificate it holds for {name}.",
            fr: "Le cloud ne montre pas quel certificat de signature de jetons il détient pour {name}."
        )));
    };
    let at = &service.at;
    let why = match metadata::ask(at, facts, &domain.given.trust).await? {
        Published::Metadata(metadata) => return Ok(compared(domain, &service, &copy, &metadata)),
        Published::NotFound { status } => say!(
            en: "{at} does not publish its federation metadata (status {status})",
            fr: "{at} ne publie pas ses métadonnées de fédération (statut {status})"
        ),
        Published::Invalid { why: Message { en, fr }, .. } => say!(
            en: "The federation metadata of {at} is not valid: {en}",
            fr: "Les métadonnées de fédération de {at} ne sont pas valides : {fr}"
        ),
        Published::Unreachable(why) => why,
    };
    let Message { en, fr } = why;
    Ok(UNREACHABLE.because(say!(
        en: "{en}; the cloud's certificate for {name} cannot be compared.",
        fr: "{fr} ; le certificat du cloud pour {name} ne peut pas être comparé."
    )))
}

fn unlearnt(domain: &Domain) -> Outcome {
    let name = &domain.name;
    UNREACHABLE.because(say!(
        en: "The cloud did not say how {name} signs in.",
        fr: "Le cloud n’a pas dit comment {name} se connecte."
    ))
}

/// Where a domain's users sign in.
enum Home {
    Service(Service),
    Cloud,
    NotLearnt,
}

/// The settings may name the service; whether the domain is federated at all is the cloud's word.
async fn home(domain: &Domain, facts: &Facts) -> Result<Home, Unknown> {
    let Some(at) = &domain.tenant.federation else {
        return Ok(match federation::of_domain(domain, facts).await {
            Ok(Some(service)) => Home::Service(service),
            Ok(None) => Home::Cloud,
            Err(_) => Home::NotLearnt,
        });
    };
    Ok(match realm::ask(domain, facts).await? {
        Answered::Realm(realm) if realm.is("Federated") => Home::Service(Service {
            at: at.clone(),
            adfs: true,
            sign_in: realm.auth_url,
            domains: vec![domain.name.clone()],
        }),
        Answered::Realm(_) => Home::Cloud,
        Answered::Throttled(_) | Answered::Unexpected(_) | Answered::Unreachable(_) => Home::NotLearnt,
    })
}

fn compared(domain: &Domain, service: &Service, copy: &[u8], metadata: &Metadata) -> Outcome {
    let (name, at) = (&domain.name, &service.at);
    let view = Certificate::parse(copy).ok();
    let held = view.as_ref().map_or_else(|| "?".to_owned(), thumbprint);
    let primary = metadata.primary.thumbprint();
    let outcome = if metadata.primary.der == copy {
        OK.because(say!(
            en: "The cloud holds the primary token-signing certificate of {at} for {name}: {held}.",
            fr: "Le cloud détient pour {name} le certificat principal de signature de jetons de {at} : {held}."
        ))
    } else if metadata.others.iter().any(|other| other.der == copy) {
        SECONDARY
            .because(say!(
                en: "For {name} the cloud holds {held}, the secondary token-signing certificate of {at}; the primary is {primary}.",
                fr: "Pour {name}, le cloud détient {held}, le certificat secondaire de signature de jetons de {at} ; le principal est {primary}."
            ))
            .remedy(told(domain))
            .note(Text::new(
                "The cloud may hold the primary as NextSigningCertificate, which it does not show: Get-MgDomainFederationConfiguration does. Then sign-in works.",
                "Le cloud détient peut-être le principal comme NextSigningCertificate, qu’il ne montre pas : Get-MgDomainFederationConfiguration le fait. La connexion fonctionne alors.",
            ).into())
    } else {
        MISMATCH
            .because(say!(
                en: "For {name} the cloud holds {held}, which is no token-signing certificate of {at}; the primary is {primary}. Every sign-in of the domain fails.",
                fr: "Pour {name}, le cloud détient {held}, qui n’est pas un certificat de signature de jetons de {at} ; le principal est {primary}. Toute connexion du domaine échoue."
            ))
            .remedy(told(domain))
    };
    outcome
        .notes(elsewhere(domain, service))
        .notes(metadata.note())
        .evidence("cloud_thumbprint", held)
        .evidence("primary_thumbprint", primary)
        .evidence("signing_certificates", metadata.evidence())
        .expires_at(view.map(|view| view.not_after))
}

fn told(domain: &Domain) -> Remedy {
    remedy::tell_the_cloud(
        say!(
            en: "Give the primary token-signing certificate of AD FS to the cloud; or, where Entra Connect manages the federation, use its task \"Manage federation\" > \"Manage certificates\".",
            fr: "Donnez au cloud le certificat principal de signature de jetons d’AD FS ; ou, si Entra Connect gère la fédération, utilisez sa tâche « Manage federation » > « Manage certificates »."
        ),
        &domain.name,
    )
}

/// The settings name one service, the cloud another.
fn elsewhere(domain: &Domain, service: &Service) -> Option<Message> {
    let at: &HostPort = &service.at;
    let url: url::Url = service.sign_in.as_deref()?.parse().ok()?;
    let (name, host) = (&domain.name, url.host_str()?);
    (host != at.host.as_str()).then(|| {
        say!(
            en: "The cloud sends users of {name} to {host}, not to {at} as the settings say.",
            fr: "Le cloud envoie les utilisateurs de {name} à {host}, et non à {at} comme le dit la configuration."
        )
    })
}
