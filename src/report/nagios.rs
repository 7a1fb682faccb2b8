//! Output of a Nagios plugin: a line with performance data, then what is wrong.

use std::io::{self, Write};

use checks::Status;

use super::{Format, Report, printable, wording};
use crate::finding::Verdict;
use crate::language::Said;

pub struct Nagios;

impl Nagios {
    /// The convention of plugins: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    pub fn exit_code(report: &Report) -> u8 {
        match report.verdict {
            Verdict::Ready => 0,
            Verdict::ReadyWithWarnings => 1,
            Verdict::NotReady => 2,
            Verdict::Inconclusive => 3,
        }
    }
}

impl Format for Nagios {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let word = match report.verdict {
            Verdict::Ready => "OK",
            Verdict::ReadyWithWarnings => "WARNING",
            Verdict::NotReady => "CRITICAL",
            Verdict::Inconclusive => "UNKNOWN",
        };
        let summary = &report.summary;
        let mut open: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.waiver.is_none() && finding.needs_action())
            .collect();
        open.sort_by_key(|finding| std::cmp::Reverse(finding.status()));
        let first = open.first().map(|finding| format!(": {} {}", finding.reason_id(), finding.subject));
        let nothing =
            || (summary.total() == 0).then(|| format!(": {}", wording::NOTHING.said(report.language)));
        let first = first.or_else(nothing);
        let more = match open.len() {
            0 | 1 => String::new(),
            count => format!(" (+{})", count - 1),
        };
        let count = |status| open.iter().filter(|finding| finding.status() == status).count();
        let seconds = format!("{}.{:03}", report.elapsed_ms / 1000, report.elapsed_ms % 1000);
        writeln!(
            out,
            "ENROLLCHECK {word}{}{more} | fail={};;0 warn={};0 unknown={} pass={} skip={} waived={} time={seconds}s",
            plain(&first.unwrap_or_default()),
            count(Status::Fail),
            count(Status::Warn),
            count(Status::Unknown),
            summary.pass,
            summary.skip,
            summary.waived,
        )?;
        for finding in open {
            let mark = match finding.status() {
                Status::Fail => "CRITICAL",
                Status::Warn => "WARNING",
                _ => "UNKNOWN",
            };
            let summary = finding.outcome.summary.said(report.language);
            let line = format!("{} {}: {summary}", finding.reason_id(), finding.subject);
            writeln!(out, "{mark} {}", plain(&line))?;
        }
        Ok(())
    }
}

/// One line without the bar that begins performance data.
fn plain(text: &str) -> String {
    printable(text).replace('|', "/").replace('\n', " ")
}
