//! The federation metadata is published, so that the cloud renews its copy of the token-signing certificate by itself.

use facts::{Facts, Unknown};

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::say;
use crate::sts::metadata::{self, Metadata, PATH, Published};
use crate::sts::remedy;
use crate::sts::service::{self, NOT_APPLICABLE, OTHER_IDENTITY_PROVIDER};
use crate::subject::{Federation, HostPort};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "adfs.metadata",
    title: Text::new(
        "The cloud can read the federation metadata",
        "Le cloud peut lire les métadonnées de fédération",
    ),
    why: Text::new(
        "Entra reads the federation metadata from the internet before the token-signing certificate ends, and takes the next \
         certificate from it. Sign-in works without; the automatic renewal does not, and then every sign-in stops on one day.",
        "Entra lit les métadonnées de fédération depuis Internet avant la fin du certificat de signature de jetons et y prend le \
         suivant. La connexion fonctionne sans elles, le renouvellement automatique non : un jour, toutes les connexions s’arrêtent.",
    ),
    affects: Text::new("every user of the federated domains", "tout utilisateur des domaines fédérés"),
    reasons: &[OK, UNREACHABLE, INVALID, NOT_FOUND, OTHER_IDENTITY_PROVIDER, NOT_APPLICABLE],
    references: &[FEDERATION_CERTIFICATES, ENDPOINTS],
    symptoms: &[Text::new(
        "Everybody's sign-in fails on the day the token-signing certificate is replaced.",
        "La connexion de tous échoue le jour où le certificat de signature de jetons est remplacé.",
    )],
    judge: Judge::EachFederation(|federation, facts| Box::pin(judge(federation, facts))),
};

const FEDERATION_CERTIFICATES: Reference = Reference {
    title: Text::new(
        "Renew federation certificates for Microsoft 365 and Microsoft Entra ID",
        "Renouveler les certificats de fédération pour Microsoft 365 et Microsoft Entra ID",
    ),
    url: "https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-fed-o365-certs",
};
const ENDPOINTS: Reference = Reference {
    title: Text::new("AD FS troubleshooting: endpoints", "Dépannage d’AD FS : points de terminaison"),
    url: "https://learn.microsoft.com/windows-server/identity/ad-fs/troubleshooting/ad-fs-tshoot-endpoints",
};

const OK: Reason = Reason::pass(
    "ok",
    Text::new("The metadata is published and complete.", "Les métadonnées sont publiées et complètes."),
);
const UNREACHABLE: Reason = Reason::warn(
    "unreachable",
    Text::new("No HTTP answer comes for the metadata.", "Aucune réponse HTTP ne vient pour les métadonnées."),
    Text::new(
        "Let TCP 443 through from the internet to the federation service; see adfs.sign-in.",
        "Laissez passer TCP 443 d’Internet au service de fédération ; voyez adfs.sign-in.",
    ),
);
const INVALID: Reason = Reason::warn(
    "invalid",
    Text::new(
        "What comes is not the metadata of a federation service.",
        "Ce qui arrive n’est pas les métadonnées d’un service de fédération.",
    ),
    Text::new(
        "Open the address in a browser: AD FS gives an XML document (EntityDescriptor). If something else answers, correct the proxy or load balancer before AD FS; if AD FS itself does, look at its log AD FS/Admin.",
        "Ouvrez l’adresse dans un navigateur : AD FS donne un document XML (EntityDescriptor). Si autre chose répond, corrigez le proxy ou le répartiteur devant AD FS ; si c’est AD FS, voyez son journal AD FS/Admin.",
    ),
);
const NOT_FOUND: Reason = Reason::warn(
    "not-found",
    Text::new("The metadata is not published.", "Les métadonnées ne sont pas publiées."),
    Text::new(
        "Enable the endpoint on AD FS and publish it through the proxy.",
        "Activez le point de terminaison sur AD FS et publiez-le par le proxy.",
    ),
);

async fn judge(federation: &Federation, facts: &Facts) -> Result<Outcome, Unknown> {
    let at = match service::adfs(federation) {
        Ok(service) => &service.at,
        Err(instead) => return Ok(*instead),
    };
    Ok(match metadata::ask(at, facts, &federation.given.trust).await? {
        Published::Metadata(metadata) => complete(at, &metadata),
        Published::NotFound { status } => NOT_FOUND
            .because(say!(
                en: "{at} does not publish its federation metadata (status {status} for {PATH}).",
                fr: "{at} ne publie pas ses métadonnées de fédération (statut {status} pour {PATH})."
            ))
            .remedy(remedy::enable(PATH))
            .evidence("status", status),
        Published::Invalid { status, why: Message { en, fr } } => INVALID
            .because(say!(
                en: "What {at} gives as its federation metadata is not valid: {en}.",
                fr: "Ce que {at} donne comme métadonnées de fédération n’est pas valide : {fr}."
            ))
            .evidence("status", status),
        Published::Unreachable(Message { en, fr }) => UNREACHABLE.because(say!(
            en: "{en}; the federation metadata of {at} could not be fetched.",
            fr: "{fr} ; les métadonnées de fédération de {at} n’ont pas pu être obtenues."
        )),
    })
}

fn complete(at: &HostPort, metadata: &Metadata) -> Outcome {
    let (entity, count) = (&metadata.entity_id, metadata.others.len() + 1);
    let (thumbprint, until) = (metadata.primary.thumbprint(), metadata.primary.until());
    OK.because(match count {
        1 => say!(
            en: "{at} publishes the metadata of {entity}, with its token-signing certificate {thumbprint} (until {until}).",
            fr: "{at} publie les métadonnées de {entity}, avec son certificat de signature de jetons {thumbprint} (jusqu’au {until})."
        ),
        _ => say!(
            en: "{at} publishes the metadata of {entity}, with {count} token-signing certificates; the primary is {thumbprint} (until {until}).",
            fr: "{at} publie les métadonnées de {entity}, avec {count} certificats de signature de jetons ; le principal est {thumbprint} (jusqu’au {until})."
        ),
    })
    .note(
        Text::new(
            "Read from this machine; Entra reads it from the internet.",
            "Lues depuis cette machine ; Entra les lit depuis Internet.",
        )
        .into(),
    )
    .notes(metadata.note())
    .evidence("status", 200)
    .evidence("entity_id", entity.as_str())
    .evidence("signing_certificates", metadata.evidence())
}
