//! Every certificate that the server's chain needs is valid, and will be for a while.

use facts::{Certificate, Facts, Unknown};
use jiff::Timestamp;

use crate::chain::Verdict;
use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::dated::{self, Age, Limits};
use crate::say;
use crate::served::{self, Missing, Node, UNREACHABLE};
use crate::subject::Server;
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "tls.validity",
    title: Text::new(
        "The server's certificates are valid and will stay so",
        "Les certificats du serveur sont valides et le resteront",
    ),
    why: Text::new(
        "An expired certificate stops every device on the same day. Every certificate that the path to the root needs is looked \
         at, not only the server's own; the one that breaks first is named.",
        "Un certificat expiré arrête tous les appareils le même jour. Chaque certificat nécessaire au chemin vers la racine est \
         examiné, pas seulement celui du serveur ; le premier à céder est nommé.",
    ),
    affects: Text::new("every device that talks to the server", "chaque appareil qui parle au serveur"),
    reasons: &[OK, EXPIRES_SOON, EXPIRES_VERY_SOON, EXPIRED, NOT_YET_VALID, UNREACHABLE],
    references: &[RFC5280],
    symptoms: &[Text::new(
        "Enrollment and sign-in worked yesterday; today every device shows a certificate error.",
        "L’inscription et la connexion marchaient hier ; aujourd’hui tous les appareils affichent une erreur de certificat.",
    )],
    judge: Judge::EachServer(|server, facts| Box::pin(judge(server, facts))),
};

const RFC5280: Reference = Reference {
    title: Text::new("RFC 5280, 4.1.2.5: validity", "RFC 5280, 4.1.2.5 : validité"),
    url: "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
};
const RENEW: Text = Text::new(
    "Renew the certificate that is named and install it on every server behind this name, with its intermediates.",
    "Renouvelez le certificat nommé et installez-le sur chaque serveur derrière ce nom, avec ses intermédiaires.",
);
const EXPIRED: Reason = Reason::fail(
    "expired",
    Text::new(
        "A certificate that the chain needs has expired.",
        "Un certificat nécessaire à la chaîne a expiré.",
    ),
    RENEW,
);
const NOT_YET_VALID: Reason = Reason::fail(
    "not-yet-valid",
    Text::new(
        "A certificate that the chain needs is not valid yet.",
        "Un certificat nécessaire à la chaîne n’est pas encore valide.",
    ),
    Text::new(
        "Check the clock of this machine and of the authority, or put the former certificate back until then.",
        "Vérifiez l’horloge de cette machine et celle de l’autorité, ou remettez l’ancien certificat jusque-là.",
    ),
);
const EXPIRES_VERY_SOON: Reason = Reason::fail(
    "expires-very-soon",
    Text::new(
        "A certificate that the chain needs expires within days.",
        "Un certificat nécessaire à la chaîne expire dans quelques jours.",
    ),
    RENEW,
);
const EXPIRES_SOON: Reason = Reason::warn(
    "expires-soon",
    Text::new(
        "A certificate that the chain needs expires soon.",
        "Un certificat nécessaire à la chaîne expire bientôt.",
    ),
    RENEW,
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "Every certificate that the chain needs is valid.",
        "Chaque certificat nécessaire à la chaîne est valide.",
    ),
);

async fn judge(server: &Server, facts: &Facts) -> Result<Outcome, Unknown> {
    let missing = Missing { unreachable: UNREACHABLE, no_certificate: None };
    let nodes = served::nodes(server, missing, facts).await?;
    let judged = nodes.served.iter().map(|node| judge_node(server, node, facts.now())).collect();
    Ok(nodes.together(CHECK.reasons, server, judged))
}

fn judge_node(server: &Server, node: &Node, now: Timestamp) -> Outcome {
    let (at, chain) = (&server.at, node.chain());
    let trust = &server.given.trust;
    let verdict = trust.judge(chain, at.host.as_str(), now);
    let limits = Limits::of(&server.given.thresholds);
    let mut on_path: Vec<(usize, &Certificate)> = on_path(&verdict).collect();
    // The one that breaks first is the one that is named.
    on_path.sort_by_key(|(_, certificate)| certificate.not_after);
    let mut outcomes = Vec::new();
    let mut notes = Vec::new();
    let mut needed = Vec::new();
    for (place, certificate) in on_path {
        let age = dated::age(certificate, now, limits.for_lifetime(certificate));
        let sentence = dated::sentence(certificate, age, now);
        // A second intermediate of the same authority may carry the path when this one ends.
        if age != Age::Good && place > 0 && trust.does_without(chain, place, now) {
            let Message { en, fr } = sentence;
            notes.push(say!(en: "{en} The path does without it.", fr: "{fr} Le chemin s’en passe."));
            continue;
        }
        needed.push(certificate);
        outcomes.extend(match age {
            Age::NotYetValid => Some(NOT_YET_VALID.because(sentence)),
            Age::Expired => Some(EXPIRED.because(sentence)),
            Age::EndsVerySoon => Some(EXPIRES_VERY_SOON.because(sentence)),
            Age::EndsSoon => Some(EXPIRES_SOON.because(sentence)),
            Age::Good => None,
        });
    }
    let first = needed.iter().min_by_key(|certificate| certificate.not_after);
    let Some(first) = first else {
        return UNREACHABLE.because(say!(
            en: "{at} shows a certificate that cannot be read.",
            fr: "{at} présente un certificat illisible."
        ));
    };
    outcomes.push(OK.because(dated::sentence(first, Age::Good, now)));
    notes.extend(off_path(&verdict, now));
    let worst = Outcome::worst_of(CHECK.reasons, outcomes);
    let outcome = worst.unwrap_or_else(|| OK.because(OK.meaning.into()));
    outcome.notes(notes).expires_at(Some(first.not_after))
}

/// What the path to the anchor needs, but for a root: its dates are the platforms' business.
fn on_path(verdict: &Verdict) -> impl Iterator<Item = (usize, &Certificate)> {
    let read = |place: &usize| Some((*place, verdict.served.get(*place)?));
    verdict.path.iter().filter_map(read).filter(|(place, c)| *place == 0 || !c.self_issued())
}

/// What is sent and out of date, and on no path.
fn off_path(verdict: &Verdict, now: Timestamp) -> impl Iterator<Item = Message> {
    let strangers = verdict.served.iter().enumerate().filter(|(place, _)| !verdict.path.contains(place));
    strangers.filter(move |(_, c)| now > c.not_after).map(|(_, certificate)| {
        let (name, until) = (certificate.short_name(), dated::day(certificate.not_after));
        say!(
            en: "{name}, which is sent and not needed, expired on {until}.",
            fr: "{name}, envoyé sans être nécessaire, a expiré le {until}."
        )
    })
}
