//! `run --every`: only changes are told, the state survives a restart, and signals end it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(unix)]

mod support;

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

const SETTINGS: &str = "[[check]]\nid = \"own.flag\"\nfile = \"flag\"\n[[check]]\nid = \"own.steady\"\nfile = \"enrollcheck.toml\"\n";

struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(folder: &Path, more: &[&str]) -> Self {
        let arguments = [&["run", "-c", "enrollcheck.toml", "--every", "50ms", "--no-proxy"], more].concat();
        let mut command = support::command(&arguments, folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The findings up to the last line of a report.
    fn told(&mut self) -> Vec<(String, String)> {
        let mut told = Vec::new();
        loop {
            let line: Value = serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap();
            if line.get("check").is_none() {
                return told;
            }
            told.push((
                line["check"].as_str().unwrap().to_owned(),
                line["status"].as_str().unwrap().to_owned(),
            ));
        }
    }

    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        // Whatever was on its way.
        let rest: Vec<String> = self.lines.by_ref().map_while(Result::ok).collect();
        (self.child.wait().unwrap().code(), rest.join("\n"))
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("enrollcheck.toml"), SETTINGS).unwrap();
    folder
}

fn one(check: &str, status: &str) -> Vec<(String, String)> {
    vec![(check.to_owned(), status.to_owned())]
}

#[test]
fn only_what_changed_is_told_also_after_a_restart() {
    let folder = folder();
    let flag = folder.path().join("flag");
    let arguments =
        ["-f", "jsonl", "--state", "state.json", "-o", "prometheus=run.prom", "-o", "json=run.json"];
    let mut watch = Watch::start(folder.path(), &arguments);
    assert_eq!(watch.told().len(), 2, "the first run is told whole");
    std::fs::write(&flag, "").unwrap();
    assert_eq!(watch.told(), one("own.flag", "pass"));
    std::fs::remove_file(&flag).unwrap();
    assert_eq!(watch.told(), one("own.flag", "fail"));
    assert_eq!(watch.end("-TERM"), (Some(143), String::new()));
    let state: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("state.json")).unwrap()).unwrap();
    assert_eq!(state["findings"].as_array().unwrap().len(), 2);
    assert!(folder.path().join("run.prom").exists() && folder.path().join("run.json").exists());

    // It was mended while nobody watched.
    std::fs::write(&flag, "").unwrap();
    let mut watch = Watch::start(folder.path(), &arguments);
    assert_eq!(watch.told(), one("own.flag", "pass"));
    assert_eq!(watch.end("-INT").0, Some(130));
}

#[test]
fn a_watch_that_is_killed_leaves_a_state_that_can_be_read() {
    let folder = folder();
    let flag = folder.path().join("flag");
    for round in 0..12 {
        let mut watch = Watch::start(folder.path(), &["-f", "jsonl", "--state", "state.json"]);
        if round == 0 {
            watch.told();
        }
        match round % 2 {
            0 => std::fs::write(&flag, "").unwrap(),
            _ => std::fs::remove_file(&flag).unwrap(),
        }
        assert_eq!(watch.told().len(), 1, "round {round}");
        watch.end("-KILL");
        let state = std::fs::read(folder.path().join("state.json"));
        assert!(state.is_err() || serde_json::from_slice::<Value>(&state.unwrap()).is_ok(), "round {round}");
        // What the killed one had told and not yet kept is told again; start from what is known.
        let status = if round % 2 == 0 { "pass" } else { "fail" };
        let known = format!(
            "{{\"schema_version\":1,\"started_at\":\"2026-11-20T00:00:00Z\",\"complete\":true,\"verdict\":\"ready\",\"findings\":[\
             {{\"tenant\":\"*\",\"check\":\"own.flag\",\"subject\":\"flag\",\"status\":\"{status}\",\"reason\":\"{}\",\"summary\":\"\",\"remedy\":null}},\
             {{\"tenant\":\"*\",\"check\":\"own.steady\",\"subject\":\"enrollcheck.toml\",\"status\":\"pass\",\"reason\":\"ok\",\"summary\":\"\",\"remedy\":null}}]}}",
            if status == "pass" { "ok" } else { "unexpected" }
        );
        std::fs::write(folder.path().join("state.json"), known).unwrap();
    }
}

#[test]
fn a_damaged_state_is_told_and_the_watch_begins_anew() {
    let folder = folder();
    for state in ["", "{", "[]", "{\"schema_version\":99}", "\u{0}"] {
        std::fs::write(folder.path().join("state.json"), state).unwrap();
        let mut watch = Watch::start(folder.path(), &["-f", "jsonl", "--state", "state.json"]);
        assert_eq!(watch.told().len(), 2, "{state:?}");
        assert_eq!(watch.end("-TERM").0, Some(143));
    }
}

#[test]
fn a_disk_that_fails_for_a_while_ends_no_watch() {
    let folder = folder();
    let flag = folder.path().join("flag");
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let arguments = ["-f", "jsonl", "--state", "out/state.json", "-o", "json=out/run.json"];
    let mut watch = Watch::start(folder.path(), &arguments);
    assert_eq!(watch.told().len(), 2);
    // The state is the last that a turn writes.
    while !out.join("state.json").exists() {
        std::thread::yield_now();
    }
    std::fs::rename(&out, folder.path().join("away")).unwrap();
    std::fs::write(&flag, "").unwrap();
    assert_eq!(watch.told(), one("own.flag", "pass"));
    let mut said = BufReader::new(watch.child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = said.next().unwrap();
    assert!(line.starts_with("warning: out/") && line.contains("could not be written"), "{line}");
    // It is written as soon as it can be, though nothing has changed since.
    std::fs::create_dir(&out).unwrap();
    while !(out.join("state.json").exists() && out.join("run.json").exists()) {
        std::thread::yield_now();
    }
    let report: Value = serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(report["summary"]["pass"], 2);
    assert_eq!(watch.end("-TERM").0, Some(143));
    // What cannot be written from the beginning is a mistake.
    std::fs::remove_dir_all(&out).unwrap();
    assert_eq!(Watch::start(folder.path(), &arguments).child.wait().unwrap().code(), Some(2));
}

#[test]
fn a_watch_for_people_shows_a_comparison() {
    let folder = folder();
    let mut watch = Watch::start(folder.path(), &["--lang", "en"]);
    let until = |watch: &mut Watch, word: &str| {
        let found = watch.lines.by_ref().map_while(Result::ok).find(|line| line.contains(word));
        found.unwrap_or_else(|| panic!("{word} was not told"))
    };
    until(&mut watch, "NOT READY");
    std::fs::write(folder.path().join("flag"), "").unwrap();
    until(&mut watch, "fail/unexpected → pass/ok own.flag");
    until(&mut watch, "0 worse, 0 new, 1 better, 0 changed, 0 gone, 1 unchanged");
    assert_eq!(watch.end("-TERM").0, Some(143));
}
