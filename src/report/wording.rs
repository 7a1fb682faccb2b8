//! The fixed words of reports.

use checks::{Status, Text};

use crate::finding::Verdict;

pub(super) const SAW: Text = Text::new("saw", "vu");
pub(super) const WANT: Text = Text::new("want", "attendu");
pub(super) const AFFECTS: Text = Text::new("affects", "touche");
pub(super) const FIX: Text = Text::new("fix", "remède");
pub(super) const NOTE: Text = Text::new("note", "note");
pub(super) const WAIVED: Text = Text::new("waived", "dérogé");
pub(super) const SEE: Text = Text::new("see", "voir");
pub(super) const NOTHING: Text = Text::new(
    "Nothing was checked: the selected checks have no subject here.",
    "Rien n’a été vérifié : les vérifications choisies n’ont pas d’objet ici.",
);
pub(super) const PASSED: Text = Text::new("Passed", "Réussi");
pub(super) const NOT_APPLICABLE: Text = Text::new("Not tested or not applicable", "Non testé ou sans objet");
pub(super) const SHOW_ALL: Text = Text::new("-v shows each", "-v montre chacun");

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

pub(super) fn verdict(verdict: Verdict) -> Text {
    match verdict {
        Verdict::Ready => Text::new("READY", "PRÊT"),
        Verdict::ReadyWithWarnings => Text::new("READY, with warnings", "PRÊT, avec des avertissements"),
        Verdict::Inconclusive => Text::new("INCONCLUSIVE", "NON CONCLUANT"),
        Verdict::NotReady => Text::new("NOT READY", "PAS PRÊT"),
    }
}

/// A number with its noun, in the singular where the language wants it.
pub(super) fn counted(count: usize, one: Text, many: Text) -> checks::Message {
    let en = if count == 1 { one.en } else { many.en };
    // In French, zero is singular.
    let fr = if count < 2 { one.fr } else { many.fr };
    checks::Message { en: format!("{count} {en}"), fr: format!("{count} {fr}") }
}
