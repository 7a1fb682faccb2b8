//! RFC 4180: a line a finding, for spreadsheets.

use std::io::{self, Write};

use super::{Format, Report, printable};
use crate::language::Said;

pub struct Csv;

const HEADER: [&str; 11] = [
    "tenant",
    "check",
    "subject",
    "status",
    "reason",
    "summary",
    "remedy",
    "notes",
    "expires_at",
    "waived_because",
    "waived_until",
];

impl Format for Csv {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        line(&HEADER, out)?;
        for finding in &report.findings {
            let language = report.language;
            let outcome = &finding.outcome;
            let remedy = outcome.remedy.as_ref().filter(|_| finding.needs_action());
            let remedy = remedy.map(|remedy| remedy.text().said(language).to_owned()).unwrap_or_default();
            let notes: Vec<&str> = outcome.notes.iter().map(|note| note.said(language)).collect();
            let expires = outcome.expires_at.map(|t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
            let (because, until) =
                finding.waiver.as_ref().map_or(("", ""), |waiver| (&waiver.because, &waiver.until));
            line(
                &[
                    &finding.tenant,
                    finding.check.id,
                    &finding.subject,
                    finding.status().as_str(),
                    outcome.reason.id,
                    outcome.summary.said(language),
                    &remedy,
                    &notes.join("\n"),
                    expires.as_deref().unwrap_or_default(),
                    because,
                    until,
                ],
                out,
            )?;
        }
        Ok(())
    }
}

fn line(cells: &[&str], out: &mut dyn Write) -> io::Result<()> {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            out.write_all(b",")?;
        }
        out.write_all(self::cell(cell).as_bytes())?;
    }
    out.write_all(b"\r\n")
}

/// What begins a formula, in full width as well.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell that a spreadsheet takes for text: what would begin a formula, be it after spaces, gets an apostrophe before
/// it.
fn cell(text: &str) -> String {
    let text = printable(text);
    let formula = text.trim_start().starts_with(FORMULA) || text.starts_with(['\t', '\r', '\n']);
    let text = if formula { format!("'{text}") } else { text.into_owned() };
    match text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_and_no_formula() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,b \"c\"\nd"), "\"a,b \"\"c\"\"\nd\"");
        assert_eq!(cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(cell("-2+3"), "'-2+3");
        assert_eq!(cell("\u{a0} =1+1"), "'\u{a0} =1+1");
        assert_eq!(cell("＝1+1"), "'＝1+1");
        assert_eq!(cell("@SUM(1,2)"), "\"'@SUM(1,2)\"");
    }
}
