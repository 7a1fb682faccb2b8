//! AD FS offers the WS-Trust endpoint that sign-ins without a browser need.

use facts::{Facts, Unknown};

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::documents::{self, Answer, Fetch, whole};
use crate::say;
use crate::sts::exchange::{self, Exchange, PATH, USERNAME_MIXED_13, USERNAME_MIXED_2005};
use crate::sts::metadata::{other_status, patience};
use crate::sts::remedy;
use crate::sts::service::{self, NOT_APPLICABLE, OTHER_IDENTITY_PROVIDER};
use crate::subject::{Federation, HostPort};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "adfs.trust-endpoints",
    title: Text::new(
        "AD FS offers the WS-Trust 1.3 endpoint for names and passwords",
        "AD FS offre le point de terminaison WS-Trust 1.3 pour noms et mots de passe",
    ),
    why: Text::new(
        "Apple Automated Device Enrollment with user affinity and the legacy Setup Assistant sign-in sends name and password to \
         WS-Trust 1.3 UsernameMixed at AD FS: without that endpoint it fails. Windows devices that join in a hybrid way use the \
         same family of endpoints.",
        "L’inscription automatisée Apple avec affinité utilisateur et la connexion historique de l’Assistant de configuration \
         envoie nom et mot de passe à WS-Trust 1.3 UsernameMixed chez AD FS : sans ce point de terminaison, elle échoue. Les \
         appareils Windows en jonction hybride utilisent la même famille de points de terminaison.",
    ),
    affects: Text::new(
        "iPhones, iPads and Macs enrolled by Apple Business Manager with the legacy sign-in",
        "les iPhone, iPad et Mac inscrits par Apple Business Manager avec la connexion historique",
    ),
    reasons: &[OK, USERNAME_MIXED_MISSING, UNREACHABLE, INVALID, OTHER_IDENTITY_PROVIDER, NOT_APPLICABLE],
    references: &[IOS_ERRORS, ENDPOINTS],
    symptoms: &[Text::new(
        "Setup Assistant refuses name and password, though the same work in a browser.",
        "L’Assistant de configuration refuse nom et mot de passe, alors qu’ils fonctionnent dans un navigateur.",
    )],
    judge: Judge::EachFederation(|federation, facts| Box::pin(judge(federation, facts))),
};

const IOS_ERRORS: Reference = Reference {
    title: Text::new(
        "Troubleshoot iOS/iPadOS device enrollment errors in Intune",
        "Résoudre les erreurs d’inscription iOS/iPadOS dans Intune",
    ),
    url: "https://learn.microsoft.com/troubleshoot/mem/intune/device-enrollment/troubleshoot-ios-enrollment-errors",
};
const ENDPOINTS: Reference = Reference {
    title: Text::new("AD FS troubleshooting: endpoints", "Dépannage d’AD FS : points de terminaison"),
    url: "https://learn.microsoft.com/windows-server/identity/ad-fs/troubleshooting/ad-fs-tshoot-endpoints",
};

const OK: Reason =
    Reason::pass("ok", Text::new("The endpoint is offered.", "Le point de terminaison est offert."));
const USERNAME_MIXED_MISSING: Reason = Reason::warn(
    "username-mixed-missing",
    Text::new(
        "The metadata exchange does not name the endpoint.",
        "L’échange de métadonnées ne cite pas le point de terminaison.",
    ),
    Text::new("Enable the endpoint on AD FS.", "Activez le point de terminaison sur AD FS."),
);
const UNREACHABLE: Reason = Reason::warn(
    "unreachable",
    Text::new(
        "No HTTP answer comes from the metadata exchange.",
        "Aucune réponse HTTP ne vient de l’échange de métadonnées.",
    ),
    Text::new(
        "Let TCP 443 through from the internet to the federation service; see adfs.sign-in.",
        "Laissez passer TCP 443 d’Internet au service de fédération ; voyez adfs.sign-in.",
    ),
);
const INVALID: Reason = Reason::warn(
    "invalid",
    Text::new(
        "What comes is not a metadata exchange document.",
        "Ce qui arrive n’est pas un document d’échange de métadonnées.",
    ),
    Text::new(
        "Enable the metadata exchange on AD FS and publish it through the proxy.",
        "Activez l’échange de métadonnées sur AD FS et publiez-le par le proxy.",
    ),
);

async fn judge(federation: &Federation, facts: &Facts) -> Result<Outcome, Unknown> {
    let at = match service::adfs(federation) {
        Ok(service) => &service.at,
        Err(instead) => return Ok(*instead),
    };
    Ok(match documents::fetch_at(at, PATH, facts, &federation.given.trust).await? {
        Fetch::Answer(answer) => answered(at, &answer),
        Fetch::Throttled(_) => unreachable(at, patience(at)),
        Fetch::Unreachable(why) => unreachable(at, why),
    })
}

fn unreachable(at: &HostPort, Message { en, fr }: Message) -> Outcome {
    UNREACHABLE.because(say!(
        en: "{en}; the metadata exchange of {at} could not be fetched.",
        fr: "{fr} ; l’échange de métadonnées de {at} n’a pas pu être obtenu."
    ))
}

fn answered(at: &HostPort, answer: &Answer) -> Outcome {
    let status = answer.response.status;
    let exchange = match status {
        200 => whole(&answer.response).and_then(exchange::parse),
        _ => Err(other_status(status)),
    };
    match exchange {
        Ok(exchange) => offered(at, &exchange),
        Err(Message { en, fr }) => INVALID
            .because(say!(
                en: "What {at} gives as its metadata exchange is not valid: {en}.",
                fr: "Ce que {at} donne comme échange de métadonnées n’est pas valide : {fr}."
            ))
            .remedy(remedy::enable(PATH)),
    }
    .evidence("status", status)
}

fn offered(at: &HostPort, exchange: &Exchange) -> Outcome {
    let outcome = match (exchange.names(USERNAME_MIXED_13), exchange.names(USERNAME_MIXED_2005)) {
        (true, _) => OK.because(say!(
            en: "{at} offers {USERNAME_MIXED_13}.",
            fr: "{at} offre {USERNAME_MIXED_13}."
        )),
        (false, true) => USERNAME_MIXED_MISSING.because(say!(
            en: "{at} offers {USERNAME_MIXED_2005}, but not {USERNAME_MIXED_13}.",
            fr: "{at} offre {USERNAME_MIXED_2005}, mais pas {USERNAME_MIXED_13}."
        )),
        (false, false) => USERNAME_MIXED_MISSING.because(say!(
            en: "The metadata exchange of {at} does not name {USERNAME_MIXED_13}.",
            fr: "L’échange de métadonnées de {at} ne cite pas {USERNAME_MIXED_13}."
        )),
    };
    let outcome = match outcome.reason == USERNAME_MIXED_MISSING {
        true => outcome.remedy(remedy::enable(USERNAME_MIXED_13)).note(
            Text::new(
                "Enrollment with modern authentication does not need it.",
                "L’inscription avec authentification moderne n’en a pas besoin.",
            )
            .into(),
        ),
        false => outcome,
    };
    let shown: Vec<&str> =
        exchange.paths.iter().map(String::as_str).filter(|p| p.contains("/trust/")).take(32).collect();
    outcome.evidence("endpoints", shown)
}
