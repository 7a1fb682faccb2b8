//! Many tenants in one run: each case once, shared questions once, and nobody waits for a dead one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;

use lab::{Fault, Lab};
use serde_json::Value;
use support::{World, enrollcheck};

const TENANTS: usize = 150;

fn names() -> Vec<String> {
    (0..TENANTS).map(|n| format!("t{n:04}.com")).collect()
}

/// So many healthy tenants, but for what a test changes.
fn world(change: impl FnOnce(&mut Lab)) -> (World, String) {
    let names = names();
    let domains: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut lab = Lab::with(&domains, &support::every_host());
    change(&mut lab);
    let world = World::start(lab);
    let tenants: String = names
        .iter()
        .map(|name| format!("[[tenant]]\ndomains = [\"{name}\"]\ncloud = \"worldwide\"\n"))
        .collect();
    let file =
        world.lab.settings_with(&tenants, "authoritative = false\n", "").unwrap().display().to_string();
    (world, file)
}

/// Every line but the last, and the last one.
fn lines(world: &World, arguments: &[&str]) -> (Vec<Value>, Value) {
    let output = enrollcheck(&[&["run", "-f", "jsonl"], arguments].concat(), world.lab.folder());
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.pop().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (lines, last)
}

fn key(finding: &Value) -> [String; 3] {
    ["tenant", "check", "subject"].map(|key| finding[key].as_str().unwrap().to_owned())
}

#[test]
fn streamed_findings_are_those_of_the_whole_report() {
    let (world, file) = world(|_| {});
    let (streamed, last) = lines(&world, &["-c", &file, "--record", "kept.jsonl"]);
    let keys: BTreeSet<[String; 3]> = streamed.iter().map(key).collect();
    assert_eq!(keys.len(), streamed.len(), "each case once");
    assert_eq!(last["tenants"].as_array().unwrap().len(), TENANTS);
    assert_eq!(last["summary"]["fail"], 0, "{}", last["summary"]);
    let total: u64 = ["pass", "warn", "fail", "unknown", "skip"]
        .map(|s| last["summary"][s].as_u64().unwrap())
        .iter()
        .sum();
    assert_eq!(total, streamed.len() as u64);

    // The same evidence, kept whole and in order.
    let output = enrollcheck(&["run", "--replay", "kept.jsonl", "-f", "json"], world.lab.folder());
    let whole: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut sorted = streamed;
    sorted.sort_by_key(key);
    for (a, b) in sorted.iter_mut().zip(whole["findings"].as_array().unwrap()) {
        a["elapsed_ms"] = b["elapsed_ms"].clone();
        assert_eq!(a, b);
    }
    assert_eq!(whole["tenants"], last["tenants"]);
    let recorded = std::fs::read_to_string(world.lab.folder().join("kept.jsonl")).unwrap();
    let questions: Vec<&str> = recorded
        .lines()
        .filter_map(|line| line.strip_prefix("{\"asked\":[")?.split("},{\"").next())
        .collect();
    let different: BTreeSet<&str> = questions.iter().copied().collect();
    assert_eq!(questions.len(), different.len(), "each different question was put once over all tenants");
}

#[test]
fn a_dead_tenant_is_unknown_and_delays_nobody() {
    let dead = "t0000.com";
    let (world, file) = world(|lab| {
        for label in ["enterpriseenrollment", "enterpriseregistration"] {
            lab.names.resolver(&format!("{label}.{dead}"), Fault::Silent);
        }
        lab.names.resolver(dead, Fault::Silent);
    });
    let (findings, last) = lines(&world, &["-c", &file, "--only", "dns.*", "--timeout", "3s"]);
    assert_eq!(findings.len(), 2 * TENANTS);
    for finding in &findings {
        let expected = if finding["tenant"] == dead { "unknown" } else { "pass" };
        assert!(finding["status"] == expected || finding["status"] == "skip", "{finding}");
    }
    // What waits for the dead one comes last; everybody else was told before.
    assert!(findings[2 * TENANTS - 2..].iter().all(|finding| finding["tenant"] == dead));
    assert_eq!(last["verdict"], "inconclusive");
    let across = last["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["check"] == "dns.enterprise-registration")
        .unwrap();
    assert_eq!((&across["tenants"], &across["unknown"]), (&TENANTS.into(), &1.into()));
}

#[test]
fn what_fails_is_counted_across_tenants_in_words() {
    let (world, file) = world(|lab| {
        for n in 0..12 {
            lab.names.remove(&format!("enterpriseregistration.t{n:04}.com"));
        }
    });
    let show = |language: &str| {
        let arguments = ["run", "-c", &file, "--only", "dns.enterprise-registration", "--lang", language];
        String::from_utf8(enrollcheck(&arguments, world.lab.folder()).stdout).unwrap()
    };
    let (english, french) = (show("en"), show("fr"));
    assert!(english.contains("of 150 tenants") && english.contains("12 "), "{english}");
    assert!(french.contains("sur 150 locataires"), "{french}");
    assert!(english.contains("t0000.com, t0001.com, t0002.com and 147 more"), "{english}");
}

#[test]
fn a_fleet_that_is_cut_short_still_names_every_case_once() {
    let (world, file) = world(|_| {});
    let list = enrollcheck(&["list", "-c", &file, "-f", "json"], world.lab.folder());
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    // Which endpoints are needed depends on regions, which a run that is cut short does not learn.
    let steady = |check: &&Value| !check["check"].as_str().unwrap().starts_with("endpoint.");
    let cases = |check: &Value| check["cases"].as_array().unwrap().len();
    let planned: usize = list.as_array().unwrap().iter().filter(steady).map(cases).sum();
    let (findings, last) = lines(&world, &["-c", &file, "--deadline", "40ms", "--record", "cut.jsonl"]);
    let keys: BTreeSet<[String; 3]> = findings.iter().map(key).collect();
    assert_eq!(keys.len(), findings.len());
    assert_eq!(last["complete"], false);
    let told = findings.iter().filter(steady).count();
    assert_eq!(told, planned, "what was not begun is told as well");
    let told = |findings: &[Value]| {
        let judged = |f: &Value| (key(f), f["reason"].as_str().unwrap().to_owned());
        findings.iter().map(judged).collect::<BTreeSet<_>>()
    };
    let (again, _) = lines(&world, &["--replay", "cut.jsonl"]);
    assert_eq!(told(&again), told(&findings), "judged again, it comes no further");
}

#[test]
fn a_folder_of_settings_is_one_run() {
    let (world, file) = world(|_| {});
    let whole = std::fs::read_to_string(&file).unwrap();
    let folder = world.lab.folder().join("fleet");
    std::fs::create_dir(&folder).unwrap();
    let network = whole.find("[network]").unwrap();
    std::fs::write(folder.join("network.toml"), &whole[network..]).unwrap();
    for (place, tenant) in whole[..network].split("[[tenant]]").skip(1).take(20).enumerate() {
        std::fs::write(folder.join(format!("{place}.toml")), format!("[[tenant]]{tenant}")).unwrap();
    }
    for root in std::fs::read_dir(world.lab.folder())
        .unwrap()
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "pem"))
    {
        std::fs::copy(root.path(), folder.join(root.file_name())).unwrap();
    }
    // A link that leads nowhere is a tenant that would be missing.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.join("z.toml")).unwrap();
        let list = enrollcheck(&["list", "-c", "fleet"], world.lab.folder());
        assert_eq!(list.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&list.stderr).contains("z.toml"));
        std::fs::remove_file(folder.join("z.toml")).unwrap();
    }
    let (findings, last) = lines(&world, &["-c", "fleet", "--only", "dns.*"]);
    assert_eq!((findings.len(), last["tenants"].as_array().unwrap().len()), (40, 20));
}
