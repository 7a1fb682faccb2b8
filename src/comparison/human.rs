//! A comparison for the terminal: what got worse first.

use std::io::{self, Write};

use checks::{Status, Text};

use super::{Became, Change, Comparison, Side};
use crate::language::{Language, Said, pick};
use crate::report::layout::{BOLD, DIM, Page, style};
use crate::report::{one_line, printable};

/// The words of each kind of change, in the order of telling.
pub(super) const KINDS: [(Became, Text); 5] = [
    (Became::Worse, Text::new("worse", "dégradé")),
    (Became::New, Text::new("new", "nouveau")),
    (Became::Better, Text::new("better", "amélioré")),
    (Became::Changed, Text::new("changed", "changé")),
    (Became::Gone, Text::new("gone", "disparu")),
];

pub fn write(
    comparison: &Comparison,
    language: Language,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, width);
    let (old, new) = (&comparison.old, &comparison.new);
    page.line(&format!(
        "{BOLD}{}{BOLD:#} ({}) → {BOLD}{}{BOLD:#} ({})",
        printable(&old.started_at),
        printable(&old.verdict),
        printable(&new.started_at),
        printable(&new.verdict)
    ))?;
    for (kind, word) in KINDS {
        let mut changes = comparison.changes.iter().filter(|change| change.change == kind).peekable();
        if changes.peek().is_none() {
            continue;
        }
        page.blank()?;
        page.line(&format!("{BOLD}{}{BOLD:#}", word.said(language)))?;
        for change in changes {
            one(change, language, &mut page)?;
        }
    }
    page.blank()?;
    page.flow(&totals(comparison, language))
}

fn one(change: &Change, language: Language, page: &mut Page<'_>) -> io::Result<()> {
    let states = match (&change.old, &change.new) {
        (Some(old), Some(new)) => format!("{} → {}", state(old, language), state(new, language)),
        (Some(only), None) | (None, Some(only)) => state(only, language),
        (None, None) => String::new(),
    };
    let (check, subject) = (one_line(&change.check), one_line(&change.subject));
    let tenant = one_line(&change.tenant);
    page.line(&format!("{states} {BOLD}{check}{BOLD:#} {subject} {DIM}[{tenant}]{DIM:#}"))?;
    let Some(side) = change.new.as_ref().or(change.old.as_ref()) else { return Ok(()) };
    page.text(&side.summary)?;
    let open = matches!(change.change, Became::Worse | Became::New) && side.weight() > Status::Pass;
    let Some(remedy) = side.remedy.as_ref().filter(|_| open) else { return Ok(()) };
    // Below the sentence stand lines to copy.
    let (prose, copies) = remedy.split_once('\n').unwrap_or((remedy, ""));
    page.labelled(pick(Text::new("fix", "remède"), language), prose)?;
    page.copy(copies)
}

fn state(side: &Side, language: Language) -> String {
    let colour = style(side.status);
    let waived = match side.waived {
        true => format!(" ({})", pick(Text::new("waived", "sous dérogation"), language)),
        false => String::new(),
    };
    format!("{colour}{}/{}{colour:#}{waived}", side.status.as_str(), printable(&side.reason))
}

/// How many of each, in a line.
pub(super) fn totals(comparison: &Comparison, language: Language) -> String {
    let counts = &comparison.summary;
    let of = |kind| match kind {
        Became::Worse => counts.worse,
        Became::New => counts.new,
        Became::Better => counts.better,
        Became::Changed => counts.changed,
        Became::Gone => counts.gone,
    };
    let mut parts: Vec<String> =
        KINDS.iter().map(|(kind, word)| format!("{} {}", of(*kind), word.said(language))).collect();
    parts.push(format!("{} {}", counts.unchanged, pick(Text::new("unchanged", "inchangé"), language)));
    let mut line = parts.join(", ");
    if !(comparison.old.complete && comparison.new.complete) {
        line.push_str(pick(
            Text::new("; a run was cut short", " ; une exécution a été interrompue"),
            language,
        ));
    }
    line
}
