//! This machine's clock is right; a device's that is off by hours cannot enroll.

use facts::{Facts, Unknown};
use futures_util::future::join_all;

use crate::chain::Ends;
use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::reach::look::{self, Sight};
use crate::say;
use crate::subject::{Endpoint, Landscape, Transport};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "network.clock",
    title: Text::new("The clock is right", "L’horloge est juste"),
    why: Text::new(
        "Certificates and sign-in tokens are valid for a span of time; a clock that is off by hours makes every one of them \
         invalid. This compares the clock of the machine that runs the check with the time that the hosts themselves give.",
        "Certificats et jetons de connexion valent pour une durée ; une horloge décalée de plusieurs heures les rend tous \
         invalides. La comparaison porte sur l’horloge de la machine qui vérifie et l’heure que donnent les hôtes eux-mêmes.",
    ),
    affects: Text::new(
        "this machine, and devices that take their time from the same source",
        "cette machine, et les appareils qui prennent l’heure à la même source",
    ),
    reasons: &[OK, SKEWED, BADLY_SKEWED, NO_REFERENCE],
    references: &[TROUBLESHOOT],
    symptoms: &[Text::new("Error 0x80CF0437 on Windows.", "Erreur 0x80CF0437 sous Windows.")],
    judge: Judge::ThisMachine(|landscape, facts| Box::pin(judge(landscape, facts))),
};

const TROUBLESHOOT: Reference = Reference {
    title: Text::new(
        "Troubleshoot device enrollment in Intune",
        "Résoudre les problèmes d’inscription dans Intune",
    ),
    url: "https://learn.microsoft.com/troubleshoot/mem/intune/device-enrollment/troubleshoot-device-enrollment-in-intune",
};

const SET_CLOCK: Text = Text::new(
    "Set the clock and the time zone, and allow UDP 123 to the time source (time.windows.com, time.apple.com).",
    "Réglez l’horloge et le fuseau horaire, et autorisez UDP 123 vers la source de temps (time.windows.com, time.apple.com).",
);
const BADLY_SKEWED: Reason = Reason::fail(
    "badly-skewed",
    Text::new(
        "The clock is off by more than devices tolerate.",
        "L’horloge est décalée de plus que ce que les appareils tolèrent.",
    ),
    SET_CLOCK,
);
const SKEWED: Reason = Reason::warn(
    "skewed",
    Text::new(
        "The clock is off; sign-in may fail soon.",
        "L’horloge est décalée ; la connexion peut bientôt échouer.",
    ),
    SET_CLOCK,
);
const OK: Reason =
    Reason::pass("ok", Text::new("The clock agrees with the hosts.", "L’horloge concorde avec les hôtes."));
const NO_REFERENCE: Reason = Reason::unknown(
    "no-reference",
    Text::new("No host told its time.", "Aucun hôte n’a donné son heure."),
    Text::new(
        "Mend what endpoint.reachable reports, then run again.",
        "Corrigez ce que signale endpoint.reachable, puis relancez.",
    ),
);

async fn judge(landscape: &Landscape, facts: &Facts) -> Result<Outcome, Unknown> {
    let aside = facts.aside();
    let asked = landscape
        .visited()
        .filter(|e| e.transport == Transport::Https)
        .map(|endpoint| skew_ms(endpoint, landscape, &aside));
    let told: Vec<(i64, bool)> = join_all(asked).await.into_iter().flatten().collect();
    // Whoever forges a chain may forge the time: such hosts count only where no other tells it.
    let trusted = told.iter().any(|(_, trusted)| *trusted);
    let mut skews: Vec<i64> = told.into_iter().filter(|(_, t)| *t == trusted).map(|(skew, _)| skew).collect();
    skews.sort_unstable();
    let count = skews.len();
    let Some(median) = skews.get(count / 2).copied() else {
        return Ok(NO_REFERENCE.because(say!(
            en: "No host told its time.",
            fr: "Aucun hôte n’a donné son heure."
        )));
    };
    let thresholds = &landscape.given.thresholds;
    let off = u128::from(median.unsigned_abs());
    let reason = match off {
        off if off >= thresholds.clock_skew_fail.as_millis() => BADLY_SKEWED,
        off if off >= thresholds.clock_skew_warn.as_millis() => SKEWED,
        _ => OK,
    };
    let seconds = median.unsigned_abs().div_ceil(1000);
    let (Message { en, fr }, hosts) = (span(seconds), hosts(count));
    let (hosts_en, hosts_fr) = (hosts.en, hosts.fr);
    let summary = if reason == OK {
        say!(
            en: "This machine's clock agrees with {hosts_en}.",
            fr: "L’horloge de cette machine concorde avec {hosts_fr}."
        )
    } else if median > 0 {
        say!(
            en: "This machine's clock is {en} ahead of the time of {hosts_en}.",
            fr: "L’horloge de cette machine avance de {fr} sur l’heure de {hosts_fr}."
        )
    } else {
        say!(
            en: "This machine's clock is {en} behind the time of {hosts_en}.",
            fr: "L’horloge de cette machine retarde de {fr} sur l’heure de {hosts_fr}."
        )
    };
    Ok(reason.because(summary).evidence("skew_ms", median).evidence("references", count))
}

/// How far this machine's clock is ahead of a host's, in milliseconds, and whether its chain is trusted; none where the host does not tell, or where
/// a cache may have told in its place.
async fn skew_ms(endpoint: &Endpoint, landscape: &Landscape, facts: &Facts) -> Option<(i64, bool)> {
    let Sight::Visited { visited, .. } = look::look(endpoint, facts).await.ok()? else { return None };
    let chain = visited.tls.as_ref()?.chain();
    let verdict = landscape.given.trust.judge(chain, endpoint.host.as_str(), facts.gathered());
    // Dates do not count: it is the clock that is in doubt.
    let trusted = matches!(verdict.ends, Ends::Public { .. } | Ends::Enterprise { .. });
    let response = visited.http.as_ref()?.as_ref().ok()?;
    if response.header("age").is_some() {
        return None;
    }
    let date = response.date()?;
    let sent = response.received_at.as_millisecond() - i64::from(response.first_answer_ms / 2);
    // A Date header counts whole seconds: on average half a second has passed since.
    Some((sent - date.as_millisecond() - 500, trusted))
}

fn hosts(count: usize) -> Message {
    match count {
        1 => say!(en: "one host", fr: "un seul hôte"),
        _ => say!(en: "{count} hosts", fr: "{count} hôtes"),
    }
}

fn span(seconds: u64) -> Message {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, seconds) => Message::same(format!("{seconds} s")),
        (0, minutes, 0) => Message::same(format!("{minutes} min")),
        (0, minutes, seconds) => Message::same(format!("{minutes} min {seconds} s")),
        (hours, 0, _) if hours < 48 => Message::same(format!("{hours} h")),
        (hours, minutes, _) if hours < 48 => Message::same(format!("{hours} h {minutes} min")),
        (hours, ..) => {
            let days = hours / 24;
            say!(en: "{days} d", fr: "{days} j")
        }
    }
}
