//! A comparison as CommonMark, for tickets and summaries of continuous integration.

use std::io::{self, Write};

use super::human::{KINDS, totals};
use super::{Change, Comparison, Side};
use crate::language::{Language, Said};
use crate::report::markdown::{code, inert};

pub fn write(comparison: &Comparison, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let (old, new) = (&comparison.old, &comparison.new);
    writeln!(
        out,
        "# enrollcheck: {} ({}) → {} ({})\n\n{}",
        inert(&old.started_at),
        inert(&old.verdict),
        inert(&new.started_at),
        inert(&new.verdict),
        inert(&totals(comparison, language))
    )?;
    for (kind, word) in KINDS {
        let mut changes = comparison.changes.iter().filter(|change| change.change == kind).peekable();
        if changes.peek().is_none() {
            continue;
        }
        writeln!(out, "\n## {}\n", word.said(language))?;
        changes.try_for_each(|change| one(change, out))?;
    }
    Ok(())
}

fn one(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let states: Vec<String> = [&change.old, &change.new].into_iter().flatten().map(state).collect();
    let summary = change.new.as_ref().or(change.old.as_ref()).map_or("", |side| &side.summary);
    writeln!(
        out,
        "- {} {} {} ({}): {}",
        states.join(" → "),
        code(&change.check),
        inert(&change.subject),
        inert(&change.tenant),
        inert(summary)
    )
}

fn state(side: &Side) -> String {
    let waived = if side.waived { " (waived)" } else { "" };
    code(&format!("{}/{}{waived}", side.status.as_str(), side.reason))
}
