//! The commands beside `run`: compare, explain for errors, init, schema, completions, man.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::Path;
use std::process::Output;

use lab::{Adfs, Lab};
use serde_json::{Value, json};
use support::{World, enrollcheck};

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

// ---------------------------------------------------------------- compare

fn finding(check: &str, status: &str, waived: bool) -> Value {
    let waiver =
        if waived { json!({"because": "x", "owner": null, "until": "2099-01-01"}) } else { Value::Null };
    json!({"tenant": "contoso", "check": check, "subject": "contoso.com", "status": status, "reason": format!("because-{status}"),
        "summary": format!("{check} is {status} <b>"), "remedy": null, "waiver": waiver})
}

fn report(folder: &Path, name: &str, findings: &[Value]) {
    let report = json!({"schema_version": 1, "started_at": "2026-11-20T21:31:00Z", "complete": true, "verdict": "ready", "findings": findings});
    std::fs::write(folder.join(name), report.to_string()).unwrap();
}

/// Exit code and report of a comparison.
fn compared(old: &[Value], new: &[Value], more: &[&str]) -> (Option<i32>, Value) {
    let folder = tempfile::tempdir().unwrap();
    report(folder.path(), "old.json", old);
    report(folder.path(), "new.json", new);
    let arguments = [&["compare", "old.json", "new.json", "-f", "json"], more].concat();
    let output = enrollcheck(&arguments, folder.path());
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn what_got_worse_decides_the_exit_code() {
    let [pass, warn, unknown, fail] =
        ["pass", "warn", "unknown", "fail"].map(|status| finding("dns.enterprise-enrollment", status, false));
    let waived = finding("dns.enterprise-enrollment", "fail", true);
    let one = std::slice::from_ref::<Value>;
    for (old, new, more, code, change) in [
        (one(&pass), one(&pass), &[][..], 0, None),
        (one(&pass), one(&fail), &[], 1, Some("worse")),
        (one(&fail), one(&pass), &[], 0, Some("better")),
        (one(&pass), one(&warn), &[], 0, Some("worse")),
        (one(&pass), one(&warn), &["--fail-on", "warn"], 1, Some("worse")),
        (one(&pass), one(&unknown), &[], 3, Some("worse")),
        (&[], one(&fail), &[], 1, Some("new")),
        (&[], one(&pass), &[], 0, Some("new")),
        (one(&fail), &[], &[], 0, Some("gone")),
        (one(&waived), one(&fail), &[], 1, Some("worse")),
        (one(&pass), one(&waived), &[], 0, Some("changed")),
        (one(&fail), one(&fail), &[], 0, None),
    ] {
        let (exit, comparison) = compared(old, new, more);
        let found = comparison["changes"][0]["change"].as_str();
        assert_eq!((exit, found), (Some(code), change), "{old:?} {new:?} {more:?}");
        if let Some(change) = change {
            assert_eq!(comparison["summary"][change], 1);
        }
    }
}

#[test]
fn a_comparison_reads_well_in_both_languages_and_as_markdown() {
    let folder = tempfile::tempdir().unwrap();
    report(folder.path(), "old.json", &[finding("dns.enterprise-enrollment", "pass", false)]);
    report(folder.path(), "new.json", &[finding("dns.enterprise-enrollment", "fail", false)]);
    let show = |more: &[&str]| {
        out(&enrollcheck(&[&["compare", "old.json", "new.json"], more].concat(), folder.path()))
    };
    assert!(
        show(&[]).contains("pass/because-pass → fail/because-fail dns.enterprise-enrollment contoso.com")
    );
    assert!(show(&["--lang", "fr"]).contains("1 dégradé, 0 nouveau, 0 amélioré"));
    let markdown = show(&["-f", "markdown"]);
    assert!(markdown.starts_with("# enrollcheck") && markdown.contains("## worse"), "{markdown}");
    assert!(!markdown.contains("<b>"), "{markdown}");
}

#[test]
fn what_is_no_report_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    report(folder.path(), "good.json", &[]);
    for (name, text, word) in [
        ("a.json", "", "no JSON report"),
        ("b.json", "{}", "no JSON report"),
        ("c.json", "[1, 2]", "no JSON report"),
        ("d.json", "{\"schema_version\": 99, \"findings\": 7}", "newer enrollcheck"),
        ("e.json", "{\"schema_version\": 1, \"findings\": 7}", "no JSON report"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
        let output = enrollcheck(&["compare", "good.json", name], folder.path());
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(said(&output).contains(word) && out(&output).is_empty(), "{}", said(&output));
    }
    let output = enrollcheck(&["compare", "good.json", "absent.json"], folder.path());
    assert_eq!(output.status.code(), Some(2));
}

// ---------------------------------------------------------------- explain

#[test]
fn an_error_is_explained_with_the_command_that_checks_it() {
    let folder = tempfile::tempdir().unwrap();
    let explain = |arguments: &[&str]| {
        let output = enrollcheck(&[&["explain"], arguments].concat(), folder.path());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
        out(&output)
    };
    for spelling in ["0x80CF0437", "80cf0437", "-2133916617", "2161050679", "error code: 0x80CF0437!"] {
        let text = explain(&[spelling]);
        assert!(text.contains("clock") && text.contains("--only network.clock"), "{spelling}: {text}");
    }
    assert!(explain(&["0x80CF0437", "--lang", "fr"]).contains("Que faire"));
    let slip = explain(&["0x80CF0037"]);
    assert!(
        slip.contains("facility 207") && slip.contains("One digit away") && slip.contains("0x80CF0437"),
        "{slip}"
    );
    let windows = explain(&["0x80072F8F"]);
    assert!(
        windows.contains("ERROR_WINHTTP_SECURE_FAILURE") && windows.contains("--only tls.chain"),
        "{windows}"
    );
    assert!(explain(&["0x8019019A"]).contains("HTTP status 410"));
    assert!(explain(&["Profile", "Installation", "Failed"]).contains("profile"));
    let nothing = enrollcheck(&["explain", "the quick brown fox"], folder.path());
    assert_eq!(nothing.status.code(), Some(2));
}

#[test]
fn hostile_texts_are_explained_away() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x ".repeat(50_000);
    for text in [
        "",
        " ",
        "-",
        "0x",
        "--",
        "\u{1b}[31m",
        "💥💥",
        "0xFFFFFFFFFFFFFFFFFFFF",
        "-9223372036854775808",
        &long,
    ] {
        let output = enrollcheck(&["explain", "--", text], folder.path());
        assert!(matches!(output.status.code(), Some(0 | 2)), "{text:.20}");
        assert!(!said(&output).contains('\u{1b}') && !said(&output).contains("panicked"), "{text:.20}");
    }
}

// ---------------------------------------------------------------- init

#[test]
fn init_writes_what_it_discovers_and_replaces_nothing_unasked() {
    let mut hosts = support::every_host();
    hosts.push(("sts.fabrikam.com".into(), 443, "tls"));
    let mut lab = Lab::with(&["contoso.com", "fabrikam.com"], &hosts);
    lab.federate("fabrikam.com", &Adfs::new("sts.fabrikam.com", 300));
    let world = World::start(lab);
    let network = world.lab.settings("").unwrap().display().to_string();
    let init = |more: &[&str]| {
        let arguments =
            [&["init", "contoso.com", "fabrikam.com", "-c", &network, "-o", "new.toml"], more].concat();
        enrollcheck(&arguments, world.lab.folder())
    };
    let output = init(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(out(&output).is_empty());
    let text = std::fs::read_to_string(world.lab.folder().join("new.toml")).unwrap();
    assert!(text.contains("cloud = \"worldwide\"") && text.contains("# tenant id "), "{text}");
    assert!(text.contains("url = \"https://sts.fabrikam.com:443\""), "{text}");
    // The file is one that the program takes.
    let run = enrollcheck(&["list", "-c", "new.toml", "--only", "dns.*"], world.lab.folder());
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));

    std::fs::write(world.lab.folder().join("new.toml"), "mine").unwrap();
    let refused = init(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("--force"));
    assert_eq!(std::fs::read_to_string(world.lab.folder().join("new.toml")).unwrap(), "mine");
    assert_eq!(init(&["--force"]).status.code(), Some(0));
    let shown = enrollcheck(&["init", "contoso.com", "-c", &network, "-o", "-"], world.lab.folder());
    assert!(out(&shown).contains("[[tenant]]"));
}

#[test]
fn init_says_what_it_could_not_learn() {
    let world = World::of_names(&[], |_| {});
    let resolver = world.lab.resolver.to_string();
    let arguments =
        ["init", "contoso.com", "--resolver", &resolver, "--deadline", "5s", "--no-proxy", "-o", "-"];
    let output = enrollcheck(&arguments, world.lab.folder());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = out(&output);
    assert!(text.contains("could not be discovered"), "{text}");
    assert!(text.contains(&format!("resolvers = [\"{resolver}\"]")), "{text}");
}

// ---------------------------------------------------------------- schema, completions, man

#[test]
fn the_report_has_what_its_schema_says() {
    let world = World::of_names(&["contoso.com"], |_| {});
    let schema: Value =
        serde_json::from_slice(&enrollcheck(&["schema", "report"], world.lab.folder()).stdout).unwrap();
    let seen = world.run("[[tenant]]\ndomains = [\"contoso.com\"]\n", &["--only", "dns.*"]);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let described = |place: &str| {
        let mut required: Vec<String> =
            serde_json::from_value(schema.pointer(&format!("{place}/required")).unwrap().clone()).unwrap();
        let mut properties = keys(schema.pointer(&format!("{place}/properties")).unwrap());
        required.sort();
        properties.sort();
        assert_eq!(required, properties);
        properties
    };
    let sorted = |value: &Value| {
        let mut keys = keys(value);
        keys.sort();
        keys
    };
    assert_eq!(sorted(&seen.report), described(""));
    assert_eq!(sorted(&seen.findings()[0]), described("/$defs/finding"));
    assert_eq!(sorted(&seen.report["summary"]), described("/$defs/summary"));
    assert!(
        serde_json::from_slice::<Value>(&enrollcheck(&["schema", "config"], world.lab.folder()).stdout)
            .is_ok()
    );
}

#[test]
fn completions_and_manual_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = enrollcheck(&["completions", shell], folder.path());
        assert!(out(&output).contains("explain") && output.status.success(), "{shell}");
    }
    let manual = out(&enrollcheck(&["man"], folder.path()));
    for word in ["ENROLLCHECK RUN", "ENROLLCHECK COMPARE", "fail\\-on", "connect\\-to"] {
        assert!(manual.contains(word), "{word}");
    }
    assert!(enrollcheck(&["man", "--output", "pages"], folder.path()).status.success());
    assert!(folder.path().join("pages/enrollcheck-run.1").exists());
}
