//! Speed and memory of the program as its users start it: `cargo bench --bench measure`.
//!
//! Prints the figures of docs/performance.md. Asserts nothing: machines differ.

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

use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lab::Lab;
use serde_json::Value;
use support::{World, command, every_host};

const RUNS: usize = 9;
/// More, where two small differences are set beside each other.
const TURNS: usize = 25;
const DELAY: Duration = Duration::from_millis(100);
/// The sign-in host's handshake and answer, then a regional host's handshake and answer.
const LONGEST_CHAIN: u32 = 4;
const DOMAINS: usize = 1000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!("| what | measured |\n|---|---|");
    let binary = Path::new(env!("CARGO_BIN_EXE_enrollcheck"));
    let megabytes = std::fs::metadata(binary).unwrap().len() as f64 / 1e6;
    println!("| size of the binary | {megabytes:.1} MB |");
    let (wall, memory) = median(|| timed(&["list"], folder.path()));
    println!("| `enrollcheck list` | {:.1} ms, {:.1} MB |", wall * 1e3, memory);
    against_the_laboratory();
    against_bind();
}

fn against_the_laboratory() {
    for delay in [Duration::ZERO, DELAY] {
        let world = World::start(Lab::with(&["contoso.com"], &every_host()).delayed(delay));
        let file =
            world.lab.settings("[[tenant]]\ndomains = [\"contoso.com\"]\n").unwrap().display().to_string();
        let arguments = ["run", "-c", &file, "-f", "json", "--skip", "discovery.apple-account-driven"];
        let (wall, memory) = median(|| timed(&arguments, world.lab.folder()));
        let chain = (delay * LONGEST_CHAIN).as_secs_f64();
        let ratio = if chain > 0.0 {
            format!(", {:.2} times its longest chain of answers", wall / chain)
        } else {
            String::new()
        };
        println!(
            "| a whole run, laboratory with {} ms more on every answer | {:.0} ms, {memory:.1} MB{ratio} |",
            delay.as_millis(),
            wall * 1e3
        );
        if delay.is_zero() {
            recorded(&arguments, &world);
        }
    }
}

/// The same run with and without a recording, in turns.
fn recorded(arguments: &[&str], world: &World) {
    let folder = world.lab.folder();
    let with = [arguments, &["--record", "run.jsonl.gz"]].concat();
    let mut walls = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        for (place, arguments) in [arguments, &with].into_iter().enumerate() {
            walls[place].push(timed(arguments, folder).0);
        }
    }
    let [without, with] = walls.map(|walls| middle(walls) * 1e3);
    println!("| the same in {TURNS} turns, without and with `--record` | {without:.1} ms, {with:.1} ms |");
}

/// A thousand domains on a BIND of this machine, where there is one.
fn against_bind() {
    let folder = tempfile::tempdir().unwrap();
    let Some((mut named, port)) = start_bind(folder.path()) else {
        println!("| {DOMAINS} domains, records alone, local BIND | not measured: no `named` here |");
        return;
    };
    let domains: Vec<String> = (0..DOMAINS).map(|n| format!("\"d{n}.bench.test\"")).collect();
    let settings = format!(
        "[[tenant]]\ncloud = \"worldwide\"\ndomains = [{}]\n[network]\nresolvers = [\"127.0.0.1:{port}\"]\nauthoritative = false\n",
        domains.join(", ")
    );
    support::file(folder.path(), "enrollcheck.toml", settings);
    let arguments = ["run", "--only", "dns.*", "--no-proxy", "-f", "json"];
    // It is there when its zones are: the first runs may find it loading.
    let patience = Instant::now() + Duration::from_secs(20);
    while support::enrollcheck(&arguments, folder.path()).status.code() != Some(0) {
        assert!(Instant::now() < patience, "BIND does not come up");
    }
    let report: Value =
        serde_json::from_slice(&support::enrollcheck(&arguments, folder.path()).stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let wrong = findings.iter().find(|f| f["status"] != "pass");
    assert!(wrong.is_none(), "every record is right: {wrong:?}");
    let mut questions: Vec<&str> = findings
        .iter()
        .flat_map(|f| f["evidence"]["asked"].as_array().unwrap())
        .map(|asked| asked["question"].as_str().unwrap())
        .collect();
    questions.sort_unstable();
    questions.dedup();
    let (wall, memory) = median(|| timed(&arguments, folder.path()));
    let rate = questions.len() as f64 / wall;
    println!(
        "| {DOMAINS} domains, records alone, local BIND | {} questions in {:.0} ms: {rate:.0} a second, {memory:.1} MB |",
        questions.len(),
        wall * 1e3
    );
    let _ = named.kill();
    let _ = named.wait();
}

fn start_bind(folder: &Path) -> Option<(std::process::Child, u16)> {
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let head = "$TTL 3600\n@ IN SOA ns1.bench.test. hostmaster.bench.test. 1 3600 600 86400 300\n@ NS ns1.bench.test.\n";
    let records: String = (0..DOMAINS)
        .map(|n| {
            format!(
                "enterpriseenrollment.d{n} CNAME enterpriseenrollment-s.manage.microsoft.com.\n\
                 enterpriseregistration.d{n} CNAME enterpriseregistration.windows.net.\n"
            )
        })
        .collect();
    support::file(folder, "bench.zone", format!("{head}ns1 A 127.0.0.1\n{records}"));
    support::file(folder, "intune.zone", format!("{head}enterpriseenrollment-s A 192.0.2.1\n"));
    support::file(folder, "entra.zone", format!("{head}enterpriseregistration A 192.0.2.2\n"));
    let at = folder.display();
    let zones: String =
        [("bench.test", "bench"), ("manage.microsoft.com", "intune"), ("windows.net", "entra")]
            .iter()
            .map(|(zone, file)| format!("zone \"{zone}\" {{ type master; file \"{at}/{file}.zone\"; }};\n"))
            .collect();
    let options = format!(
        "options {{ directory \"{at}\"; pid-file none; session-keyfile none; listen-on port {port} {{ 127.0.0.1; }}; \
         listen-on-v6 {{ none; }}; recursion yes; dnssec-validation no; }};\ncontrols {{}};\n{zones}"
    );
    let configuration = support::file(folder, "named.conf", options);
    let named = Command::new("named")
        .arg("-f")
        .arg("-c")
        .arg(configuration)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    Some((named, port))
}

/// Wall time in seconds and peak memory in megabytes of one run; memory by GNU time, where it is installed.
fn timed(arguments: &[&str], folder: &Path) -> (f64, f64) {
    let gnu_time = Path::new("/usr/bin/time");
    let plain = command(arguments, folder);
    let start = Instant::now();
    if !gnu_time.exists() {
        let mut plain = plain;
        let _ = plain.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        return (start.elapsed().as_secs_f64(), f64::NAN);
    }
    let mut measured = Command::new(gnu_time);
    measured.args(["-q", "-f", "%M"]).arg(plain.get_program()).args(plain.get_args()).current_dir(folder);
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => measured.env(name, value),
            None => measured.env_remove(name),
        };
    }
    let output = measured.stdout(Stdio::null()).output().unwrap();
    let wall = start.elapsed().as_secs_f64();
    let kilobytes = String::from_utf8_lossy(&output.stderr)
        .lines()
        .last()
        .and_then(|line| line.trim().parse::<f64>().ok());
    (wall, kilobytes.map_or(f64::NAN, |kb| kb / 1e3))
}

fn median(mut measure: impl FnMut() -> (f64, f64)) -> (f64, f64) {
    let mut runs: Vec<(f64, f64)> = (0..RUNS).map(|_| measure()).collect();
    let walls = runs.iter().map(|(wall, _)| *wall).collect();
    let memories = runs.drain(..).map(|(_, memory)| memory).collect();
    (middle(walls), middle(memories))
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
