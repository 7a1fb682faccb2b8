//! What a look shows, as if enrollment depended on that host alone.

use facts::proxy::Refusal;
use facts::tls;
use facts::vantage::Resolution;
use facts::visit::{Attempt, Visited};
use facts::{Facts, Unknown, tcp};

use crate::chain::Ends;
use crate::check::Outcome;
use crate::documents;
use crate::reach::http::http_answer;
use crate::reach::look::{self, Sight};
use crate::reach::reasons::{
    ALL, NAME_LOOKUP_FAILED, NAME_NOT_FOUND, OK, PARTLY_REACHABLE, PROXY_AUTHENTICATION_REQUIRED,
    PROXY_REFUSED, PROXY_UNREACHABLE, REFUSED, RESET, SLOW, TIMED_OUT, TLS_FAILED, UNROUTABLE,
};
use crate::reach::signer::chain;
use crate::say;
use crate::subject::{Endpoint, Landscape, Transport};
use crate::text::{Message, Text, listed};

/// What the look shows, as if enrollment depended on this host alone.
pub(crate) async fn assess(
    endpoint: &Endpoint,
    landscape: &Landscape,
    facts: &Facts,
) -> Result<Outcome, Unknown> {
    let (visited, proxied) = match look::look(endpoint, facts).await? {
        Sight::Unresolved(resolution) => return Ok(unresolved(endpoint, &resolution)),
        Sight::Visited { visited, proxied } => (visited, proxied),
    };
    if let Some(refusal) = &visited.refusal {
        return Ok(refused_by_proxy(endpoint, refusal));
    }
    if !visited.connected() {
        return Ok(not_connected(endpoint, &visited.attempts));
    }
    let mut outcomes = vec![OK.because(answered(endpoint))];
    outcomes.extend(not_everywhere(endpoint, &visited.attempts));
    outcomes.extend(slowly(endpoint, &visited, landscape));
    let verdict = visited
        .tls
        .as_ref()
        .filter(|tls| !tls.chain().is_empty())
        .map(|tls| landscape.given.trust.judge(tls.chain(), endpoint.host.as_str(), facts.gathered()));
    if let Some(tls) = &visited.tls {
        outcomes.extend(handshake(endpoint, tls));
    }
    if let (Some(verdict), true) = (&verdict, endpoint.speaks_tls()) {
        outcomes.extend(chain(endpoint, verdict, landscape, facts).await?);
    }
    if let Some(http) = &visited.http {
        let resigned = verdict.as_ref().is_some_and(|v| !matches!(v.ends, Ends::Public { .. }));
        outcomes.extend(http_answer(endpoint, http, proxied, resigned));
    }
    if endpoint.unauthenticated && proxied {
        let host = &endpoint.host;
        let note = say!(
            en: "{host} must be reachable through the proxy without signing in to it.",
            fr: "{host} doit être joignable par le proxy sans authentification."
        );
        outcomes = outcomes.into_iter().map(|outcome| outcome.note(note.clone())).collect();
    }
    let expires_at = verdict.as_ref().and_then(|v| v.expires_at());
    let worst = Outcome::worst_of(ALL, outcomes);
    Ok(worst.unwrap_or_else(|| OK.because(answered(endpoint))).expires_at(expires_at))
}

pub(crate) fn answered(endpoint: &Endpoint) -> Message {
    let subject = endpoint.subject();
    say!(en: "{subject} answers.", fr: "{subject} répond.")
}

/// The general remedy of a blocked host, with its name in it.
pub(crate) fn allow(endpoint: &Endpoint) -> Message {
    let (host, port) = (&endpoint.host, endpoint.port);
    say!(
        en: "On the firewall or proxy of this network, allow TCP {port} to {host}.",
        fr: "Sur le pare-feu ou le proxy de ce réseau, autorisez TCP {port} vers {host}."
    )
}

fn unresolved(endpoint: &Endpoint, resolution: &Resolution) -> Outcome {
    let Message { en, fr } = documents::unresolved(&endpoint.host, resolution);
    let reason =
        if matches!(resolution, Resolution::NotFound { .. }) { NAME_NOT_FOUND } else { NAME_LOOKUP_FAILED };
    reason.because(say!(en: "{en}.", fr: "{fr}."))
}

fn refused_by_proxy(endpoint: &Endpoint, refusal: &Refusal) -> Outcome {
    let subject = endpoint.subject();
    let Message { en, fr } = documents::refusal(refusal);
    let reason = match refusal {
        Refusal::Unreachable(_) => PROXY_UNREACHABLE,
        Refusal::AuthenticationRequired(_) | Refusal::CredentialsRefused(_) => PROXY_AUTHENTICATION_REQUIRED,
        Refusal::Status(_) | Refusal::NotHttp => PROXY_REFUSED,
        Refusal::Silent => TIMED_OUT,
    };
    let outcome = reason.because(say!(
        en: "{subject} is not reachable: {en}.",
        fr: "{subject} est injoignable : {fr}."
    ));
    if reason == PROXY_REFUSED || reason == TIMED_OUT { outcome.remedy(allow(endpoint)) } else { outcome }
}

fn not_connected(endpoint: &Endpoint, attempts: &[Attempt]) -> Outcome {
    let failures: Vec<tcp::Failure> = attempts.iter().filter_map(|a| a.failure).collect();
    let has = |failure| failures.contains(&failure);
    // What the network said outweighs what this machine lacks (a family without a route).
    let (reason, failure) = if has(tcp::Failure::Refused) {
        (REFUSED, tcp::Failure::Refused)
    } else if has(tcp::Failure::Reset) || has(tcp::Failure::Closed) {
        (RESET, tcp::Failure::Reset)
    } else if has(tcp::Failure::TimedOut) {
        (TIMED_OUT, tcp::Failure::TimedOut)
    } else {
        (UNROUTABLE, failures.first().copied().unwrap_or(tcp::Failure::Unroutable))
    };
    let Text { en, fr } = documents::connection(failure);
    let subject = endpoint.subject();
    let outcome = reason.because(say!(
        en: "{subject} is not reachable: {en}.",
        fr: "{subject} est injoignable : {fr}."
    ));
    let outcome = outcome.found(attempts.iter().map(tried));
    // No rule of a firewall gives a network a route.
    if reason == UNROUTABLE { outcome } else { outcome.remedy(allow(endpoint)) }
}

fn tried(attempt: &Attempt) -> Message {
    let address = attempt.address.map_or_else(|| "proxy".to_owned(), |address| address.to_string());
    let Text { en, fr } = match attempt.failure {
        Some(failure) => documents::connection(failure),
        None => Text::new("the connection opened", "la connexion s’est ouverte"),
    };
    say!(en: "{address}: {en}", fr: "{address} : {fr}")
}

/// Some addresses answer and others do not. A family that this machine has no route for says nothing about the host.
fn not_everywhere(endpoint: &Endpoint, attempts: &[Attempt]) -> Option<Outcome> {
    let unroutable = |a: &&Attempt| a.failure == Some(tcp::Failure::Unroutable);
    let routed_v6 = attempts.iter().any(|a| a.address.is_some_and(|a| a.is_ipv6()) && !unroutable(&a));
    let routed_v4 = attempts.iter().any(|a| a.address.is_some_and(|a| a.is_ipv4()) && !unroutable(&a));
    let counts = |a: &&Attempt| match a.address {
        Some(address) if address.is_ipv6() => routed_v6,
        Some(_) => routed_v4,
        None => true,
    };
    let failed: Vec<&Attempt> = attempts.iter().filter(counts).filter(|a| a.failure.is_some()).collect();
    if failed.is_empty() {
        return None;
    }
    let (subject, total) = (endpoint.subject(), attempts.iter().filter(counts).count());
    let broken: Vec<String> = failed.iter().filter_map(|a| a.address).map(|a| a.to_string()).collect();
    let (count, Message { en, fr }) = (failed.len(), listed(&broken));
    let (do_not, ne_pas) =
        if count == 1 { ("does not", "ne répond pas") } else { ("do not", "ne répondent pas") };
    Some(
        PARTLY_REACHABLE
            .because(say!(
                en: "{subject} answers, but {count} of its {total} addresses {do_not}: {en}.",
                fr: "{subject} répond, mais {count} de ses {total} adresses {ne_pas} : {fr}."
            ))
            .found(attempts.iter().map(tried)),
    )
}

fn slowly(endpoint: &Endpoint, visited: &Visited, landscape: &Landscape) -> Option<Outcome> {
    let slow = landscape.given.thresholds.slow;
    let connect = visited.attempts.iter().filter(|a| a.failure.is_none()).map(|a| a.connect_ms).min();
    let answer = visited.http.as_ref().and_then(|h| h.as_ref().ok()).map(|r| r.first_answer_ms);
    let phases = [
        (connect, Text::new("to connect", "pour se connecter")),
        (visited.tls_ms, Text::new("for the TLS handshake", "pour la négociation TLS")),
        (answer, Text::new("to answer", "pour répondre")),
    ];
    let (took, phase) = phases
        .into_iter()
        .filter_map(|(took, phase)| Some((took?, phase)))
        .max_by_key(|(took, _)| *took)
        .filter(|(took, _)| u128::from(*took) > slow.as_millis())?;
    let subject = endpoint.subject();
    let (took, Text { en, fr }) = (format!("{:.1}", f64::from(took) / 1000.0), phase);
    let virgule = took.replace('.', ",");
    Some(SLOW.because(say!(
        en: "{subject} took {took} s {en}.",
        fr: "{subject} a mis {virgule} s {fr}."
    )))
}

fn handshake(endpoint: &Endpoint, tls: &tls::Handshake) -> Option<Outcome> {
    let failure = tls.failure.as_ref()?;
    let asks_for_a_certificate = !tls.chain().is_empty() && matches!(failure, tls::Failure::Alert(_));
    // A device has a client certificate for these; we have none, and have seen what we came for.
    if asks_for_a_certificate && endpoint.transport == Transport::Tls {
        return None;
    }
    let subject = endpoint.subject();
    let (reason, Message { en, fr }) = match failure {
        tls::Failure::Connection(tcp::Failure::TimedOut) => {
            (TIMED_OUT, documents::connection(tcp::Failure::TimedOut).into())
        }
        tls::Failure::Connection(failure) => (RESET, documents::connection(*failure).into()),
        tls::Failure::NotTls => {
            (TLS_FAILED, Text::new("the answer is not TLS", "la réponse n’est pas du TLS").into())
        }
        other => (TLS_FAILED, Message::same(other.to_string())),
    };
    let outcome = reason.because(say!(
        en: "{subject} opens, but the TLS handshake fails: {en}.",
        fr: "{subject} s’ouvre, mais la négociation TLS échoue : {fr}."
    ));
    let host = &endpoint.host;
    Some(outcome.remedy(say!(
        en: "Find the filter, firewall or proxy that cuts connections to {host} or answers in its place, and exempt {host} from it.",
        fr: "Trouvez le filtre, pare-feu ou proxy qui coupe les connexions vers {host} ou répond à sa place, et exemptez-en {host}."
    )))
}
