//! Device registration knows the domain.

use facts::{Facts, Name, Unknown};
use serde::Deserialize;

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::documents::{self, Fetch};
use crate::openid;
use crate::say;
use crate::subject::Domain;
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "discovery.device-registration",
    title: Text::new("Device registration knows the domain", "L’inscription d’appareils connaît le domaine"),
    why: Text::new(
        "A device that registers first fetches the contract of the domain from the registration service: where to sign in, where \
         to register. Without it, registration stops before the user is asked anything.",
        "Un appareil qui s’inscrit demande d’abord au service d’inscription le contrat du domaine : où se connecter, où \
         s’inscrire. Sans lui, l’inscription s’arrête avant toute question à l’utilisateur.",
    ),
    affects: Text::new("devices that register in Entra", "les appareils qui s’inscrivent dans Entra"),
    reasons: &[OK, REFUSED, UNEXPECTED_ANSWER, THROTTLED, UNREACHABLE],
    references: &[REGISTRATION],
    symptoms: &[Text::new(
        "Windows event 102, \"Workplace Join discovery failed\".",
        "Événement Windows 102, « Workplace Join discovery failed ».",
    )],
    judge: Judge::EachDomain(|domain, facts| Box::pin(judge(domain, facts))),
};

const REGISTRATION: Reference = Reference {
    title: Text::new("Plan your Entra device deployment", "Planifier le déploiement d’appareils Entra"),
    url: "https://learn.microsoft.com/entra/identity/devices/plan-device-deployment",
};

const OK: Reason = Reason::pass(
    "ok",
    Text::new("The service has a contract for the domain.", "Le service a un contrat pour le domaine."),
);
const REFUSED: Reason = Reason::warn(
    "refused",
    Text::new("The service refuses the domain.", "Le service refuse le domaine."),
    Text::new(
        "Check that the domain is verified (discovery.realm) and that users may register devices (Entra admin center > Devices > Device settings).",
        "Assurez-vous que le domaine est vérifié (discovery.realm) et que les utilisateurs peuvent inscrire des appareils (centre d’administration Entra > Appareils > Paramètres).",
    ),
);
const UNEXPECTED_ANSWER: Reason = Reason::warn(
    "unexpected-answer",
    Text::new("The answer is not a registration contract.", "La réponse n’est pas un contrat d’inscription."),
    Text::new(
        "Something on this network may answer in the service's place; look at network.tls-inspection.",
        "Quelque chose sur ce réseau répond peut-être à la place du service ; voyez network.tls-inspection.",
    ),
);
const THROTTLED: Reason = Reason::unknown(
    "throttled",
    Text::new("The service asks for patience (429).", "Le service demande de patienter (429)."),
    Text::new("Run again later.", "Relancez plus tard."),
);
const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new("The registration service cannot be reached.", "Le service d’inscription est injoignable."),
    Text::new("Look at endpoint.reachable for that host.", "Voyez endpoint.reachable pour cet hôte."),
);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contract {
    identity_provider_service: IdentityProvider,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IdentityProvider {
    passive_auth_endpoint: String,
}

/// Where the contract has users sign in; none where it is no contract.
pub(crate) fn sign_in(contract: &[u8]) -> Option<String> {
    let contract: Contract = serde_json::from_slice(contract).ok()?;
    Some(contract.identity_provider_service.passive_auth_endpoint)
}

async fn judge(domain: &Domain, facts: &Facts) -> Result<Outcome, Unknown> {
    let name = &domain.name;
    let place = openid::place(domain, facts).await?;
    let host = Name::from(place.cloud.registration_host());
    let path = format!("/{name}/enrollmentserver/contract?api-version=1.0");
    let answer = match documents::fetch(&host, &path, facts, &domain.given.trust).await? {
        Fetch::Answer(answer) => answer,
        Fetch::Throttled(_) => {
            return Ok(THROTTLED.because(say!(
                en: "{host} asks for patience.",
                fr: "{host} demande de patienter."
            )));
        }
        Fetch::Unreachable(Message { en, fr }) => {
            return Ok(UNREACHABLE.because(say!(en: "{en}.", fr: "{fr}.")).notes(place.note()));
        }
    };
    let status = answer.response.status;
    let outcome = if let Some(Message { en, fr }) = answer.untrusted() {
        UNEXPECTED_ANSWER.because(say!(
            en: "{host} answered over a chain that is not trusted: {en}.",
            fr: "{host} a répondu sur une chaîne qui n’est pas de confiance : {fr}."
        ))
    } else {
        match (status, sign_in(&answer.response.body)) {
            (200, Some(sign_in)) => OK
                .because(say!(
                    en: "{host} has a registration contract for {name}.",
                    fr: "{host} a un contrat d’inscription pour {name}."
                ))
                .evidence("sign_in", sign_in),
            (400..=499, _) => REFUSED.because(say!(
                en: "{host} refuses {name} with status {status}.",
                fr: "{host} refuse {name} avec le statut {status}."
            )),
            _ => UNEXPECTED_ANSWER.because(say!(
                en: "{host} answered with status {status}, and not with a registration contract.",
                fr: "{host} a répondu avec le statut {status}, et non par un contrat d’inscription."
            )),
        }
    };
    Ok(outcome.evidence("status", status).notes(place.note()))
}
