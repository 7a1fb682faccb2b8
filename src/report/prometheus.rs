//! Prometheus' text format, for the textfile collector or a push.

use std::io::{self, Write};

use checks::Status;

use super::{Format, Report, printable};
use crate::finding::Finding;

pub struct Prometheus;

const STATUSES: [Status; 5] = [Status::Pass, Status::Warn, Status::Fail, Status::Unknown, Status::Skip];

impl Format for Prometheus {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        family(
            out,
            "enrollcheck_finding_status",
            "What a check says of a subject: 1 for the status that holds.",
        )?;
        for finding in &report.findings {
            writeln!(
                out,
                "enrollcheck_finding_status{{{},status=\"{}\",waived=\"{}\"}} 1",
                labels(finding),
                finding.status().as_str(),
                finding.waiver.is_some()
            )?;
        }
        family(out, "enrollcheck_findings", "How many findings have a status.")?;
        for status in STATUSES {
            let count = report.findings.iter().filter(|finding| finding.status() == status).count();
            writeln!(out, "enrollcheck_findings{{status=\"{}\"}} {count}", status.as_str())?;
        }
        if report.findings.iter().any(|finding| finding.outcome.expires_at.is_some()) {
            family(
                out,
                "enrollcheck_expiry_timestamp_seconds",
                "When the first dated thing of a finding ends.",
            )?;
        }
        for finding in &report.findings {
            if let Some(until) = finding.outcome.expires_at {
                writeln!(
                    out,
                    "enrollcheck_expiry_timestamp_seconds{{{}}} {}",
                    labels(finding),
                    until.as_second()
                )?;
            }
        }
        family(out, "enrollcheck_run_timestamp_seconds", "When the run began.")?;
        writeln!(out, "enrollcheck_run_timestamp_seconds {}", report.started_at.as_second())?;
        family(out, "enrollcheck_run_duration_seconds", "How long the run took.")?;
        writeln!(
            out,
            "enrollcheck_run_duration_seconds {}.{:03}",
            report.elapsed_ms / 1000,
            report.elapsed_ms % 1000
        )?;
        family(out, "enrollcheck_run_complete", "Whether the run came to its end: 0 if it was cut short.")?;
        writeln!(out, "enrollcheck_run_complete {}", u8::from(report.complete()))
    }
}

fn family(out: &mut dyn Write, name: &str, help: &str) -> io::Result<()> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")
}

fn labels(finding: &Finding) -> String {
    let pairs = [
        ("tenant", finding.tenant.as_str()),
        ("check", finding.check.id),
        ("subject", &finding.subject),
        ("reason", finding.outcome.reason.id),
    ];
    pairs.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).join(",")
}

fn escaped(value: &str) -> String {
    printable(value).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
