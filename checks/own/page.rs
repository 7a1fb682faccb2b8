//! An HTTP answer with the status and the text that it should have.

use facts::http::Get;
use facts::{Facts, Unknown};

use super::{NOT_ANSWERED, OK, Own, not_resolved};
use crate::check::Outcome;
use crate::say;
use crate::subject::HostPort;

pub(super) async fn judge(
    own: &Own,
    url: &url::Url,
    status: u16,
    contains: Option<&str>,
    facts: &Facts,
) -> Result<Outcome, Unknown> {
    let host = facts::Name::from_wire(url.host_str().unwrap_or_default());
    let at = HostPort { host, port: url.port_or_known_default().unwrap_or(443) };
    let https = url.scheme() == "https";
    let way = match facts.way(&at.host, at.port, https).await? {
        Ok(way) => way,
        Err(_) => return Ok(not_resolved(&at)),
    };
    let fetched = facts.ask(Get { url: url.to_string(), way, brief: false }).await?;
    let response = match &fetched.outcome {
        Ok(response) => response,
        Err(failure) => {
            return Ok(NOT_ANSWERED.because(say!(
                en: "{url} gave no answer: {failure}.",
                fr: "{url} n’a donné aucune réponse : {failure}."
            )));
        }
    };
    let found = response.status;
    if found != status {
        let outcome = own.unexpected(say!(
            en: "{url} answered with status {found}.",
            fr: "{url} a répondu avec le statut {found}."
        ));
        return Ok(outcome.wanted(say!(en: "status {status}", fr: "statut {status}")));
    }
    let text = String::from_utf8_lossy(&response.body);
    match contains {
        Some(wanted) if !text.contains(wanted) => {
            let outcome = own.unexpected(say!(
                en: "{url} answered with status {found}, without the expected text.",
                fr: "{url} a répondu avec le statut {found}, sans le texte attendu."
            ));
            Ok(outcome.wanted(say!(en: "the text {wanted:?}", fr: "le texte « {wanted} »")))
        }
        _ => Ok(OK.because(say!(
            en: "{url} answered with status {found}.",
            fr: "{url} a répondu avec le statut {found}."
        ))),
    }
}
