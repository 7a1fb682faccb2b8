//! Every host and port that enrollment and management need answers, and with its own certificate.

use facts::{Facts, Unknown};

use crate::check::{Check, Judge, Outcome, Reference, Status};
use crate::reach::assess::{allow, assess};
use crate::reach::look;
use crate::reach::reasons::{
    ALL, CAPTIVE_PORTAL, FALLBACK_ONLY, NOT_TESTED, OK, OPTIONAL_UNREACHABLE, RETIRED,
};
use crate::say;
use crate::subject::{Endpoint, Grade, Landscape, Role};
use crate::text::{Message, Text, listed};

pub static CHECK: Check = Check {
    id: "endpoint.reachable",
    title: Text::new(
        "Devices reach every host that they need",
        "Les appareils atteignent chaque hôte dont ils ont besoin",
    ),
    why: Text::new(
        "Enrollment talks to a fixed set of hosts of Microsoft, Apple and Google. A firewall, a proxy, a filter or a captive portal \
         that keeps one of the core hosts away stops it; hosts that one feature needs cost that feature alone.",
        "L’inscription parle à un ensemble fixe d’hôtes de Microsoft, d’Apple et de Google. Un pare-feu, un proxy, un filtre ou un \
         portail captif qui bloque un hôte essentiel l’arrête ; un hôte lié à une seule fonctionnalité ne coûte que celle-ci.",
    ),
    affects: Text::new("devices on this network", "les appareils de ce réseau"),
    reasons: ALL,
    references: &[INTUNE_ENDPOINTS, APPLE_NETWORKS, ANDROID_NETWORKS],
    symptoms: &[
        Text::new(
            "The device reports that the server cannot be reached, or enrollment stops without a message.",
            "L’appareil signale que le serveur est injoignable, ou l’inscription s’arrête sans message.",
        ),
        Text::new(
            "Setup Assistant or the Company Portal app waits and then fails on this network, and works on another.",
            "L’assistant de configuration ou le Portail d’entreprise attend puis échoue sur ce réseau, et fonctionne sur un autre.",
        ),
    ],
    judge: Judge::EachEndpoint(|endpoint, landscape, facts| Box::pin(judge(endpoint, landscape, facts))),
};

const INTUNE_ENDPOINTS: Reference = Reference {
    title: Text::new(
        "Network endpoints for Microsoft Intune",
        "Points de terminaison réseau de Microsoft Intune",
    ),
    url: "https://learn.microsoft.com/intune/intune-service/fundamentals/intune-endpoints",
};
const APPLE_NETWORKS: Reference = Reference {
    title: Text::new(
        "Use Apple products on enterprise networks",
        "Utiliser les produits Apple sur un réseau d’entreprise",
    ),
    url: "https://support.apple.com/101555",
};
const ANDROID_NETWORKS: Reference = Reference {
    title: Text::new(
        "Android Enterprise network requirements",
        "Configuration réseau requise par Android Enterprise",
    ),
    url: "https://support.google.com/work/android/answer/10513641",
};

async fn judge(endpoint: &Endpoint, landscape: &Landscape, facts: &Facts) -> Result<Outcome, Unknown> {
    if !endpoint.probed() {
        return Ok(describe(not_probed(endpoint), endpoint));
    }
    if let Some(preferred) = look::spared_by(endpoint, landscape, facts).await? {
        let (subject, other) = (endpoint.subject(), preferred.subject());
        return Ok(describe(
            NOT_TESTED.because(say!(
                en: "{subject} is the fallback of {other}, which answers; it was left alone.",
                fr: "{subject} est le repli de {other}, qui répond ; il a été laissé tranquille."
            )),
            endpoint,
        ));
    }
    let outcome = assess(endpoint, landscape, facts).await?;
    let outcome = among_alternatives(outcome, endpoint, landscape, facts).await?;
    Ok(describe(weigh(outcome, endpoint), endpoint))
}

fn not_probed(endpoint: &Endpoint) -> Outcome {
    let subject = endpoint.subject();
    let Message { en, fr } = endpoint
        .why
        .clone()
        .unwrap_or_else(|| Text::new("not a host to probe", "pas un hôte à sonder").into());
    let outcome = NOT_TESTED.because(say!(
        en: "{subject} was not tested: {en}.",
        fr: "{subject} n’a pas été testé : {fr}."
    ));
    if endpoint.represented_by.is_empty() {
        return outcome;
    }
    let Message { en, fr } = listed(&endpoint.represented_by);
    outcome.note(say!(en: "Tested in its place: {en}.", fr: "Testés à sa place : {fr}."))
}

/// What holds of every finding about an endpoint.
fn describe(outcome: Outcome, endpoint: &Endpoint) -> Outcome {
    let platforms: Vec<&str> = endpoint.platforms.iter().map(|p| p.name()).collect();
    let (Message { en, fr }, purpose) = (listed(&platforms), &endpoint.purpose);
    let (purpose_en, purpose_fr) = (&purpose.en, &purpose.fr);
    let outcome = outcome
        .evidence("grade", serde_json::to_value(endpoint.grade).unwrap_or_default())
        .evidence("purpose", purpose.en.clone())
        .purpose(purpose.clone())
        .evidence("feature", endpoint.feature.clone())
        .evidence("inspection_forbidden", endpoint.inspection_forbidden)
        .evidence("open_ports", endpoint.open.clone())
        .evidence("sources", endpoint.sources.clone());
    if platforms.is_empty() {
        outcome.affects(say!(en: "servers ({purpose_en})", fr: "des serveurs ({purpose_fr})"))
    } else {
        outcome.affects(say!(en: "{en} ({purpose_en})", fr: "{fr} ({purpose_fr})"))
    }
}

/// Rows of one service are one requirement: one that fails matters only if no other answers.
async fn among_alternatives(
    outcome: Outcome,
    endpoint: &Endpoint,
    landscape: &Landscape,
    facts: &Facts,
) -> Result<Outcome, Unknown> {
    if outcome.status != Status::Fail || endpoint.service.is_none() {
        return Ok(outcome);
    }
    let aside = facts.aside();
    let others = landscape.alternatives(endpoint).map(|other| works(other, landscape, &aside));
    let working: Vec<&Endpoint> =
        futures_util::future::join_all(others).await.into_iter().flatten().collect();
    let cause = outcome.reason.id;
    let Message { en, fr } = outcome.summary.clone();
    let preferred = working.iter().find(|other| other.role == Some(Role::Preferred));
    let found = match (preferred, working.first()) {
        (Some(other), _) => {
            let other = other.subject();
            OPTIONAL_UNREACHABLE.because(say!(
                en: "{en} The service works all the same: {other} answers.",
                fr: "{fr} Le service fonctionne quand même : {other} répond."
            ))
        }
        (None, Some(other)) => {
            let other = other.subject();
            FALLBACK_ONLY.because(say!(
                en: "{en} The service works through its fallback {other}.",
                fr: "{fr} Le service fonctionne par son repli {other}."
            ))
        }
        (None, None) => {
            return Ok(outcome.note(say!(
                en: "No other host or port of this service answers either.",
                fr: "Aucun autre hôte ou port de ce service ne répond non plus."
            )));
        }
    };
    Ok(found.remedy(allow(endpoint)).found(outcome.found).notes(outcome.notes).evidence("cause", cause))
}

async fn works<'a>(endpoint: &'a Endpoint, landscape: &'a Landscape, facts: &Facts) -> Option<&'a Endpoint> {
    if look::spared_by(endpoint, landscape, facts).await.ok()?.is_some() {
        return None;
    }
    let outcome = assess(endpoint, landscape, facts).await.ok()?;
    matches!(outcome.status, Status::Pass | Status::Warn).then_some(endpoint)
}

/// How much it matters: only the core can stop enrollment.
fn weigh(outcome: Outcome, endpoint: &Endpoint) -> Outcome {
    match endpoint.grade {
        Grade::Core | Grade::NotTested => outcome,
        // A portal stands between this network and everything, whichever test shows it.
        Grade::Feature if outcome.status == Status::Fail && outcome.reason != CAPTIVE_PORTAL => {
            let (Message { en, fr }, purpose) = (outcome.summary.clone(), &endpoint.purpose);
            let (purpose_en, purpose_fr, cause) = (&purpose.en, &purpose.fr, outcome.reason.id);
            OPTIONAL_UNREACHABLE
                .because(say!(
                    en: "{en} Only this needs it: {purpose_en}.",
                    fr: "{fr} Seule cette fonctionnalité en a besoin : {purpose_fr}."
                ))
                .remedy(outcome.remedy.unwrap_or_else(|| allow(endpoint).into()))
                .found(outcome.found)
                .notes(outcome.notes)
                .evidence("cause", cause)
                .expires_at(outcome.expires_at)
        }
        Grade::Legacy if outcome.reason != OK => {
            let (subject, cause) = (endpoint.subject(), outcome.reason.id);
            let because = endpoint.why.clone().unwrap_or_else(|| Text::new("superseded", "remplacé").into());
            let Message { en, fr } = because;
            RETIRED
                .because(say!(
                    en: "{subject} is a retired name and does not answer; nothing depends on it: {en}.",
                    fr: "{subject} est un nom retiré et ne répond pas ; rien n’en dépend : {fr}."
                ))
                .evidence("cause", cause)
        }
        Grade::Feature | Grade::Legacy => outcome,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use facts::Question;
    use facts::dns::{Code, Data, Kind, Message as Dns, Record, Reply};
    use facts::tcp::Failure;
    use facts::visit::{Attempt, Visited};

    use super::*;
    use crate::clouds::Cloud;
    use crate::subject::Transport;
    use crate::world;

    fn endpoint() -> Endpoint {
        Endpoint {
            host: "host.example.com".into(),
            port: 443,
            grade: Grade::Core,
            transport: Transport::Tcp,
            purpose: Message::same("a purpose"),
            feature: None,
            why: None,
            platforms: Default::default(),
            service: None,
            role: None,
            only_after_preferred: false,
            inspection_forbidden: false,
            unauthenticated: false,
            vendor: "vendor".into(),
            canary: None,
            represented_by: Vec::new(),
            open: vec![443],
            sources: Vec::new(),
        }
    }

    fn addresses(question: &facts::dns::Lookup, all: &[IpAddr]) -> Reply {
        let of_kind = |ip: &&IpAddr| ip.is_ipv4() == (question.kind == Kind::A);
        let record = |ip: &IpAddr| Record {
            name: question.name.clone(),
            ttl: 60,
            data: match ip {
                IpAddr::V4(ip) => Data::A(*ip),
                IpAddr::V6(ip) => Data::Aaaa(*ip),
            },
        };
        Reply::Message(Dns {
            code: Code::NoError,
            authoritative: false,
            recursion_available: true,
            authenticated: false,
            over_tcp: false,
            answers: all.iter().filter(of_kind).map(record).collect(),
            soa: None,
            extended_errors: Vec::new(),
        })
    }

    /// What is said of a host whose addresses connect, or fail, like that.
    async fn said(outcomes: &[(&str, Option<Failure>)]) -> Outcome {
        let outcomes: Vec<(IpAddr, Option<Failure>)> =
            outcomes.iter().map(|(ip, failure)| (ip.parse().unwrap(), *failure)).collect();
        let all: Vec<IpAddr> = outcomes.iter().map(|(ip, _)| *ip).collect();
        let facts = world::facts(move |question| match question {
            Question::Dns(lookup) => Some(addresses(lookup, &all).into()),
            Question::Visit(_) => Some(
                Visited {
                    attempts: outcomes
                        .iter()
                        .map(|(ip, failure)| Attempt { address: Some(*ip), failure: *failure, connect_ms: 5 })
                        .collect(),
                    talked_to: None,
                    refusal: None,
                    tls: None,
                    tls_ms: None,
                    http: None,
                }
                .into(),
            ),
            _ => None,
        });
        let endpoint = endpoint();
        let landscape =
            Landscape::new(vec![endpoint.clone()], Cloud::Worldwide, true, Arc::clone(&world::given()));
        judge(&endpoint, &landscape, &facts).await.unwrap()
    }

    #[tokio::test]
    async fn addresses_that_do_not_answer_beside_others_that_do_are_named() {
        let outcome = said(&[("192.0.2.1", None), ("192.0.2.2", Some(Failure::TimedOut))]).await;
        assert_eq!((outcome.reason.id, outcome.status), ("partly-reachable", Status::Warn));
        assert!(
            outcome.summary.en.contains("1 of its 2 addresses does not: 192.0.2.2"),
            "{}",
            outcome.summary.en
        );
    }

    #[tokio::test]
    async fn a_family_without_a_route_from_here_says_nothing_about_the_host() {
        let no_ipv6 = [("192.0.2.1", None), ("2001:db8::1", Some(Failure::Unroutable))];
        assert_eq!(said(&no_ipv6).await.reason.id, "ok");
        let broken_ipv6 = [("192.0.2.1", None), ("2001:db8::1", Some(Failure::TimedOut))];
        assert_eq!(said(&broken_ipv6).await.reason.id, "partly-reachable");
    }

    #[tokio::test]
    async fn what_the_network_said_outweighs_what_this_machine_lacks() {
        let refused = [("192.0.2.1", Some(Failure::Refused)), ("2001:db8::1", Some(Failure::Unroutable))];
        assert_eq!(said(&refused).await.reason.id, "refused");
        assert_eq!(said(&[("192.0.2.1", Some(Failure::Unroutable))]).await.reason.id, "unroutable");
        assert_eq!(said(&[("192.0.2.1", Some(Failure::TimedOut))]).await.reason.id, "timed-out");
    }
}
