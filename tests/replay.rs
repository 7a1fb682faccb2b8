//! Evidence that is kept and judged again: the same findings to the letter, without any network.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::Path;

use lab::{Adfs, Dates, Fault, Lab, Record, Signer, Trouble};
use serde_json::Value;
use support::{World, enrollcheck, timeless};

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = enrollcheck(arguments, folder);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// A tenant with something of everything.
fn world() -> (World, String) {
    world_but(|_| {})
}

/// The same, but for what a test changes.
fn world_but(change: impl FnOnce(&mut Lab)) -> (World, String) {
    let mut hosts = support::every_host();
    hosts.push(("sts.fabrikam.com".into(), 443, "tls"));
    let mut lab = Lab::with(&["contoso.com", "fabrikam.com"], &hosts);
    lab.names.set("enterpriseenrollment.fabrikam.com", Record::Cname("discovery.awmdm.com".into()));
    lab.names.resolver("enterpriseregistration.fabrikam.com", Fault::ServFail);
    lab.federate("fabrikam.com", &Adfs::new("sts.fabrikam.com", 20));
    lab.hosts.change("sts.fabrikam.com", 443, |manner| manner.signer = Signer::PublicIncomplete);
    lab.hosts.change("manage.microsoft.com", 443, |manner| manner.signer = Signer::Inspector);
    lab.hosts.change("courier.push.apple.com", 5223, |manner| manner.fault = Some(Trouble::Refused));
    change(&mut lab);
    let world = World::start(lab);
    let radius =
        world.lab.authority.leaf_pem(&["radius.contoso.com"], Dates { from_days: -300, until_days: 100 });
    std::fs::write(world.lab.folder().join("radius.pem"), radius).unwrap();
    let parts = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\", \"fabrikam.com\"]\n\
                 [[tenant.certificate]]\npath = \"radius.pem\"\n\
                 [[waiver]]\ncheck = \"endpoint.reachable\"\nbecause = \"known\"\nuntil = 2099-01-01\n";
    let file = world.lab.settings(parts).unwrap().display().to_string();
    (world, file)
}

#[test]
fn a_replay_gives_the_same_report_to_the_letter() {
    let (world, file) = world();
    let folder = world.lab.folder().to_owned();
    for name in ["evidence.jsonl", "evidence.jsonl.gz"] {
        for language in ["en", "fr"] {
            let live =
                json(&folder, &["run", "-c", &file, "-f", "json", "--record", name, "--lang", language]);
            let again = json(&folder, &["run", "--replay", name, "-f", "json", "--lang", language]);
            assert!(live["findings"].as_array().unwrap().len() > 250);
            assert_eq!(timeless(live), timeless(again), "{name} in {language}");
        }
    }
    let size = |name: &str| std::fs::metadata(folder.join(name)).unwrap().len();
    assert!(size("evidence.jsonl.gz") * 3 < size("evidence.jsonl"));
    // Without the laboratory, and from elsewhere.
    let before = json(&folder, &["run", "--replay", "evidence.jsonl", "-f", "json"]);
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::copy(folder.join("evidence.jsonl"), elsewhere.path().join("kept.jsonl")).unwrap();
    drop(world);
    let after = json(elsewhere.path(), &["run", "--replay", "kept.jsonl", "-f", "json"]);
    assert_eq!(timeless(before), timeless(after));
}

#[test]
fn options_override_what_was_recorded_and_what_it_does_not_hold_is_unknown() {
    let (world, file) = world();
    let folder = world.lab.folder();
    json(folder, &["run", "-c", &file, "-f", "json", "--record", "all.jsonl", "--only", "dns.*"]);
    let replay =
        |more: &[&str]| json(folder, &[&["run", "--replay", "all.jsonl", "-f", "json"], more].concat());
    let only = replay(&["--only", "dns.enterprise-registration"]);
    assert_eq!(only["findings"].as_array().unwrap().len(), 2);
    let other = replay(&["--only", "endpoint.*"]);
    let findings = other["findings"].as_array().unwrap();
    assert!(findings.iter().filter(|finding| finding["reason"] == "not-recorded").count() > 100);
    let known = |finding: &&Value| !["unknown", "skip"].contains(&finding["status"].as_str().unwrap());
    assert_eq!(findings.iter().find(known), None, "nothing was asked, so nothing is known");
    let one = replay(&["contoso.com"]);
    let subjects: Vec<&str> =
        one["findings"].as_array().unwrap().iter().map(|f| f["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["contoso.com", "contoso.com"]);
    assert!(one["findings"][0]["status"] != "unknown", "{}", one["findings"][0]);
    let unheard = replay(&["nobody.com"]);
    assert_eq!(unheard["verdict"], "inconclusive");
}

#[test]
fn a_recording_of_a_replay_keeps_what_was_chosen() {
    let (world, file) = world();
    let folder = world.lab.folder();
    json(
        folder,
        &["run", "-c", &file, "-f", "json", "--record", "all.jsonl", "--only", "dns.*", "--only", "tls.*"],
    );
    for chosen in [&["--only", "dns.*"][..], &["--at", "+90d"], &["contoso.com", "--only", "dns.*"]] {
        let again = ["run", "--replay", "all.jsonl", "-f", "json", "--record", "part.jsonl"];
        let first = json(folder, &[&again[..], chosen].concat());
        assert_eq!(timeless(first), timeless(json(folder, &["run", "--replay", "part.jsonl", "-f", "json"])));
    }
    // Names that somebody adds are not replaced, and the recording does not say that they were.
    json(folder, &["run", "--replay", "all.jsonl", "-f", "json", "--record", "strange.jsonl", "--redact"]);
    let named = ["run", "--replay", "strange.jsonl", "contoso.com", "-f", "json", "--record", "named.jsonl"];
    json(folder, &named);
    let kept = std::fs::read_to_string(folder.join("named.jsonl")).unwrap();
    assert!(kept.lines().next().unwrap().contains("\"redacted\":false"));
    assert_eq!(enrollcheck(&[&named[..], &["--redact"]].concat(), folder).status.code(), Some(2));
}

#[test]
fn evidence_is_judged_as_of_another_time() {
    let (world, file) = world();
    let folder = world.lab.folder();
    let arguments = ["run", "-c", &file, "-f", "json", "--record", "all.jsonl"];
    let live =
        json(folder, &[&arguments[..], &["--only", "certificate.*", "--only", "network.clock"]].concat());
    let reason = |report: &Value, check: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|f| f["check"] == check).unwrap()["reason"].as_str().unwrap().to_owned()
    };
    assert_eq!(reason(&live, "certificate.validity"), "ok");
    for (at, expected) in
        [("+10d", "ok"), ("+80d", "expires-soon"), ("+95d", "expires-very-soon"), ("+101d", "expired")]
    {
        let later = json(folder, &["run", "--replay", "all.jsonl", "-f", "json", "--at", at]);
        assert_eq!(reason(&later, "certificate.validity"), expected, "{at}");
        assert_eq!(
            reason(&later, "network.clock"),
            reason(&live, "network.clock"),
            "the clock is what it was"
        );
        assert_eq!(later["started_at"], live["started_at"]);
    }
    let live_later = json(
        folder,
        &[&["run", "-c", &file, "-f", "json", "--only", "certificate.*"], &["--at", "+95d"][..]].concat(),
    );
    assert_eq!(reason(&live_later, "certificate.validity"), "expires-very-soon");
    for wrong in ["+", "tomorrow", "+0d", "-3d", "2027-13-01", "2027-07-01T23:59:59", "2027-07-01 12:00"] {
        let output = enrollcheck(&["run", "--replay", "all.jsonl", &format!("--at={wrong}")], folder);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn what_is_no_recording_is_refused_and_a_cut_one_is_read_as_far_as_it_goes() {
    let (world, file) = world();
    let folder = world.lab.folder();
    json(folder, &["run", "-c", &file, "-f", "json", "--record", "all.jsonl", "--only", "dns.*"]);
    let whole = std::fs::read(folder.join("all.jsonl")).unwrap();
    for (text, word) in [
        (&b""[..], "no recording"),
        (b"{}", "no recording"),
        (b"\x1f\x8b\x08", "cannot be replayed"),
        (b"{\"recording\": 99}", "newer"),
        (b"\xff\xfe\x00", "no recording"),
    ] {
        std::fs::write(folder.join("bad"), text).unwrap();
        let output = enrollcheck(&["run", "--replay", "bad"], folder);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(word) && !said.contains("panicked"), "{said}");
    }
    let mut broken = whole.clone();
    let second = whole.iter().position(|octet| *octet == b'\n').unwrap() + 2;
    broken[second] = b'#';
    std::fs::write(folder.join("bad"), broken).unwrap();
    let output = enrollcheck(&["run", "--replay", "bad"], folder);
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 2"), "it names the line");
    // A killed run: the last line is a part of one.
    std::fs::write(folder.join("cut"), &whole[..whole.len() / 2]).unwrap();
    let cut = json(folder, &["run", "--replay", "cut", "-f", "json"]);
    assert_eq!(cut["complete"], false);
    assert!(cut["findings"].as_array().unwrap().len() >= 4);
}

#[test]
fn a_run_that_was_cut_short_is_judged_again_to_the_letter() {
    let hosts = ["login.microsoftonline.com", "manage.microsoft.com", "sts.fabrikam.com"];
    for silent in hosts {
        let (world, file) = world_but(|lab| {
            lab.hosts.change(silent, 443, |manner| manner.fault = Some(Trouble::Silent));
        });
        let folder = world.lab.folder();
        let short = ["--deadline", "1s", "--timeout", "30s", "-f", "json"];
        let live = json(folder, &[&["run", "-c", &file, "--record", "cut.jsonl.gz"], &short[..]].concat());
        let again =
            json(folder, &["run", "--replay", "cut.jsonl.gz", "-f", "json", "--record", "again.jsonl"]);
        let twice = json(folder, &["run", "--replay", "again.jsonl", "-f", "json"]);
        // Each of them is in the recording, by name.
        let kept = std::fs::read_to_string(folder.join("again.jsonl")).unwrap();
        let unfinished = kept.lines().filter(|line| line.starts_with("{\"unfinished\":{\"case\"")).count();
        let reasons: Vec<&str> =
            live["findings"].as_array().unwrap().iter().map(|f| f["reason"].as_str().unwrap()).collect();
        assert!(reasons.contains(&"deadline") && reasons.contains(&"ok"), "{silent}");
        assert_eq!(unfinished, reasons.iter().filter(|reason| **reason == "deadline").count(), "{silent}");
        let live = timeless(live);
        assert_eq!(live, timeless(again), "{silent}");
        assert_eq!(live, timeless(twice), "{silent}, recorded again");
    }
}

#[test]
fn a_recording_that_cannot_be_written_is_told_and_replaces_nothing() {
    let (world, file) = world();
    let folder = world.lab.folder();
    for path in ["no/such/folder/x.jsonl", ".", "evidence.zst"] {
        let output = enrollcheck(&["run", "-c", &file, "--only", "dns.*", "--record", path], folder);
        assert_eq!(output.status.code(), Some(2), "{path}");
        assert!(output.stdout.is_empty(), "nothing was probed: {path}");
    }
}

#[test]
fn a_run_and_its_replay_began_in_the_same_second() {
    // A second may pass between the recording's header and the run itself: the header's counts, everywhere.
    let (world, file) = world();
    let folder = world.lab.folder();
    let live = json(folder, &["run", "-c", &file, "-f", "json", "--record", "all.jsonl", "--only", "dns.*"]);
    let header = std::fs::read_to_string(folder.join("all.jsonl")).unwrap();
    let header: Value = serde_json::from_str(header.lines().next().unwrap()).unwrap();
    let second = |value: &Value| value.as_str().unwrap()[..19].to_owned();
    assert_eq!(second(&live["started_at"]), second(&header["started_at"]));
    assert_eq!(live["started_at"], live["judged_at"]);
}
