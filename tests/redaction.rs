//! Evidence for strangers: it tells nobody, and is judged the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::Path;

use lab::{Adfs, Lab, Signer};
use serde_json::Value;
use support::{World, enrollcheck};

/// Every text of a file, what is in base64 too, as deep as it goes.
fn every_text(octets: &[u8], depth: usize, visit: &mut dyn FnMut(&str)) {
    use std::fmt::Write;
    let text = String::from_utf8_lossy(octets).to_lowercase();
    visit(&text);
    if depth == 0 {
        return;
    }
    let original = String::from_utf8_lossy(octets);
    for run in original.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))) {
        if run.len() >= 16
            && run.len() % 4 == 0
            && let Some(inner) = base64_decoded(run)
        {
            every_text(&inner, depth - 1, visit);
            let mut spaced = String::new();
            inner
                .iter()
                .filter(|octet| **octet != 0)
                .for_each(|octet| write!(spaced, "{}", *octet as char).unwrap());
            visit(&spaced.to_lowercase());
        }
    }
}

fn base64_decoded(text: &str) -> Option<Vec<u8>> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.trim_end_matches('=').bytes().map(value).collect::<Option<_>>()?;
    let mut out = Vec::new();
    for group in digits.chunks(4) {
        let bits =
            group.iter().fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit)) << (6 * (4 - group.len()));
        out.extend(&bits.to_be_bytes()[1..][..group.len().saturating_sub(1)]);
    }
    Some(out)
}

/// Findings without what names somebody.
fn judged(report: &Value) -> Vec<[String; 3]> {
    let one =
        |finding: &Value| ["check", "status", "reason"].map(|key| finding[key].as_str().unwrap().to_owned());
    let mut judged: Vec<[String; 3]> = report["findings"].as_array().unwrap().iter().map(one).collect();
    judged.sort();
    judged
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = enrollcheck(arguments, folder);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn assert_same(name: &str, before: &Value, after: &Value) {
    let (before, after) = (judged(before), judged(after));
    let missing: Vec<_> = before.iter().filter(|one| !after.contains(one)).collect();
    let added: Vec<_> = after.iter().filter(|one| !before.contains(one)).collect();
    assert_eq!((missing, added), (vec![], vec![]), "{name}");
    assert_eq!(before, after, "{name}");
}

/// Panics where a word tells. Words are long: certificates in base64 hold every word of four letters by chance.
fn assert_silent(name: &str, octets: &[u8], words: &[&str]) -> usize {
    let mut seen = 0;
    every_text(octets, 3, &mut |text| {
        seen += 1;
        for word in words {
            if let Some(place) = text.find(word) {
                let start =
                    (0..=place).rev().find(|s| text.is_char_boundary(*s) && place - s >= 40).unwrap_or(0);
                panic!("{name}: {word}: ...{}", text[start..].chars().take(160).collect::<String>());
            }
        }
    });
    seen
}

#[test]
fn redacted_evidence_of_a_live_run_tells_nobody_and_is_judged_the_same() {
    let mut hosts = support::every_host();
    hosts.push(("sts.fabrikam.com".into(), 443, "tls"));
    let mut lab = Lab::with(&["contoso.com", "fabrikam.com"], &hosts);
    lab.federate("fabrikam.com", &Adfs::new("sts.fabrikam.com", 20));
    lab.hosts.change("sts.fabrikam.com", 443, |manner| manner.signer = Signer::PublicIncomplete);
    let world = World::start(lab);
    let folder = world.lab.folder();
    let parts = "[[tenant]]\nname = \"Contoso Ltd\"\ndomains = [\"contoso.com\", \"fabrikam.com\"]\n\
                 [[waiver]]\ncheck = \"tls.chain\"\nbecause = \"known to josephine\"\nowner = \"josephine.baker@contoso.com\"\nuntil = 2099-01-01\n";
    let file = world.lab.settings(parts).unwrap().display().to_string();
    let live = json(folder, &["run", "-c", &file, "-f", "json", "--record", "strange.jsonl", "--redact"]);
    let kept = std::fs::read(folder.join("strange.jsonl")).unwrap();
    let seen = assert_silent("live", &kept, &["contoso", "fabrikam", "josephine"]);
    assert!(seen > 100, "certificates and documents were looked into");
    let again = json(folder, &["run", "--replay", "strange.jsonl", "-f", "json"]);
    assert_same("live", &live, &again);
    let header: Value = serde_json::from_slice(kept.split(|octet| *octet == b'\n').next().unwrap()).unwrap();
    assert_eq!(header["redacted"], true);
    assert_eq!(live["findings"].as_array().unwrap().iter().filter(|f| f["waiver"].is_object()).count(), 1);
}

/// Tenants may be called what the format calls something; a redacted recording may be recorded again.
#[test]
fn what_is_redacted_stays_evidence() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/environments/all-is-well");
    let kept = ["evidence.jsonl", "evidence.jsonl.gz"].map(|name| home.join(name));
    let kept = kept.into_iter().find(|path| path.exists()).unwrap().display().to_string();
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let before =
        json(folder, &["run", "--replay", &kept, "-f", "json", "--record", "once.jsonl", "--redact"]);
    for more in [&[][..], &["--redact"]] {
        let again = ["run", "--replay", "once.jsonl", "-f", "json", "--record", "twice.jsonl"];
        assert_same("again", &before, &json(folder, &[&again, more].concat()));
        assert_same("twice", &before, &json(folder, &["run", "--replay", "twice.jsonl", "-f", "json"]));
        let twice = std::fs::read(folder.join("twice.jsonl")).unwrap();
        assert!(String::from_utf8_lossy(&twice).starts_with("{\"recording\":1"));
        assert!(twice.windows(15).any(|window| window == b"\"redacted\":true"));
    }
    // What programs say keeps its shape: what was no verdict becomes none, and a check may be called like a host.
    let said = [
        ("ad", "fine srv0815"),
        ("lead", "srv0815\n{\\\"status\\\":\\\"pass\\\",\\\"summary\\\":\\\"a\\\"}"),
        ("dup", "{\\\"status\\\":\\\"pass\\\",\\\"status\\\":\\\"fail\\\",\\\"summary\\\":\\\"srv0815\\\"}"),
        ("line", "[CRITICAL] srv0815 is full"),
        (
            "whole",
            "{\\\"status\\\":\\\"warn\\\",\\\"summary\\\":\\\"srv0815\\\",\\\"evidence\\\":{\\\"load\\\":1e3}}",
        ),
    ];
    let own: String = said
        .iter()
        .map(|(id, said)| {
            let said = said.replace('\n', "\\n");
            format!("[[check]]\nid = \"own.{id}\"\nprogram = [\"printf\", \"%s\", \"{said}\"]\n")
        })
        .collect();
    std::fs::write(folder.join("own.toml"), format!("[[tenant]]\ndomains = [\"contoso.com\"]\n{own}"))
        .unwrap();
    let live = ["run", "-c", "own.toml", "--only", "own.*", "-f", "json", "--record", "o.jsonl", "--redact"];
    let before = json(folder, &live);
    assert_same("own", &before, &json(folder, &["run", "--replay", "o.jsonl", "-f", "json"]));
    let statuses: Vec<_> =
        judged(&before).into_iter().map(|[check, status, _]| format!("{check} {status}")).collect();
    let wanted = ["own.ad pass", "own.dup unknown", "own.lead unknown", "own.line pass", "own.whole warn"];
    assert_eq!(statuses, wanted);
    assert_silent("own", &std::fs::read(folder.join("o.jsonl")).unwrap(), &["srv0815", "contoso"]);
    let settings = "[[tenant]]\nname = \"Worldwide Müller Windows\"\ndomains = [\"contoso.invalid\"]\ncloud = \"worldwide\"\n\
        [network]\nresolvers = [\"127.0.0.1:9\"]\n";
    std::fs::write(folder.join("named.toml"), settings).unwrap();
    let live =
        ["run", "-c", "named.toml", "--only", "dns.*", "-f", "json", "--record", "m.jsonl", "--redact"];
    let before = json(folder, &live);
    assert_same("named", &before, &json(folder, &["run", "--replay", "m.jsonl", "-f", "json"]));
    let kept = std::fs::read_to_string(folder.join("m.jsonl")).unwrap().to_lowercase();
    assert!(!kept.contains("müller") && !kept.contains("ller w"), "{kept}");
}

#[test]
fn every_environment_can_be_given_to_a_stranger() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/environments");
    let mut evidence = Vec::new();
    for folder in std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path()) {
        evidence.extend(
            ["evidence.jsonl", "evidence.jsonl.gz"]
                .map(|name| folder.join(name))
                .into_iter()
                .filter(|p| p.exists()),
        );
    }
    assert!(evidence.len() >= 70);
    let temporary = tempfile::tempdir().unwrap();
    let turns = std::sync::Mutex::new(evidence.into_iter());
    std::thread::scope(|scope| {
        for worker in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            let (turns, folder) = (&turns, temporary.path());
            scope.spawn(move || {
                loop {
                    let Some(path) = turns.lock().unwrap().next() else { break };
                    let name = path.display().to_string();
                    let strange = format!("{worker}.jsonl");
                    let arguments =
                        ["run", "--replay", &name, "-f", "json", "--record", &strange, "--redact"];
                    let before = json(folder, &arguments);
                    assert_silent(
                        &name,
                        &std::fs::read(folder.join(&strange)).unwrap(),
                        // A name in a certificate alone, and what a push certificate is for.
                        &["contoso", "fabrikam", "ndes01-mscep", "5a7f1c2e"],
                    );
                    let after = json(folder, &["run", "--replay", &strange, "-f", "json"]);
                    assert_same(&name, &before, &after);
                }
            });
        }
    });
}
