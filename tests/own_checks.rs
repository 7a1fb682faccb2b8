//! Users' own checks: declared questions and programs, in a run, in a recording, and among the built-in ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(unix)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use lab::{Lab, Record};
use serde_json::Value;
use support::{World, enrollcheck};

fn world() -> World {
    let mut lab = Lab::with(
        &["contoso.com"],
        &[("radius.contoso.com".into(), 2083, "tls"), ("intranet.contoso.com".into(), 80, "http")],
    );
    lab.names.set("radius.contoso.com", Record::A([127, 0, 0, 1].into()));
    lab.names.set("alias.contoso.com", Record::Cname("radius.contoso.com".into()));
    World::start(lab)
}

/// Status, reason and summary of the findings of a settings part.
fn judged(world: &World, checks: &str) -> Vec<(String, String, String)> {
    let parts = format!("[[tenant]]\ndomains = [\"contoso.com\"]\n{checks}");
    let seen = world.run(&parts, &["--only", "own.*"]);
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    seen.findings().iter().map(|f| (text(f, "status"), text(f, "reason"), text(f, "summary"))).collect()
}

fn script(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn declared_questions_meet_their_expectations_or_not() {
    let world = world();
    std::fs::write(world.lab.folder().join("notes.txt"), "enrollment is on").unwrap();
    for (question, status, reason) in [
        ("dns = \"radius.contoso.com\"\nexpect = \"127.0.0.1\"", "pass", "ok"),
        ("dns = \"radius.contoso.com\"\nexpect = [\"127.0.0.2\"]", "fail", "unexpected"),
        ("dns = \"radius.contoso.com\"\nexpect = [\"127.0.0.2\"]\nseverity = \"warn\"", "warn", "unexpected"),
        ("dns = \"nobody.contoso.com\"", "fail", "unexpected"),
        ("dns = \"nobody.contoso.com\"\nexpect = \"missing\"", "pass", "ok"),
        ("dns = \"alias.contoso.com\"\nkind = \"cname\"\nexpect = \"Radius.contoso.com.\"", "pass", "ok"),
        ("dns = \"radius.{domain}\"", "pass", "ok"),
        ("tcp = \"radius.contoso.com:2083\"\nexpect = \"open\"", "pass", "ok"),
        ("tcp = \"radius.contoso.com:2083\"\nexpect = \"closed\"", "fail", "unexpected"),
        ("tcp = \"nobody.contoso.com:1\"", "unknown", "not-answered"),
        ("tls = \"radius.contoso.com:2083\"", "pass", "ok"),
        ("http = \"http://intranet.contoso.com/\"\nexpect = 599", "fail", "unexpected"),
        ("http = \"http://nobody.contoso.com/\"", "unknown", "not-answered"),
        ("file = \"notes.txt\"", "pass", "ok"),
        ("file = \"notes.txt\"\nexpect = \"missing\"", "fail", "unexpected"),
        ("file = \"notes.txt\"\ncontains = \"is on\"", "pass", "ok"),
        ("file = \"notes.txt\"\ncontains = \"is off\"", "fail", "unexpected"),
        ("file = \"absent.txt\"", "fail", "unexpected"),
    ] {
        let found = judged(&world, &format!("[[check]]\nid = \"own.it\"\n{question}\n"));
        assert_eq!(found.len(), 1, "{question}");
        assert_eq!(
            (found[0].0.as_str(), found[0].1.as_str()),
            (status, reason),
            "{question}: {}",
            found[0].2
        );
    }
}

#[test]
fn programs_answer_in_json_or_as_nagios_plugins_do() {
    let world = world();
    let long = "#!/bin/sh\nhead -c 200000 /dev/zero | tr '\\0' x\n";
    for (text, status, reason) in [
        ("#!/bin/sh\necho \"fine | a=1\"", "pass", "ok"),
        ("#!/bin/sh\necho careful; exit 1", "warn", "warned"),
        ("#!/bin/sh\necho broken; exit 2", "fail", "failed"),
        ("#!/bin/sh\necho who knows; exit 3", "unknown", "undetermined"),
        ("#!/bin/sh\nexit 2", "fail", "failed"),
        ("#!/bin/sh\necho ended; exit 77", "unknown", "not-answered"),
        ("#!/bin/sh\nkill -9 $$", "unknown", "not-answered"),
        ("#!/bin/sh\ncat >/dev/null; echo '{\"status\":\"pass\",\"summary\":\"all well\"}'", "pass", "ok"),
        (
            "#!/bin/sh\necho '{\"status\":\"skip\",\"summary\":{\"en\":\"no\",\"fr\":\"non\"}}'",
            "skip",
            "not-applicable",
        ),
        (
            "#!/bin/sh\necho '{\"status\":\"fail\",\"summary\":\"bad\",\"remedy\":\"do it\",\"evidence\":{\"x\":1}}'",
            "fail",
            "failed",
        ),
        ("#!/bin/sh\necho '{\"status\":\"great\",\"summary\":\"x\"}'", "unknown", "not-answered"),
        ("#!/bin/sh\necho '{\"status\":'", "unknown", "not-answered"),
        ("#!/bin/sh\necho '{\"status\":\"pass\",\"summary\":\"x\"}'; exit 9", "unknown", "not-answered"),
        (long, "pass", "ok"),
        // Words of Windows begin with a mark; a verdict among other lines is none; an interpreter that breaks down ends with 1.
        ("#!/bin/sh\nprintf '\\357\\273\\277{\"status\":\"fail\",\"summary\":\"bad\"}'", "fail", "failed"),
        (
            "#!/bin/sh\necho loading; echo '{\"status\":\"fail\",\"summary\":\"bad\"}'",
            "unknown",
            "not-answered",
        ),
        ("#!/bin/sh\necho '[{\"status\":\"fail\",\"summary\":\"bad\"}]'", "unknown", "not-answered"),
        ("#!/bin/sh\necho 'NameError: x' >&2; exit 1", "unknown", "not-answered"),
        ("#!/bin/sh\nsleep 600 & echo fine", "pass", "ok"),
    ] {
        script(world.lab.folder(), "it.sh", text);
        let found = judged(&world, "[[check]]\nid = \"own.it\"\nprogram = [\"sh\", \"./it.sh\"]\n");
        assert_eq!(
            (found[0].0.as_str(), found[0].1.as_str()),
            (status, reason),
            "{text:.60}: {:.200}",
            found[0].2
        );
    }
    let absent = judged(&world, "[[check]]\nid = \"own.it\"\nprogram = [\"./absent\"]\n");
    assert_eq!(absent[0].1, "not-answered");
}

#[test]
fn a_program_is_asked_with_the_tenants_and_ends_in_time_with_what_it_started() {
    let world = world();
    script(
        world.lab.folder(),
        "echo.sh",
        "#!/bin/sh\nread -r request; printf '{\"status\":\"pass\",\"summary\":\"seen\",\"evidence\":%s}' \"$request\"",
    );
    let parts = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\n[[check]]\nid = \"own.it\"\nprogram = [\"sh\", \"./echo.sh\"]\n";
    let seen = world.run(parts, &["--only", "own.*"]);
    let evidence = &seen.findings()[0]["evidence"];
    assert_eq!((&evidence["check"], &evidence["version"]), (&"own.it".into(), &1.into()));
    assert_eq!(evidence["tenants"][0]["domains"][0], "contoso.com");

    // A program is found from wherever the run is started.
    let inner = world.lab.folder().join("inner");
    std::fs::create_dir(&inner).unwrap();
    script(&inner, "fine.sh", "#!/bin/sh\necho fine");
    let settings = "[[check]]\nid = \"own.it\"\nprogram = [\"./fine.sh\"]\n";
    std::fs::write(inner.join("own.toml"), settings).unwrap();
    let arguments = ["run", "-c", "inner/own.toml", "--only", "own.*", "-f", "csv"];
    let found = || String::from_utf8(enrollcheck(&arguments, world.lab.folder()).stdout).unwrap();
    // A file that was just written may be "busy" as long as another test starts its own programs.
    let busy = |found: &String| found.contains("(os error 26)");
    let found = (0..100).map(|_| found()).find(|found| !busy(found)).unwrap();
    assert!(found.contains(",pass,ok,"), "{found}");

    // A grandchild that holds the pipes open must not hold up the run.
    script(world.lab.folder(), "stall.sh", "#!/bin/sh\necho $$ > pid\nsleep 600 &\nsleep 600");
    let start = Instant::now();
    let found = judged(
        &world,
        "[[check]]\nid = \"own.it\"\nprogram = [\"sh\", \"./stall.sh\"]\ntimeout = \"300ms\"\n",
    );
    assert_eq!(found[0].1, "not-answered");
    assert!(start.elapsed() < Duration::from_secs(60));
    let group = std::fs::read_to_string(world.lab.folder().join("pid")).unwrap();
    let in_group = |stat: String| {
        // After the name in brackets: state, parent, group.
        let fields: Vec<String> = stat.rsplit(')').next()?.split_whitespace().map(str::to_owned).collect();
        Some(fields.get(2)? == group.trim() && fields.first()? != "Z")
    };
    let alive = || {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let stats = processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
        stats.filter_map(in_group).any(|alive| alive)
    };
    // A killed process takes a moment to go.
    let patience = Instant::now() + Duration::from_secs(30);
    while alive() {
        assert!(Instant::now() < patience, "what it started has ended too");
        std::thread::yield_now();
    }
}

#[test]
fn own_checks_are_recorded_replayed_listed_explained_and_waived() {
    let world = world();
    script(world.lab.folder(), "it.sh", "#!/bin/sh\necho broken; exit 2");
    let parts = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\n\
        [[check]]\nid = \"own.it\"\ntitle = { en = \"It works\", fr = \"Cela marche\" }\nremedy = \"Mend it.\"\nprogram = [\"sh\", \"./it.sh\"]\n\
        [[check]]\nid = \"own.record\"\ndns = \"nobody.{domain}\"\n\
        [[waiver]]\ncheck = \"own.record\"\nbecause = \"known\"\nuntil = 2099-01-01\n";
    let file = world.lab.settings(parts).unwrap().display().to_string();
    let folder = world.lab.folder();
    let shown = |arguments: &[&str]| String::from_utf8(enrollcheck(arguments, folder).stdout).unwrap();
    let live = shown(&["run", "-c", &file, "--only", "own.*", "-f", "csv", "--record", "kept"]);
    std::fs::remove_file(folder.join("it.sh")).unwrap();
    assert_eq!(live, shown(&["run", "--replay", "kept", "-f", "csv"]));
    assert!(
        live.contains("contoso,own.record,nobody.contoso.com,fail") && live.contains(",known,2099-01-01"),
        "{live}"
    );
    assert!(live.contains("*,own.it,sh ./it.sh,fail,failed,broken,Mend it."), "{live}");
    assert!(shown(&["list", "-c", &file, "--only", "own.*"]).contains("own.it"));
    assert!(shown(&["explain", "own.it", "-c", &file, "--lang", "fr"]).contains("Cela marche"));
    assert!(shown(&["explain", "own.it/failed", "-c", &file]).contains("found a failure"));
    assert!(shown(&["run", "--replay", "kept"]).contains("Mend it."));
}

#[test]
fn wrong_declarations_are_refused_with_their_place() {
    let world = world();
    for (check, word) in [
        ("id = \"mine\"\ntcp = \"a:1\"", "own."),
        ("id = \"own.It\"\ntcp = \"a:1\"", "own."),
        ("id = \"own.\"\ntcp = \"a:1\"", "own."),
        ("id = \"own.it\"", "one question"),
        ("id = \"own.it\"\ntcp = \"a:1\"\nfile = \"x\"", "one question"),
        ("id = \"own.it\"\ntcp = \"nowhere\"", "port"),
        ("id = \"own.it\"\ntcp = \"a.com:1\"\nexpect = \"ajar\"", "open"),
        ("id = \"own.it\"\nhttp = \"ftp://a.com\"", "http"),
        ("id = \"own.it\"\nhttp = \"https://u:hunter2@a.com\"", "credentials"),
        ("id = \"own.it\"\nhttp = \"https://a.com\"\nexpect = \"fine\"", "status"),
        ("id = \"own.it\"\ndns = \"a.com\"\nexpect = 5", "record"),
        ("id = \"own.it\"\nprogram = []", "program"),
        ("id = \"own.it\"\nprogram = [\"./x\"]\nexpect = \"open\"", "expect"),
        ("id = \"own.it\"\ntcp = \"a.com:1\"\ntimeout = \"5s\"", "timeout"),
        ("id = \"own.it\"\ntcp = \"a.com:1\"\ntitle = { en = \"x\" }", "title"),
        ("id = \"own.it\"\ntcp = \"a.com:1\"\ntenant = \"nobody\"", "no tenant"),
        ("id = \"own.it\"\ntcp = \"a.com:1\"\n[[check]]\nid = \"own.it\"\ntcp = \"a.com:2\"", "two checks"),
    ] {
        let file = world.lab.settings(&format!("[[check]]\n{check}\n")).unwrap().display().to_string();
        let output = enrollcheck(&["run", "-c", &file], world.lab.folder());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{check}: {said}");
        assert!(said.contains(word) && said.contains("enrollcheck.toml:"), "{check}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
