//! CommonMark, for tickets, wikis and summaries of continuous integration.

use std::io::{self, Write};

use checks::{Status, Text};

use super::{Format, Report, printable, wording};
use crate::finding::Finding;
use crate::language::{Language, Said, colon, pick};

pub struct Markdown;

const HEADINGS: [(Status, Text); 3] = [
    (Status::Fail, Text::new("Failures", "Échecs")),
    (Status::Warn, Text::new("Warnings", "Avertissements")),
    (Status::Unknown, Text::new("Unknown", "Inconnus")),
];

impl Format for Markdown {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let language = report.language;
        let summary = &report.summary;
        writeln!(
            out,
            "# enrollcheck{}{}\n",
            colon(language),
            pick(wording::verdict(report.verdict), language)
        )?;
        writeln!(out, "{} {}\n", inert(&report.names()), report.started_at.strftime("%Y-%m-%d %H:%M UTC"))?;
        writeln!(out, "| fail | warn | unknown | pass | skip | waived |\n|---|---|---|---|---|---|")?;
        let (fail, warn, unknown) = (summary.fail, summary.warn, summary.unknown);
        writeln!(
            out,
            "| {fail} | {warn} | {unknown} | {} | {} | {} |",
            summary.pass, summary.skip, summary.waived
        )?;
        if report.summary.total() == 0 {
            writeln!(out, "\n{}", wording::NOTHING.said(language))?;
        }
        for (status, heading) in HEADINGS {
            let mut findings = report.findings.iter().filter(|finding| finding.status() == status).peekable();
            if findings.peek().is_none() {
                continue;
            }
            writeln!(out, "\n## {}", heading.said(language))?;
            for finding in findings {
                one(finding, language, out)?;
            }
        }
        Ok(())
    }
}

fn one(finding: &Finding, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let outcome = &finding.outcome;
    writeln!(out, "\n### {} {}\n", code(&finding.reason_id()), inert(&finding.subject))?;
    writeln!(out, "{}", inert(outcome.summary.said(language)))?;
    if let Some(waiver) = &finding.waiver {
        let waived = pick(wording::WAIVED, language);
        writeln!(
            out,
            "\n**{waived}**{}{} ({})",
            colon(language),
            inert(&waiver.because),
            inert(&waiver.until)
        )?;
    }
    if let Some(remedy) = &outcome.remedy {
        let fix = pick(wording::FIX, language);
        writeln!(
            out,
            "\n**{fix}**{}\n\n{}",
            colon(language).trim_end(),
            fenced(remedy.text().said(language))
        )?;
    }
    for note in &outcome.notes {
        writeln!(out, "\n- {}", inert(note.said(language)))?;
    }
    if let Some(reference) = finding.check.references.first() {
        writeln!(out, "\n<{}>", reference.url)?;
    }
    Ok(())
}

/// Text that CommonMark and HTML take for nothing else: every mark of punctuation with a backslash, on one line.
pub(crate) fn inert(text: &str) -> String {
    let text = printable(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_{}[]<>()#+!|~&$@".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

pub(crate) fn code(text: &str) -> String {
    format!("`{}`", printable(text).replace('`', "'"))
}

/// Lines to copy, in a fence longer than any run of backticks within.
fn fenced(text: &str) -> String {
    let text = printable(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{fenced, inert};

    #[test]
    fn markup_is_inert() {
        assert_eq!(inert("<b>[x](y)</b> | z"), "\\<b\\>\\[x\\]\\(y\\)\\</b\\> \\| z");
        assert_eq!(fenced("a ```b"), "````text\na ```b\n````");
    }
}
