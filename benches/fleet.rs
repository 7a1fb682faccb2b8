//! Many tenants in one run: what each costs, live and from a recording. `cargo bench --bench fleet [COUNT]...`
//!
//! A run against the laboratory is recorded for one tenant, and its own lines are repeated under other names: so a
//! recording of any size has real questions and answers.

// A measurement that cannot be made says so by panicking.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use lab::{Lab, Record};
use serde_json::Value;
use support::{World, command, every_host};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];
const ROUNDS: usize = 5;
/// The recorded tenant's label, and its length in the others' names.
const LABEL: &str = "contoso";

struct Cost {
    wall_s: f64,
    cpu_s: f64,
    peak_mb: f64,
    findings: usize,
}

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    // FLEET_FOLDER keeps the recordings, for a closer look.
    let kept = std::env::var_os("FLEET_FOLDER").map(std::path::PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let one = folder.join("one.jsonl");
    record_one(&one);
    println!("from a recording, all findings as jsonl\n");
    let replayed = |domains, tenants| {
        multiply(&one, &folder.join("many.jsonl"), domains, tenants);
        run(&["run", "--replay", "many.jsonl", "-f", "jsonl"], folder)
    };
    table(&sizes, |size| replayed(size, size));
    beside_its_questions(*sizes.last().unwrap(), replayed);
    println!(
        "\nlive, against the laboratory: the same endpoints for all, names and discovery of each its own\n"
    );
    table(&sizes, live);
}

/// The same domains, so the same questions and nearly the same findings, in a tenant each and in tenants of ten: what
/// differs is what a tenant costs beside its own questions.
fn beside_its_questions(domains: usize, measure: impl Fn(usize, usize) -> Cost) {
    let tenants = domains / 10;
    let mut differences: Vec<[f64; 2]> = Vec::new();
    for _ in 0..ROUNDS {
        let (many, few) = (measure(domains, domains), measure(domains, tenants));
        let more = (domains - tenants) as f64;
        differences.push([(many.cpu_s - few.cpu_s) * 1e3 / more, (many.peak_mb - few.peak_mb) * 1e3 / more]);
    }
    let median = |place: usize| {
        let mut values: Vec<f64> = differences.iter().map(|difference| difference[place]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "\n{domains} domains in as many tenants, and in {tenants}: {:.3} ms CPU and {:.1} kB a tenant beside its own questions \
         (median of {ROUNDS})",
        median(0),
        median(1)
    );
}

fn table(sizes: &[usize], mut measure: impl FnMut(usize) -> Cost) {
    println!(
        "| tenants | findings | seconds | CPU s | peak MB | findings/s | ms CPU a tenant more | kB a tenant more |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut before: Option<(usize, Cost)> = None;
    for &size in sizes {
        let cost = measure(size);
        let slope = |of: fn(&Cost) -> f64, scale: f64| match &before {
            Some((less, known)) => format!("{:.3}", (of(&cost) - of(known)) * scale / (size - less) as f64),
            None => String::new(),
        };
        println!(
            "| {size} | {} | {:.2} | {:.2} | {:.0} | {:.0} | {} | {} |",
            cost.findings,
            cost.wall_s,
            cost.cpu_s,
            cost.peak_mb,
            cost.findings as f64 / cost.wall_s,
            slope(|cost| cost.cpu_s, 1e3),
            slope(|cost| cost.peak_mb, 1e3)
        );
        before = Some((size, cost));
    }
}

fn record_one(path: &Path) {
    let world = World::start(Lab::with(&["contoso.com"], &every_host()));
    let settings = "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n";
    let file = world.lab.settings(settings).unwrap().display().to_string();
    let path = path.display().to_string();
    let output =
        command(&["run", "-c", &file, "-q", "--record", &path], world.lab.folder()).output().unwrap();
    assert!(Path::new(&path).exists(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// So many domains, each with lines of its own, in so many tenants; what does not name the domain is there once.
fn multiply(one: &Path, many: &Path, size: usize, tenants: usize) {
    let lines: Vec<String> =
        BufReader::new(std::fs::File::open(one).unwrap()).lines().map(Result::unwrap).collect();
    let mut header: Value = serde_json::from_str(&lines[0]).unwrap();
    let label = |place: usize| format!("t{place:06}");
    let tenant = header["settings"]["tenants"][0].to_string();
    let each = size / tenants;
    let named = |n: usize| serde_json::from_str::<Value>(&tenant.replace(LABEL, &label(n))).unwrap();
    let several = |n: usize| {
        let mut tenant = named(n * each);
        let domains: Vec<Value> =
            (n * each..(n + 1) * each).map(|n| named(n)["domains"][0].clone()).collect();
        tenant["domains"] = domains.into();
        tenant
    };
    header["settings"]["tenants"] = (0..tenants).map(several).collect();
    // Name servers are reached by routes; those of every tenant are the first one's.
    let mut routes: Vec<Value> = Vec::new();
    for route in header["settings"]["vantage"]["routes"].as_array().unwrap() {
        let text = route.to_string();
        match text.contains(LABEL) {
            true => routes
                .extend((0..size).map(|n| serde_json::from_str(&text.replace(LABEL, &label(n))).unwrap())),
            false => routes.push(route.clone()),
        }
    }
    header["settings"]["vantage"]["routes"] = routes.into();
    let mut out = std::io::BufWriter::new(std::fs::File::create(many).unwrap());
    writeln!(out, "{header}").unwrap();
    let (own, shared): (Vec<&String>, Vec<&String>) =
        lines[1..].iter().partition(|line| line.contains(LABEL));
    shared.iter().for_each(|line| writeln!(out, "{line}").unwrap());
    for place in 0..size {
        own.iter().for_each(|line| writeln!(out, "{}", line.replace(LABEL, &label(place))).unwrap());
    }
}

fn live(size: usize) -> Cost {
    let domains: Vec<String> = (0..size).map(|n| format!("t{n:06}.com")).collect();
    let names: Vec<&str> = domains.iter().map(String::as_str).collect();
    let mut lab = Lab::with(&["contoso.com"], &every_host());
    // Zones without name servers of their own: the laboratory would run 20,000 of them.
    for name in &names {
        let alias = |label: &str| format!("{label}.{name}");
        lab.names
            .zone(name, &[])
            .set(
                &alias("enterpriseenrollment"),
                Record::Cname("enterpriseenrollment-s.manage.microsoft.com".into()),
            )
            .set(
                &alias("enterpriseregistration"),
                Record::Cname("enterpriseregistration.windows.net".into()),
            );
    }
    let world = World::start(lab);
    let tenants: String = names
        .iter()
        .map(|name| format!("[[tenant]]\ndomains = [\"{name}\"]\ncloud = \"worldwide\"\n"))
        .collect();
    let file = world
        .lab
        .settings_with(&tenants, "authoritative = false\ndeadline = \"1h\"\n", "")
        .unwrap()
        .display()
        .to_string();
    run(&["run", "-c", &file, "-f", "jsonl"], world.lab.folder())
}

/// Runs the program, counts what it says, and reads what it took.
fn run(arguments: &[&str], folder: &Path) -> Cost {
    let mut timed = std::process::Command::new("/usr/bin/time");
    timed
        .args(["-f", "COST %U %S %M", env!("CARGO_BIN_EXE_enrollcheck")])
        .args(arguments)
        .current_dir(folder);
    timed.stdout(Stdio::piped()).stderr(Stdio::piped()).env("LC_ALL", "C").env_remove("ENROLLCHECK_CONFIG");
    let start = Instant::now();
    let mut child = timed.spawn().expect("GNU time is needed for this");
    let findings = BufReader::new(child.stdout.take().unwrap()).split(b'\n').count() - 1;
    let output = child.wait_with_output().unwrap();
    let wall_s = start.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let cost = said.lines().find_map(|line| line.strip_prefix("COST ")).unwrap_or_else(|| panic!("{said}"));
    let figures: Vec<f64> = cost.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
    Cost { wall_s, cpu_s: figures[0] + figures[1], peak_mb: figures[2] / 1e3, findings }
}
