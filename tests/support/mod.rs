//! A laboratory, the program against it, and its report.
#![allow(dead_code, unreachable_pub)]

#[cfg(unix)]
pub mod ndes;
#[cfg(unix)]
pub mod real;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use checks::clouds::Cloud;
use checks::subject::{Platform, Transport};
use enrollcheck::endpoints::{self, Needs};
use lab::{Lab, Running};
use serde_json::Value;
use tokio::runtime::Runtime;

/// A laboratory that runs as long as the value lives.
pub struct World {
    runtime: Runtime,
    pub lab: Running,
}

impl World {
    pub fn start(lab: Lab) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let lab = runtime.block_on(lab.start()).expect("a laboratory");
        Self { runtime, lab }
    }

    /// A world of names alone.
    pub fn of_names(domains: &[&str], change: impl FnOnce(&mut lab::Names)) -> Self {
        let mut lab = Lab::with(domains, &[]);
        change(&mut lab.names);
        Self::start(lab)
    }

    /// A world with every endpoint of the worldwide cloud.
    pub fn of_endpoints(change: impl FnOnce(&mut Lab)) -> Self {
        let mut lab = Lab::with(&["contoso.com"], &every_host());
        change(&mut lab);
        Self::start(lab)
    }

    /// Runs the program with a settings file of these parts.
    pub fn run(&self, parts: &str, arguments: &[&str]) -> Seen {
        self.run_with(parts, "", "", arguments)
    }

    pub fn run_with(&self, parts: &str, network: &str, trust: &str, arguments: &[&str]) -> Seen {
        let file = self.lab.settings_with(parts, network, trust).expect("a settings file");
        let mut all = vec!["run", "-f", "json", "-c"];
        let file = file.display().to_string();
        all.push(&file);
        all.extend(arguments);
        Seen::of(enrollcheck(&all, self.lab.folder()))
    }
}

/// The program, without anything of the machine's own settings.
pub fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_enrollcheck"));
    command.args(arguments).current_dir(folder).env("LC_ALL", "C");
    for variable in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    ] {
        command.env_remove(variable);
    }
    command.env_remove("ENROLLCHECK_CONFIG").env_remove("NO_COLOR").env_remove("COLUMNS");
    command
}

pub fn enrollcheck(arguments: &[&str], folder: &Path) -> Output {
    command(arguments, folder).output().expect("the program runs")
}

/// A report without what a second run cannot repeat.
pub fn timeless(mut report: Value) -> Value {
    report["elapsed_ms"] = Value::Null;
    for finding in report["findings"].as_array_mut().unwrap() {
        finding["elapsed_ms"] = Value::Null;
    }
    report
}

/// What a run in JSON said.
pub struct Seen {
    pub code: i32,
    pub report: Value,
    pub stderr: String,
}

impl Seen {
    pub fn of(output: Output) -> Self {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|why| {
            panic!("no JSON report ({why}); exit {:?}; standard error:\n{stderr}", output.status.code())
        });
        Self { code: output.status.code().unwrap_or(-1), report, stderr }
    }

    pub fn findings(&self) -> &Vec<Value> {
        self.report["findings"].as_array().expect("findings")
    }

    pub fn finding(&self, check: &str, subject: &str) -> &Value {
        let fits = |f: &&Value| f["check"] == check && f["subject"] == subject;
        let found: Vec<&Value> = self.findings().iter().filter(fits).collect();
        assert_eq!(found.len(), 1, "{check} {subject} stands once in the report: {found:?}");
        found[0]
    }

    /// `status/reason` of one finding.
    pub fn said(&self, check: &str, subject: &str) -> String {
        let finding = self.finding(check, subject);
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        format!("{}/{}", text("status"), text("reason"))
    }

    pub fn summary(&self, check: &str, subject: &str) -> String {
        self.finding(check, subject)["summary"].as_str().unwrap_or_default().to_owned()
    }

    pub fn remedy(&self, check: &str, subject: &str) -> String {
        self.finding(check, subject)["remedy"].as_str().unwrap_or_default().to_owned()
    }

    pub fn notes(&self, check: &str, subject: &str) -> String {
        let notes = self.finding(check, subject)["notes"].as_array().cloned().unwrap_or_default();
        notes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Everything that is neither passed nor skipped, for messages.
    pub fn trouble(&self) -> Vec<String> {
        let bad = |f: &&Value| !matches!(f["status"].as_str(), Some("pass" | "skip"));
        self.findings()
            .iter()
            .filter(bad)
            .map(|f| format!("{} {}/{} {}", f["status"], f["check"], f["reason"], f["subject"]))
            .collect()
    }
}

/// Every host that the program would visit for all platforms of the worldwide cloud.
pub fn every_host() -> Vec<(String, u16, &'static str)> {
    hosts_of(Cloud::Worldwide, &Platform::ALL)
}

/// Every host that the program would visit for these platforms of that cloud.
pub fn hosts_of(cloud: Cloud, platforms: &[Platform]) -> Vec<(String, u16, &'static str)> {
    let platforms = platforms.iter().copied().collect();
    let needs = Needs { cloud, platforms, regions: BTreeSet::new() };
    let rows = endpoints::select(&endpoints::list().expect("the list"), &[needs]);
    let transport = |transport| if transport == Transport::Http { "http" } else { "tls" };
    rows.into_iter()
        .map(|(endpoint, _)| endpoint)
        .filter(|endpoint| endpoint.probed())
        .map(|e| (e.host.to_string(), e.port, transport(e.transport)))
        .collect()
}

/// A file in a folder of its own.
pub fn file(folder: &Path, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, contents).expect("a file");
    path
}
