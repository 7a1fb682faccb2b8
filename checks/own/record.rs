//! A DNS record with the values that it should have.

use std::collections::BTreeSet;

use facts::dns::{Code, Data, Kind, Lookup, Message as Answer};
use facts::{Facts, Name, Unknown};
use serde::{Deserialize, Serialize};

use super::{NOT_ANSWERED, OK, Own};
use crate::check::Outcome;
use crate::say;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    Exists,
    Missing,
    /// All of them, and no others; names without their final dot.
    Values(BTreeSet<String>),
}

pub(super) async fn judge(
    own: &Own,
    name: &Name,
    kind: Kind,
    expected: &Expected,
    facts: &Facts,
) -> Result<Outcome, Unknown> {
    let mut said = Vec::new();
    for server in &facts.vantage().resolvers {
        let reply = facts.ask(Lookup::of(server, name, kind)).await?;
        match reply.about_the_name() {
            Some(message) => return Ok(compare(own, name, kind, expected, message)),
            None => said.push(format!("{server}: {}", reply.as_str())),
        }
    }
    let said = said.join(", ");
    Ok(NOT_ANSWERED.because(say!(
        en: "No resolver answered for {name} ({said}).",
        fr: "Aucun résolveur n’a répondu pour {name} ({said})."
    )))
}

fn compare(own: &Own, name: &Name, kind: Kind, expected: &Expected, answer: &Answer) -> Outcome {
    let found: BTreeSet<String> =
        answer.answers.iter().filter_map(|record| value(&record.data, kind)).collect();
    let kind = format!("{kind:?}").to_ascii_uppercase();
    let shown = found.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let nothing = answer.code == Code::NxDomain || found.is_empty();
    let met = match expected {
        Expected::Exists => !nothing,
        Expected::Missing => nothing,
        Expected::Values(wanted) => found == *wanted,
    };
    let summary = match nothing {
        true => say!(en: "{name} has no {kind} record.", fr: "{name} n’a pas d’enregistrement {kind}."),
        false => {
            say!(en: "{name} has the {kind} record {shown}.", fr: "{name} a l’enregistrement {kind} {shown}.")
        }
    };
    let outcome = if met { OK.because(summary) } else { own.unexpected(summary) };
    let outcome = match expected {
        Expected::Exists => outcome.wanted(say!(en: "any {kind} record", fr: "un enregistrement {kind}")),
        Expected::Missing => outcome.wanted(say!(en: "no {kind} record", fr: "aucun enregistrement {kind}")),
        Expected::Values(wanted) => {
            let wanted = wanted.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            outcome.wanted(say!(en: "{kind} {wanted}", fr: "{kind} {wanted}"))
        }
    };
    outcome.evidence("values", found.into_iter().collect::<Vec<_>>())
}

/// A record of the wanted type as the settings write it; aliases on the way there are none of it.
fn value(data: &Data, kind: Kind) -> Option<String> {
    match (data, kind) {
        (Data::A(address), Kind::A) => Some(address.to_string()),
        (Data::Aaaa(address), Kind::Aaaa) => Some(address.to_string()),
        (Data::Cname(target), Kind::Cname) => Some(target.to_string()),
        (Data::Ns(server), Kind::Ns) => Some(server.to_string()),
        (Data::Mx { preference, exchange }, Kind::Mx) => Some(format!("{preference} {exchange}")),
        (Data::Txt(text), Kind::Txt) => Some(text.clone()),
        _ => None,
    }
}
