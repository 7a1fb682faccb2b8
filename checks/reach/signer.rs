//! Who signed the certificate that arrives, and whether that is anybody's business.

use facts::{Facts, Unknown};

use crate::chain::{Broken, Ends, Verdict};
use crate::check::Outcome;
use crate::inspection;
use crate::reach::assess::answered;
use crate::reach::reasons::{EXPIRED, INTERCEPTED, NAME_MISMATCH, OK, UNKNOWN_ISSUER, UNTRUSTED};
use crate::say;
use crate::subject::{Endpoint, Landscape};
use crate::text::{Message, listed};

/// Everything to be said of the chain.
pub(crate) async fn chain(
    endpoint: &Endpoint,
    verdict: &Verdict,
    landscape: &Landscape,
    facts: &Facts,
) -> Result<Vec<Outcome>, Unknown> {
    let (subject, host) = (endpoint.subject(), &endpoint.host);
    let mut outcomes = Vec::new();
    if let (Some(late), Some(Message { en, fr })) = (&verdict.out_of_date, verdict.objection()) {
        outcomes.push(
            EXPIRED
                .because(say!(en: "{subject}: {en}.", fr: "{subject} : {fr}."))
                .evidence("out_of_date", late.subject.clone()),
        );
    }
    if !verdict.named {
        let names: Vec<String> = verdict.served.first().map(|leaf| leaf.names.clone()).unwrap_or_default();
        let shown: Vec<String> = names.iter().take(3).cloned().collect();
        let Message { en, fr } = listed(&shown);
        outcomes.push(NAME_MISMATCH.because(say!(
            en: "{host} is not among the names of the certificate that arrives ({en}).",
            fr: "{host} n’est pas parmi les noms du certificat reçu ({fr})."
        )));
    }
    let signer = verdict.signer();
    let resigned = || {
        let exempt = say!(
            en: "Exempt {host} from TLS inspection on the proxy or firewall that runs {signer}.",
            fr: "Exemptez {host} de l’inspection TLS sur le proxy ou pare-feu qui utilise {signer}."
        );
        INTERCEPTED
            .because(say!(
                en: "{subject} is re-signed by {signer}, and must not be inspected.",
                fr: "{subject} est re-signé par {signer}, et ne doit pas être inspecté."
            ))
            .remedy(exempt)
    };
    let inspector = match inspection::unknown_authority(verdict) {
        Some(identity) => landscape.survey(facts).await?.is_inspector(identity),
        None => false,
    };
    match &verdict.ends {
        Ends::Public { .. } => {}
        // Its dates are told already, and nothing else can be.
        Ends::Nowhere(Broken::NeverValidTogether) => {}
        Ends::Enterprise { .. } if endpoint.inspection_forbidden => outcomes.push(resigned()),
        Ends::Enterprise { .. } => outcomes.push(OK.because(answered(endpoint)).note(say!(
            en: "It is re-signed by {signer}. No statement forbids inspecting this host; devices must trust that root before they enroll.",
            fr: "Il est re-signé par {signer}. Rien n’interdit d’inspecter cet hôte ; les appareils doivent faire confiance à cette racine avant l’inscription."
        ))),
        _ if inspector && endpoint.inspection_forbidden => outcomes.push(resigned()),
        Ends::UnknownRoot(_) => outcomes.push(UNKNOWN_ISSUER.because(say!(
            en: "{subject} shows a certificate signed by {signer}, a root that no platform knows.",
            fr: "{subject} présente un certificat signé par {signer}, une racine qu’aucune plateforme ne connaît."
        ))),
        Ends::Nowhere(_) if inspector => outcomes.push(UNKNOWN_ISSUER.because(say!(
            en: "{subject} is re-signed by {signer}, which signs for unrelated vendors on this network.",
            fr: "{subject} est re-signé par {signer}, qui signe pour des fournisseurs sans lien sur ce réseau."
        ))),
        Ends::Nowhere(broken) => {
            let Message { en, fr } = broken.in_words();
            outcomes.push(UNTRUSTED.because(say!(en: "{subject}: {en}.", fr: "{subject} : {fr}.")));
        }
    }
    Ok(outcomes)
}
