//! JUnit XML as both of its schemas take it: a suite a tenant, a case a finding.

use std::collections::BTreeMap;
use std::io::{self, Write};

use checks::Status;

use super::{Format, Report, printable};
use crate::finding::Finding;
use crate::language::{Language, Said};
use crate::waivers::Coverage;

pub struct Junit;

impl Format for Junit {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut suites: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in &report.findings {
            suites.entry(&finding.tenant).or_default().push(finding);
        }
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>")?;
        for (place, (tenant, findings)) in suites.iter().enumerate() {
            suite(report, place, tenant, findings, out)?;
        }
        writeln!(out, "</testsuites>")
    }
}

fn suite(
    report: &Report,
    place: usize,
    tenant: &str,
    findings: &[&Finding],
    out: &mut dyn Write,
) -> io::Result<()> {
    let count = |end| findings.iter().filter(|finding| ending(finding) == end).count();
    let seconds = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
    writeln!(
        out,
        "  <testsuite name=\"{}\" package=\"enrollcheck\" id=\"{place}\" timestamp=\"{}\" hostname=\"localhost\" tests=\"{}\" \
         failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\">",
        attribute(tenant),
        report.started_at.strftime("%Y-%m-%dT%H:%M:%S"),
        findings.len(),
        count(End::Failed),
        count(End::Error),
        count(End::Skipped),
        seconds(report.elapsed_ms),
    )?;
    writeln!(out, "    <properties/>")?;
    for finding in findings {
        let language = report.language;
        let outcome = &finding.outcome;
        write!(
            out,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
            attribute(finding.check.id),
            attribute(&format!("{} {}", finding.subject, outcome.reason.id)),
            seconds(finding.elapsed_ms),
        )?;
        let known = finding.waiver.as_ref().map(|waiver| waived(waiver, language)).unwrap_or_default();
        let summary = attribute(&format!("{known}{}", outcome.summary.said(language)));
        let mut body = outcome.summary.said(language).to_owned();
        if let Some(remedy) = outcome.remedy.as_ref().filter(|_| finding.needs_action()) {
            body.push_str("\n\n");
            body.push_str(remedy.text().said(language));
        }
        let kind = attribute(&finding.reason_id());
        match ending(finding) {
            End::Passed => writeln!(out, "/>")?,
            End::Skipped => writeln!(out, ">\n      <skipped message=\"{summary}\"/>\n    </testcase>")?,
            End::Failed => writeln!(
                out,
                ">\n      <failure type=\"{kind}\" message=\"{summary}\">{}</failure>\n    </testcase>",
                text(&body)
            )?,
            End::Error => writeln!(
                out,
                ">\n      <error type=\"{kind}\" message=\"{summary}\">{}</error>\n    </testcase>",
                text(&body)
            )?,
        }
    }
    let warned =
        findings.iter().filter(|finding| finding.status() == Status::Warn && finding.waiver.is_none());
    let warnings: Vec<String> = warned
        .map(|finding| {
            let (id, subject) = (finding.reason_id(), &finding.subject);
            format!("WARN {id} {subject}: {}", finding.outcome.summary.said(report.language))
        })
        .collect();
    writeln!(
        out,
        "    <system-out>{}</system-out>\n    <system-err/>\n  </testsuite>",
        text(&warnings.join("\n"))
    )
}

/// Why it does not count, before what it says.
fn waived(waiver: &Coverage, language: Language) -> String {
    let Coverage { because, until, .. } = waiver;
    match language {
        Language::En => format!("waived until {until}: {because} | "),
        Language::Fr => format!("sous dérogation jusqu’au {until}\u{a0}: {because} | "),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Skipped,
    Failed,
    Error,
}

/// What a continuous integration makes of it: a warning passes, what is waived is skipped, what is unknown is an error.
fn ending(finding: &Finding) -> End {
    match finding.status() {
        Status::Fail | Status::Unknown | Status::Warn if finding.waiver.is_some() => End::Skipped,
        Status::Pass | Status::Warn => End::Passed,
        Status::Skip => End::Skipped,
        Status::Fail => End::Failed,
        Status::Unknown => End::Error,
    }
}

/// Character data; what XML cannot hold is spelt out before.
fn text(raw: &str) -> String {
    let raw = printable(raw);
    let mut escaped = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The same in an attribute, on one line.
fn attribute(raw: &str) -> String {
    text(&raw.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::{attribute, text};

    #[test]
    fn markup_is_inert() {
        assert_eq!(text("<a href=\"x\">&\u{1b}</a>"), "&lt;a href=&quot;x&quot;&gt;&amp;\\u{1b}&lt;/a&gt;");
        assert_eq!(attribute("two\n lines \u{ffff}"), "two lines \u{fffd}");
    }
}
