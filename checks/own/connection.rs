//! A port that should be open, or closed.

use facts::visit::{Spoken, Visit};
use facts::{Facts, Unknown};

use super::{OK, Own, not_resolved};
use crate::check::Outcome;
use crate::say;
use crate::subject::HostPort;

pub(super) async fn judge(own: &Own, at: &HostPort, open: bool, facts: &Facts) -> Result<Outcome, Unknown> {
    let way = match facts.way(&at.host, at.port, true).await? {
        Ok(way) => way,
        Err(_) => return Ok(not_resolved(at)),
    };
    let visit = Visit { host: at.host.as_str().to_owned(), port: at.port, spoken: Spoken::Tcp, way };
    let visited = facts.ask(visit).await?;
    let connected = visited.connected();
    let summary = match visited.attempts.iter().find_map(|attempt| attempt.failure) {
        _ if connected => say!(en: "{at} takes connections.", fr: "{at} accepte les connexions."),
        Some(failure) => {
            let word = failure.as_str();
            say!(en: "{at} takes no connection ({word}).", fr: "{at} n’accepte pas de connexion ({word}).")
        }
        None => say!(en: "{at} takes no connection.", fr: "{at} n’accepte pas de connexion."),
    };
    let outcome = if connected == open { OK.because(summary) } else { own.unexpected(summary) };
    Ok(match open {
        true => outcome.wanted(say!(en: "an open port", fr: "un port ouvert")),
        false => outcome.wanted(say!(en: "a closed port", fr: "un port fermé")),
    })
}
