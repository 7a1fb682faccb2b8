//! The certificate that AD FS signs its tokens with is valid, and will be for a while.

use facts::{Facts, Unknown};
use jiff::{SignedDuration, Timestamp};

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::dated::{self, day};
use crate::say;
use crate::sts::metadata::{self, Metadata, Published, Signing};
use crate::sts::remedy;
use crate::sts::service::{self, NOT_APPLICABLE, OTHER_IDENTITY_PROVIDER};
use crate::subject::{Federation, Service};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "adfs.token-signing",
    title: Text::new(
        "The token-signing certificate of AD FS is valid and will stay so",
        "Le certificat de signature de jetons d’AD FS est valide et le restera",
    ),
    why: Text::new(
        "The cloud believes a sign-in because of the signature on its token. When the certificate behind that signature ends, or \
         changes without the cloud's knowledge, every sign-in of the federated domains fails at once. Entra looks for its \
         successor from 35 days before the end; with less than 15 days left it has to be renewed by hand now.",
        "Le cloud croit une connexion grâce à la signature de son jeton. Quand le certificat de cette signature expire, ou change \
         à l’insu du cloud, toutes les connexions des domaines fédérés échouent d’un coup. Entra cherche son successeur à partir de \
         35 jours avant la fin ; à moins de 15 jours, il faut le renouveler à la main sans attendre.",
    ),
    affects: Text::new("every user of the federated domains", "tout utilisateur des domaines fédérés"),
    reasons: &[
        OK,
        EXPIRES_SOON,
        EXPIRES_VERY_SOON,
        EXPIRED,
        ROLLOVER_UNDER_WAY,
        UNREACHABLE,
        OTHER_IDENTITY_PROVIDER,
        NOT_APPLICABLE,
    ],
    references: &[FEDERATION_CERTIFICATES],
    symptoms: &[Text::new(
        "An AADSTS error after the password was accepted at the organisation's own page.",
        "Une erreur AADSTS après que la page de l’organisation a accepté le mot de passe.",
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

const RENEW: Text = Text::new(
    "Have AD FS create its next token-signing certificate (Update-AdfsCertificate -CertificateType Token-Signing), and give it to the cloud before it becomes the primary.",
    "Faites créer par AD FS son prochain certificat de signature de jetons (Update-AdfsCertificate -CertificateType Token-Signing) et donnez-le au cloud avant qu’il ne devienne le principal.",
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new("The token-signing certificate is valid.", "Le certificat de signature de jetons est valable."),
);
const EXPIRES_SOON: Reason = Reason::warn(
    "expires-soon",
    Text::new(
        "The newest token-signing certificate expires within 35 days.",
        "Le certificat de signature de jetons le plus récent expire dans moins de 35 jours.",
    ),
    RENEW,
);
const EXPIRES_VERY_SOON: Reason = Reason::fail(
    "expires-very-soon",
    Text::new(
        "The newest token-signing certificate expires within 15 days.",
        "Le certificat de signature de jetons le plus récent expire dans moins de 15 jours.",
    ),
    RENEW,
);
const EXPIRED: Reason = Reason::fail(
    "expired",
    Text::new(
        "Every token-signing certificate has expired.",
        "Tous les certificats de signature de jetons ont expiré.",
    ),
    RENEW,
);
const ROLLOVER_UNDER_WAY: Reason = Reason::pass(
    "rollover-under-way",
    Text::new(
        "AD FS names more than one token-signing certificate: it is about to change, or has just changed.",
        "AD FS cite plus d’un certificat de signature de jetons : il va en changer ou vient de le faire.",
    ),
);
const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new(
        "The federation metadata, which names the certificate, could not be read.",
        "Les métadonnées de fédération, qui citent le certificat, n’ont pas pu être lues.",
    ),
    Text::new("See adfs.metadata.", "Voyez adfs.metadata."),
);

/// When Entra begins to look for a new certificate, and when Microsoft asks to act by hand.
const SOON_DAYS: i64 = 35;
const VERY_SOON_DAYS: i64 = 15;

async fn judge(federation: &Federation, facts: &Facts) -> Result<Outcome, Unknown> {
    let service = match service::adfs(federation) {
        Ok(service) => service,
        Err(instead) => return Ok(*instead),
    };
    let at = &service.at;
    let metadata = match metadata::ask(at, facts, &federation.given.trust).await? {
        Published::Metadata(metadata) => metadata,
        Published::NotFound { status } => {
            return Ok(unreachable(say!(
                en: "{at} does not publish its federation metadata (status {status})",
                fr: "{at} ne publie pas ses métadonnées de fédération (statut {status})"
            )));
        }
        Published::Invalid { why: Message { en, fr }, .. } => {
            return Ok(unreachable(say!(
                en: "The federation metadata of {at} is not valid: {en}",
                fr: "Les métadonnées de fédération de {at} ne sont pas valides : {fr}"
            )));
        }
        Published::Unreachable(why) => return Ok(unreachable(why)),
    };
    let newest = metadata.newest();
    Ok(dated(service, &metadata, newest, facts.now())
        .notes(metadata.note())
        .evidence("signing_certificates", metadata.evidence())
        .expires_at(Some(newest.view.not_after)))
}

fn unreachable(Message { en, fr }: Message) -> Outcome {
    UNREACHABLE.because(say!(
        en: "{en}; the token-signing certificate is not known.",
        fr: "{fr} ; le certificat de signature de jetons n’est pas connu."
    ))
}

fn dated(service: &Service, metadata: &Metadata, newest: &Signing, now: Timestamp) -> Outcome {
    let (at, thumbprint, until) = (&service.at, newest.thumbprint(), newest.until());
    let left = newest.view.not_after.duration_since(now);
    let Message { en, fr } = dated::span(now, newest.view.not_after);
    let within = |days: i64| left < SignedDuration::from_hours(24 * days);
    if left.is_negative() {
        return EXPIRED
            .because(say!(
                en: "The token-signing certificate {thumbprint} of {at} expired on {until}, {en} ago.",
                fr: "Le certificat de signature de jetons {thumbprint} de {at} a expiré le {until}, il y a {fr}."
            ))
            .remedy(remedy::renew(say!(
                en: "Create a new token-signing certificate; with AutoCertificateRollover off, take one of your own instead (Add-AdfsCertificate, Set-AdfsCertificate -IsPrimary). Then give it to the cloud (adfs.entra-copy shows how), and restart adfssrv.",
                fr: "Créez un nouveau certificat de signature de jetons ; si AutoCertificateRollover est désactivé, prenez un certificat à vous (Add-AdfsCertificate, Set-AdfsCertificate -IsPrimary). Donnez-le ensuite au cloud (adfs.entra-copy montre comment) et redémarrez adfssrv."
            )));
    }
    let outcome = if within(SOON_DAYS) {
        let reason = if within(VERY_SOON_DAYS) { EXPIRES_VERY_SOON } else { EXPIRES_SOON };
        reason
            .because(say!(
                en: "The token-signing certificate {thumbprint} of {at} expires on {until}, in {en}, and no newer one is published.",
                fr: "Le certificat de signature de jetons {thumbprint} de {at} expire le {until}, dans {fr}, et aucun plus récent n’est publié."
            ))
            .remedy(remedy::renew(say!(
                en: "If AutoCertificateRollover is True, AD FS creates the next one itself, by default 20 days before the end; create it now so that the cloud has it in time. If it is False, add one of your own (Add-AdfsCertificate). Then give it to the cloud as NextSigningCertificate.",
                fr: "Si AutoCertificateRollover vaut True, AD FS crée lui-même le suivant, par défaut 20 jours avant la fin ; créez-le dès maintenant pour que le cloud l’ait à temps. S’il vaut False, ajoutez le vôtre (Add-AdfsCertificate). Donnez-le ensuite au cloud comme NextSigningCertificate."
            )))
    } else if metadata.others.is_empty() {
        OK.because(say!(
            en: "The token-signing certificate {thumbprint} of {at} is valid until {until}, {en} from now.",
            fr: "Le certificat de signature de jetons {thumbprint} de {at} est valable jusqu’au {until}, dans {fr}."
        ))
        .note(
            Text::new(
                "Whether AD FS renews it by itself cannot be seen from outside: (Get-AdfsProperties).AutoCertificateRollover says so.",
                "On ne voit pas de l’extérieur si AD FS le renouvelle de lui-même : (Get-AdfsProperties).AutoCertificateRollover le dit.",
            )
            .into(),
        )
    } else {
        ROLLOVER_UNDER_WAY.because(under_way(service, metadata))
    };
    outcome.notes(about_the_others(service, metadata, now))
}

/// Which of several certificates comes next.
fn under_way(service: &Service, metadata: &Metadata) -> Message {
    let (at, newest) = (&service.at, metadata.newest());
    let (primary, ends) = (metadata.primary.thumbprint(), metadata.primary.until());
    let (thumbprint, until) = (newest.thumbprint(), newest.until());
    if newest == &metadata.primary {
        return say!(
            en: "{at} has changed its token-signing certificate: the primary is {primary} (until {ends}), and the one before it is still published.",
            fr: "{at} a changé de certificat de signature de jetons : le principal est {primary} (jusqu’au {ends}), et le précédent est encore publié."
        );
    }
    say!(
        en: "{at} changes its token-signing certificate: the primary is {primary} (until {ends}), and {thumbprint} (until {until}) becomes the next.",
        fr: "{at} change de certificat de signature de jetons : le principal est {primary} (jusqu’au {ends}), et {thumbprint} (jusqu’au {until}) sera le suivant."
    )
}

/// What an administrator has to know while there is more than one certificate, and of a primary that is out of date.
fn about_the_others(service: &Service, metadata: &Metadata, now: Timestamp) -> Vec<Message> {
    let mut notes = Vec::new();
    let primary = &metadata.primary;
    let (thumbprint, from, until) =
        (primary.thumbprint(), day(primary.view.not_before), day(primary.view.not_after));
    if primary.view.not_after < now {
        notes.push(say!(
            en: "The primary, {thumbprint}, expired on {until}: make the newer one the primary (Set-AdfsCertificate -CertificateType Token-Signing -IsPrimary -Thumbprint …).",
            fr: "Le principal, {thumbprint}, a expiré le {until} : faites du plus récent le principal (Set-AdfsCertificate -CertificateType Token-Signing -IsPrimary -Thumbprint …)."
        ));
    } else if primary.view.not_before > now {
        notes.push(say!(
            en: "The primary, {thumbprint}, is valid only from {from}; a clock may be wrong.",
            fr: "Le principal, {thumbprint}, n’est valable qu’à partir du {from} ; une horloge est peut-être déréglée."
        ));
    }
    if metadata.newest() != primary {
        let domain = service.domains.first().map_or("DOMAIN", |name| name.as_str());
        notes.push(say!(
            en: "The cloud must know the new certificate before AD FS signs with it. Entra takes it from the metadata by itself where it can read that (adfs.entra-copy compares); by hand: Update-MgDomainFederationConfiguration -DomainId {domain} -InternalDomainFederationId … -NextSigningCertificate …",
            fr: "Le cloud doit connaître le nouveau certificat avant qu’AD FS ne signe avec lui. Entra le prend lui-même dans les métadonnées s’il peut les lire (adfs.entra-copy compare) ; à la main : Update-MgDomainFederationConfiguration -DomainId {domain} -InternalDomainFederationId … -NextSigningCertificate …"
        ));
    }
    notes
}
