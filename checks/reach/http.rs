//! What the HTTP answer says about the way to the host.

use facts::{http, tcp};

use crate::check::Outcome;
use crate::documents;
use crate::reach::assess::allow;
use crate::reach::reasons::{CAPTIVE_PORTAL, PROXY_REFUSED, RESET, SERVER_ERROR, TIMED_OUT};
use crate::say;
use crate::subject::Endpoint;
use crate::text::Text;

/// What is wrong with the answer, or with having none; nothing is said of a good one.
pub(crate) fn http_answer(
    endpoint: &Endpoint,
    answer: &Result<http::Response, http::Failure>,
    proxied: bool,
    resigned: bool,
) -> Option<Outcome> {
    let subject = endpoint.subject();
    let response = match answer {
        Ok(response) => response,
        Err(http::Failure::NotHttp) => {
            return Some(SERVER_ERROR.because(say!(
                en: "{subject} answers with something that is not HTTP.",
                fr: "{subject} répond par autre chose que du HTTP."
            )));
        }
        Err(failure) => {
            let failure = match failure {
                http::Failure::Connection(failure) => *failure,
                _ => tcp::Failure::Closed,
            };
            let reason = if failure == tcp::Failure::TimedOut { TIMED_OUT } else { RESET };
            let Text { en, fr } = documents::connection(failure);
            return Some(
                reason
                    .because(say!(
                        en: "{subject} opens, but does not answer: {en}.",
                        fr: "{subject} s’ouvre, mais ne répond pas : {fr}."
                    ))
                    .remedy(allow(endpoint)),
            );
        }
    };
    let status = response.status;
    // No portal stands behind a proxy: what refuses a connectivity test there, which every vendor answers, is the proxy.
    if proxied && endpoint.canary.is_some() && (400..500).contains(&status) {
        return Some(
            PROXY_REFUSED
                .because(say!(
                    en: "{subject} is not reachable: through the proxy, the connectivity test is answered with status {status}.",
                    fr: "{subject} est injoignable : par le proxy, le test de connectivité reçoit le statut {status}."
                ))
                .remedy(allow(endpoint)),
        );
    }
    if let Some(found) = portal(endpoint, response) {
        return Some(found);
    }
    // An inspecting proxy answers inside the tunnel for a host that it could not reach; a plain one in the clear.
    let spoken_by_proxy =
        response.header("x-squid-error").is_some() || response.header("proxy-status").is_some();
    if proxied && (spoken_by_proxy && status >= 400 || resigned && matches!(status, 502..=504)) {
        return Some(
            PROXY_REFUSED
                .because(say!(
                    en: "{subject} is not reachable: the proxy itself answered {status} in the host's place.",
                    fr: "{subject} est injoignable : le proxy lui-même a répondu {status} à la place de l’hôte."
                ))
                .remedy(allow(endpoint)),
        );
    }
    (status >= 500).then(|| {
        SERVER_ERROR.because(say!(
            en: "{subject} is reached and answers with status {status}.",
            fr: "{subject} est atteint et répond avec le statut {status}."
        ))
    })
}

/// An answer that was cut below this did not get any further: no test looks at more.
const GLANCE: usize = 4 * 1024;

/// Status 511 (RFC 6585), or a connectivity test that does not get the answer which its vendor gives.
fn portal(endpoint: &Endpoint, response: &http::Response) -> Option<Outcome> {
    let (subject, status) = (endpoint.subject(), response.status);
    if status == 511 {
        return Some(CAPTIVE_PORTAL.because(say!(
            en: "{subject} is answered with status 511: a network sign-in is required.",
            fr: "{subject} reçoit le statut 511 : une connexion au réseau est exigée."
        )));
    }
    let canary = endpoint.canary.as_ref()?;
    let elsewhere = response
        .header("location")
        .filter(|_| (300..400).contains(&status))
        .and_then(|location| url::Url::parse(location).ok())
        // A scheme without hosts is elsewhere too.
        .map(|url| url.host_str().unwrap_or(url.scheme()).to_owned())
        .filter(|host| facts::Name::from_wire(host) != endpoint.host);
    if let Some(host) = elsewhere {
        return Some(
            CAPTIVE_PORTAL
                .because(say!(
                    en: "The connectivity test {subject} is redirected to {host}.",
                    fr: "Le test de connectivité {subject} est redirigé vers {host}."
                ))
                .evidence("redirected_to", host),
        );
    }
    let body = String::from_utf8_lossy(&response.body);
    if (300..400).contains(&status) || status >= 500 {
        return None;
    }
    // Where no body is wanted the status alone tells: Android takes an empty 200 for a portal's.
    let wanted = canary.status;
    if canary.body.is_empty() && body.trim().is_empty() && status != wanted {
        return Some(CAPTIVE_PORTAL.because(say!(
            en: "The connectivity test {subject} gets status {status}, not {wanted}.",
            fr: "Le test de connectivité {subject} reçoit le statut {status}, et non {wanted}."
        )));
    }
    if response.truncated && response.body.len() < GLANCE && !body.contains(&canary.body) {
        let came = response.body.len();
        return Some(RESET.because(say!(
            en: "The connectivity test {subject} is answered, but the answer breaks off after {came} octets.",
            fr: "Le test de connectivité {subject} reçoit une réponse, mais elle s’interrompt après {came} octets."
        )));
    }
    let other_body =
        if canary.body.is_empty() { !body.trim().is_empty() } else { !body.contains(&canary.body) };
    other_body.then(|| {
        CAPTIVE_PORTAL.because(say!(
            en: "The connectivity test {subject} gets another page than its vendor's.",
            fr: "Le test de connectivité {subject} reçoit une autre page que celle de son fournisseur."
        ))
    })
}
