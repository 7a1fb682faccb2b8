//! How fast each format writes a large report, and how much memory that takes: `cargo bench --bench render`.
//!
//! The findings are those of a simulated tenant, repeated for as many tenants as it takes. Each format is measured in a
//! process of its own, so that its peak of memory is its own.

use std::io::{self, Write};
use std::process::Command;
use std::time::Instant;

use anyhow::Context;
use enrollcheck::arguments::{NetworkOptions, What};
use enrollcheck::finding::Finding;
use enrollcheck::language::Language;
use enrollcheck::report::{
    Csv, Format, Html, Human, Ics, Json, Jsonl, Junit, Markdown, Nagios, Prometheus, Report, Sarif,
    TenantReport,
};
use enrollcheck::run::{self, Unobserved};
use enrollcheck::settings;
use enrollcheck::world::World;
use lab::{Lab, Record};

const HUMAN: Human = Human { width: 100, verbose: true, quiet: false };
const FORMATS: [(&str, &dyn Format); 11] = [
    ("human", &HUMAN),
    ("json", &Json),
    ("jsonl", &Jsonl),
    ("junit", &Junit),
    ("csv", &Csv),
    ("prometheus", &Prometheus),
    ("markdown", &Markdown),
    ("html", &Html),
    ("sarif", &Sarif),
    ("nagios", &Nagios),
    ("ics", &Ics),
];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [format, count] => one(format, count.parse()?),
        _ => all(),
    }
}

fn all() -> anyhow::Result<()> {
    let own = std::env::current_exe()?;
    say("format          findings   seconds   written MB   peak MB beside the report")?;
    for (format, _) in FORMATS {
        for count in ["1000", "10000", "100000"] {
            let output = Command::new(&own).args([format, count]).output()?;
            anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            io::stdout().write_all(&output.stdout)?;
        }
    }
    Ok(())
}

fn one(name: &str, count: usize) -> anyhow::Result<()> {
    let (_, format) = FORMATS.iter().find(|(known, _)| *known == name).context("no such format")?;
    let report = large(count)?;
    let before = peak()?;
    let mut sink = Counted(0);
    let start = Instant::now();
    format.write(&report, &mut io::BufWriter::new(&mut sink))?;
    let seconds = start.elapsed().as_secs_f64();
    let (written, grown) = (sink.0 as f64 / 1e6, peak()?.saturating_sub(before) as f64 / 1e3);
    say(&format!("{name:<12}{count:>12}{seconds:>10.3}{written:>13.1}{grown:>10.1}"))
}

/// A report of so many findings: what four domains, one of them broken, give, for as many tenants as it takes.
fn large(count: usize) -> anyhow::Result<Report> {
    let small = tokio::runtime::Runtime::new()?.block_on(small())?;
    let mut findings: Vec<Finding> = Vec::with_capacity(count);
    let mut tenants = Vec::new();
    while findings.len() < count {
        let name = format!("tenant-{:06}", tenants.len());
        tenants.push(TenantReport { name: name.clone(), verdict: small.verdict, summary: small.summary });
        for finding in small.findings.iter().take(count - findings.len()) {
            findings.push(Finding { tenant: name.clone(), ..finding.clone() });
        }
    }
    Ok(Report { tenants, findings, ..small })
}

async fn small() -> anyhow::Result<Report> {
    let domains = ["contoso.com", "fabrikam.com", "wingtip.com", "litware.com"];
    let mut lab = Lab::with(&domains, &[]);
    lab.names.set("enterpriseenrollment.fabrikam.com", Record::Cname("discovery.awmdm.com".into()));
    let lab = lab.start().await?;
    let radius = lab.authority.leaf_pem(&["radius"], lab::Dates { from_days: -300, until_days: 20 });
    std::fs::write(lab.folder().join("radius.pem"), radius)?;
    let parts = format!("[[tenant]]\ndomains = {domains:?}\n[[tenant.certificate]]\npath = \"radius.pem\"\n");
    let what = What {
        config: Some(lab.settings(&parts)?),
        only: ["dns.*", "certificate.*", "discovery.*"].map(str::to_owned).into(),
        ..What::default()
    };
    let settings = settings::resolve(&[], &what, &NetworkOptions::default())?;
    let world = World::live(&settings)?;
    let finished = run::run(&settings, &world, &mut Unobserved).await;
    Ok(Report::of(finished, &settings, &world, Language::En))
}

struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The most memory that this process has held, in kB; 0 where the system does not say.
fn peak() -> anyhow::Result<u64> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(0) };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
