//! What a newcomer starts first: a simulated tenant on loopback, and the real program against it. No network.
//!
//! `cargo run --release --example demo`, in French with `-- fr`; with `-- FOLDER` the reports for machines, managers
//! and calendars are written there too.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use checks::clouds::Cloud;
use checks::subject::{Platform, Transport};
use enrollcheck::arguments::{FailOn, NetworkOptions, What};
use enrollcheck::endpoints::{self, Needs};
use enrollcheck::language::Language;
use enrollcheck::report::{Format, Html, Human, Ics, Json, Markdown, Report};
use enrollcheck::run::{self, Unobserved};
use enrollcheck::settings;
use enrollcheck::world::World;
use lab::{Adfs, Dates, Fault, Lab, Record, Running, Signer, Trouble};

/// The federation service of the domain that came with a merger.
const STS: &str = "sts.fabrikam.com";

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let (languages, folders): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument == "fr");
    let french = !languages.is_empty();
    let report = runtime.block_on(demo(if french { Language::Fr } else { Language::En }))?;
    let code = report.open.exit_code(FailOn::Fail);
    for folder in folders {
        write_all(&report, Path::new(&folder))?;
    }
    let mut out = anstream::stdout().lock();
    Human { width: width(), verbose: false, quiet: false }.write(&report, &mut out)?;
    writeln!(
        out,
        "\nOn a real tenant the program would now end with exit code {code}. Try: enrollcheck run contoso.com"
    )?;
    Ok(())
}

fn write_all(report: &Report, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let forms: [(&dyn Format, &str); 4] =
        [(&Html, "html"), (&Json, "json"), (&Markdown, "md"), (&Ics, "ics")];
    for (form, ending) in forms {
        let file = folder.join(format!("report.{ending}"));
        form.write(report, &mut std::io::BufWriter::new(std::fs::File::create(&file)?))?;
        say(&format!("Wrote {}", file.display()));
    }
    Ok(())
}

fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0).min(120))
}

async fn demo(language: Language) -> anyhow::Result<Report> {
    let lab = build()?;
    say(
        "Starting a simulated tenant on loopback: two domains, their name servers, an AD FS, Microsoft's, Apple's and Google's hosts.",
    );
    let running = lab.start().await?;
    let hosts = running.routes.len();
    say(&format!("  resolver {}, {hosts} hosts and name servers by routes", running.resolver));
    let file = write_settings(&running)?;
    say("Running enrollcheck against it, with this settings file:");
    for line in std::fs::read_to_string(&file)?.lines().take_while(|line| !line.starts_with("[network")) {
        say(&format!("  {line}"));
    }
    say("");
    let what = What { config: Some(file), ..What::default() };
    let settings = settings::resolve(&[], &what, &NetworkOptions::default())?;
    let world = World::live(&settings)?;
    let finished = run::run(&settings, &world, &mut Unobserved).await;
    Ok(Report::of(finished, &settings, &world, language))
}

fn say(line: &str) {
    anstream::eprintln!("{line}");
}

/// A tenant as they are: most of it right, some of it wrong.
fn build() -> anyhow::Result<Lab> {
    let mut hosts = every_host()?;
    hosts.push((STS.to_owned(), 443, "tls"));
    let mut lab = Lab::with(&["contoso.com", "fabrikam.com"], &hosts);
    // fabrikam.com came with a merger, and its record still leads to the other device management.
    lab.names.set("enterpriseenrollment.fabrikam.com", Record::Cname("discovery.awmdm.com".into()));
    lab.names.set("discovery.awmdm.com", Record::A([127, 0, 0, 12].into()));
    lab.names.resolver("enterpriseregistration.fabrikam.com", Fault::ServFail);
    // Its users still sign in at an AD FS of its own, which sends its certificate without the intermediate, and whose
    // token-signing certificate nobody looks after.
    let adfs = Adfs::new(STS, 20);
    lab.federate("fabrikam.com", &adfs);
    lab.hosts.change(STS, 443, |manner| manner.signer = Signer::PublicIncomplete);
    // contoso.com has the record that the admin center writes.
    lab.names.set(
        "enterpriseenrollment.contoso.com",
        Record::Cname("enterpriseenrollment.manage.microsoft.com".into()),
    );
    lab.names.set("enterpriseenrollment.manage.microsoft.com", Record::A([127, 0, 0, 13].into()));
    // The gateway opens some TLS that it must leave alone, and lets push through on one port only.
    for host in ["manage.microsoft.com", "albert.apple.com"] {
        lab.hosts.change(host, 443, |manner| manner.signer = Signer::Inspector);
    }
    lab.hosts.change("courier.push.apple.com", 5223, |manner| manner.fault = Some(Trouble::Refused));
    lab.hosts.change("remoteassistance.support.services.microsoft.com", 443, |manner| {
        manner.fault = Some(Trouble::Refused);
    });
    Ok(lab)
}

fn write_settings(running: &Running) -> anyhow::Result<std::path::PathBuf> {
    let radius =
        running.authority.leaf_pem(&["radius.contoso.com"], Dates { from_days: -340, until_days: 25 });
    std::fs::write(running.folder().join("radius.pem"), radius)?;
    let parts = "[[tenant]]\ndomains = [\"contoso.com\", \"fabrikam.com\"]\n\n\
                 [[tenant.certificate]]\npath = \"radius.pem\"\n";
    Ok(running.settings(parts)?)
}

/// Every host that the program would visit for all platforms of the worldwide cloud.
fn every_host() -> anyhow::Result<Vec<(String, u16, &'static str)>> {
    let needs = Needs { cloud: Cloud::Worldwide, platforms: Platform::ALL.into(), regions: BTreeSet::new() };
    let rows = endpoints::select(&endpoints::list()?, &[needs]);
    let visited = rows.into_iter().map(|(endpoint, _)| endpoint).filter(|endpoint| endpoint.probed());
    let transport = |transport| if transport == Transport::Http { "http" } else { "tls" };
    Ok(visited.map(|e| (e.host.to_string(), e.port, transport(e.transport))).collect())
}
