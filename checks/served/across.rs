//! One word about a server from what each of its addresses shows.

use facts::{Facts, Unknown};

use super::{Look, Node, State, look};
use crate::check::{Outcome, Reason, Status};
use crate::say;
use crate::subject::Server;
use crate::text::{Message, listed};

/// The reasons that a check gives where it has nothing to judge.
pub(crate) struct Missing {
    pub(crate) unreachable: Reason,
    /// For a peer that answers without a certificate; none where that is another check's business.
    pub(crate) no_certificate: Option<Reason>,
}

/// The nodes of a server that serve a chain; the others already have their outcome.
pub(crate) struct Nodes {
    pub(crate) served: Vec<Node>,
    others: Vec<(String, Outcome)>,
    missing: Missing,
}

/// Looks at every address of a server.
pub(crate) async fn nodes(server: &Server, missing: Missing, facts: &Facts) -> Result<Nodes, Unknown> {
    let at = &server.at;
    let mut nodes = Nodes { served: Vec::new(), others: Vec::new(), missing };
    let found = match look(server, facts).await? {
        Look::Unresolved(Message { en, fr }) => {
            let outcome = nodes.missing.unreachable.because(say!(en: "{at}: {en}.", fr: "{at} : {fr}."));
            nodes.others.push((String::new(), outcome));
            return Ok(nodes);
        }
        Look::Nodes(found) => found,
    };
    for node in found {
        let outcome = match &node.state {
            State::Served => {
                nodes.served.push(node);
                continue;
            }
            State::Unreachable(Message { en, fr }) => nodes.missing.unreachable.because(say!(
                en: "{at} cannot be reached: {en}.",
                fr: "{at} est injoignable : {fr}."
            )),
            State::NoCertificate(Message { en, fr }) => {
                nodes.missing.no_certificate.unwrap_or(nodes.missing.unreachable).because(say!(
                    en: "{at} answers and shows no certificate: {en}.",
                    fr: "{at} répond et ne présente aucun certificat : {fr}."
                ))
            }
        };
        nodes.others.push((node.address(), outcome));
    }
    Ok(nodes)
}

impl Nodes {
    /// Puts the outcomes of the serving nodes, in their order, and those of the others together.
    pub(crate) fn together(self, reasons: &[Reason], server: &Server, judged: Vec<Outcome>) -> Outcome {
        let served = self.served.iter().map(Node::address).zip(judged);
        let mut all: Vec<(String, Outcome)> = served.chain(self.others).collect();
        let unreachable = self.missing.unreachable.id;
        let mut notes = Vec::new();
        // A device tries the next address: one that is silent from here says nothing against the others.
        if all.iter().any(|(_, outcome)| outcome.reason.id != unreachable) {
            all.retain(|(address, outcome)| {
                let reached = outcome.reason.id != unreachable;
                if !reached {
                    let Message { en, fr } = &outcome.summary;
                    notes.push(say!(en: "{address}: {en}", fr: "{address} : {fr}"));
                }
                reached
            });
        }
        let Some(first) = all.first() else {
            // No address at all, which a resolver never says.
            let at = &server.at;
            return self
                .missing
                .unreachable
                .because(say!(en: "{at} has no address.", fr: "{at} n’a pas d’adresse."));
        };
        let same = all.iter().all(|(_, outcome)| outcome.reason.id == first.1.reason.id);
        let expires_at = all.iter().filter_map(|(_, outcome)| outcome.expires_at).min();
        let outcome = match same {
            true => Outcome::worst_of(reasons, all.into_iter().map(|(_, outcome)| outcome)),
            false => differing(reasons, all),
        };
        let purposes: Vec<Message> =
            server.purposes.iter().map(|purpose| purpose.in_words().into()).collect();
        let (en, fr): (Vec<String>, Vec<String>) = purposes.into_iter().map(|m| (m.en, m.fr)).unzip();
        let purpose = Message { en: listed(&en).en, fr: listed(&fr).fr };
        let outcome = outcome.unwrap_or_else(|| self.missing.unreachable.because(purpose.clone()));
        outcome.notes(notes).expires_at(expires_at).purpose(purpose)
    }
}

/// One node of several behaves differently: the worst is told with its address, the others as a note.
fn differing(reasons: &[Reason], all: Vec<(String, Outcome)>) -> Option<Outcome> {
    let labelled: Vec<(String, Status, &'static str, Outcome)> = all
        .into_iter()
        .map(|(address, mut outcome)| {
            let Message { en, fr } = &outcome.summary;
            outcome.summary = say!(en: "At {address}: {en}", fr: "À l’adresse {address} : {fr}");
            (address, outcome.status, outcome.reason.id, outcome)
        })
        .collect();
    let worst = labelled.iter().map(|(_, status, ..)| *status).max()?;
    let others: Vec<String> = labelled
        .iter()
        .filter(|(_, status, ..)| *status != worst)
        .map(|(address, _, reason, _)| format!("{address} ({reason})"))
        .collect();
    let outcome = Outcome::worst_of(reasons, labelled.into_iter().map(|(.., outcome)| outcome))?;
    if others.is_empty() {
        return Some(outcome);
    }
    let Message { en, fr } = listed(&others);
    Some(outcome.note(say!(
        en: "The addresses of this name do not behave alike; better: {en}. Devices meet any of them.",
        fr: "Les adresses de ce nom ne se comportent pas pareil ; mieux : {fr}. Les appareils peuvent tomber sur n’importe laquelle."
    )))
}
