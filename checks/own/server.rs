//! A TLS server whose certificate should be good.

use facts::tls::{Offer, Shake};
use facts::vantage::Way;
use facts::{Facts, Unknown};

use super::{NOT_ANSWERED, OK, Own, not_resolved};
use crate::chain::Ends;
use crate::check::Outcome;
use crate::say;
use crate::subject::HostPort;

pub(super) async fn judge(
    own: &Own,
    at: &HostPort,
    trusted: bool,
    facts: &Facts,
) -> Result<Outcome, Unknown> {
    let way = match facts.way(&at.host, at.port, true).await? {
        Ok(Way::Direct(addresses)) => Way::Direct(addresses.into_iter().take(1).collect()),
        Ok(way) => way,
        Err(_) => return Ok(not_resolved(at)),
    };
    let shake = Shake { host: at.host.as_str().to_owned(), port: at.port, way, offer: Offer::Modern };
    let shaken = facts.ask(shake).await?;
    if let Some(failure) = shaken.failure {
        let word = failure.as_str();
        return Ok(own.unexpected(say!(
            en: "{at} takes no connection ({word}).",
            fr: "{at} n’accepte pas de connexion ({word})."
        )));
    }
    if shaken.chain().is_empty() {
        return Ok(match &shaken.refusal {
            Some(refusal) => NOT_ANSWERED.because(say!(
                en: "The proxy gave no tunnel to {at}: {refusal}.",
                fr: "Le proxy n’a pas donné de tunnel vers {at} : {refusal}."
            )),
            None => own.unexpected(say!(
                en: "{at} sent no certificate.",
                fr: "{at} n’a pas envoyé de certificat."
            )),
        });
    }
    let verdict = own.given.trust.judge(shaken.chain(), at.host.as_str(), facts.now());
    // The organisation's own authorities count for its own servers.
    let enterprise = matches!(verdict.ends, Ends::Enterprise { .. });
    let sound = verdict.is_sound() || (enterprise && verdict.named && verdict.out_of_date.is_none());
    let outcome = match verdict.objection().filter(|_| trusted && !sound) {
        Some(objection) => {
            let (en, fr) = (&objection.en, &objection.fr);
            let mut summary = say!(en: "The certificate of {at} is not good: ", fr: "Le certificat de {at} n’est pas bon : ");
            summary.en.push_str(&format!("{en}."));
            summary.fr.push_str(&format!("{fr}."));
            own.unexpected(summary)
        }
        None => OK.because(say!(
            en: "{at} speaks TLS and sent its certificate.",
            fr: "{at} parle TLS et a envoyé son certificat."
        )),
    };
    Ok(outcome.expires_at(verdict.expires_at()))
}
