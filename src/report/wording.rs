//! The fixed words of reports.

use checks::{Message, Status, Text};

use crate::finding::{Summary, Verdict};

pub(super) const SAW: Text = Text::new("saw", "vu");
pub(super) const WANT: Text = Text::new("want", "attendu");
pub(super) const AFFECTS: Text = Text::new("affects", "touche");
pub(super) const FIX: Text = Text::new("fix", "remède");
pub(super) const NOTE: Text = Text::new("note", "note");
pub(super) const WAIVED: Text = Text::new("waived", "sous dérogation");
pub(super) const SEE: Text = Text::new("see", "voir");
pub(super) const NOTHING: Text = Text::new(
    "Nothing was checked: the selected checks have no subject here.",
    "Rien n’a été vérifié : les vérifications choisies n’ont pas d’objet ici.",
);
pub(super) const CUT_BY_DEADLINE: Text = Text::new(
    "cut short by the deadline: the rest is unknown",
    "interrompu par l’échéance : le reste est inconnu",
);
pub(super) const CUT_BY_HAND: Text =
    Text::new("interrupted: the rest is unknown", "interrompu : le reste est inconnu");
pub(super) const PASSED: Text = Text::new("Passed", "Réussi");
pub(super) const NOT_APPLICABLE: Text = Text::new("Not tested or not applicable", "Non testé ou sans objet");
pub(super) const SHOW_ALL: Text = Text::new("-v shows each", "-v les montre tous");

/// The mark and the word of a status: either is enough without the other, and without colour.
pub(super) fn mark(status: Status) -> &'static str {
    match status {
        Status::Pass => "✓",
        Status::Warn => "!",
        Status::Fail => "✗",
        Status::Unknown => "?",
        Status::Skip => "–",
    }
}

pub(super) fn word(status: Status) -> Text {
    match status {
        Status::Pass => Text::same("PASS"),
        Status::Warn => Text::same("WARN"),
        Status::Fail => Text::same("FAIL"),
        Status::Unknown => Text::same("UNKNOWN"),
        Status::Skip => Text::same("SKIP"),
    }
}

/// A status as a word of its language.
pub(super) fn status(status: Status) -> Text {
    match status {
        Status::Pass => Text::new("passed", "réussi"),
        Status::Warn => Text::new("warning", "avertissement"),
        Status::Fail => Text::new("failure", "échec"),
        Status::Unknown => Text::new("unknown", "inconnu"),
        Status::Skip => Text::new("skipped", "ignoré"),
    }
}

/// What a check does for so many tenants.
pub(super) fn for_tenants(status: Status) -> Text {
    match status {
        Status::Pass => Text::new("passes for", "réussi pour"),
        Status::Warn => Text::new("warns for", "avertissement pour"),
        Status::Fail => Text::new("fails for", "échec pour"),
        Status::Unknown => Text::new("unknown for", "inconnu pour"),
        Status::Skip => Text::new("skipped for", "ignoré pour"),
    }
}

pub(super) fn verdict(verdict: Verdict) -> Text {
    match verdict {
        Verdict::Ready => Text::new("READY", "PRÊT"),
        Verdict::ReadyWithWarnings => Text::new("READY, with warnings", "PRÊT, avec des avertissements"),
        Verdict::Inconclusive => Text::new("INCONCLUSIVE", "NON CONCLUANT"),
        Verdict::NotReady => Text::new("NOT READY", "PAS PRÊT"),
    }
}

/// How many findings of each status, in words; none for the waived ones, which are told where there are any.
pub(super) fn counts(summary: &Summary) -> Vec<(Option<Status>, Message)> {
    let mut counts = vec![
        (
            Some(Status::Fail),
            counted(summary.fail, Text::new("failure", "échec"), Text::new("failures", "échecs")),
        ),
        (
            Some(Status::Warn),
            counted(
                summary.warn,
                Text::new("warning", "avertissement"),
                Text::new("warnings", "avertissements"),
            ),
        ),
        (
            Some(Status::Unknown),
            counted(summary.unknown, Text::new("unknown", "inconnu"), Text::new("unknown", "inconnus")),
        ),
        (
            Some(Status::Pass),
            counted(summary.pass, Text::new("passed", "réussi"), Text::new("passed", "réussis")),
        ),
        (
            Some(Status::Skip),
            counted(summary.skip, Text::new("skipped", "ignoré"), Text::new("skipped", "ignorés")),
        ),
    ];
    if summary.waived > 0 {
        let waived = counted(
            summary.waived,
            Text::new("waived", "sous dérogation"),
            Text::new("waived", "sous dérogation"),
        );
        counts.push((None, waived));
    }
    counts
}

/// A number with its noun, in the singular where the language wants it.
fn counted(count: usize, one: Text, many: Text) -> Message {
    let en = if count == 1 { one.en } else { many.en };
    // In French, zero is singular.
    let fr = if count < 2 { one.fr } else { many.fr };
    Message { en: format!("{count} {en}"), fr: format!("{count} {fr}") }
}
