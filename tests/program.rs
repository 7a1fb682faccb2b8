//! The program from outside: exit codes, streams, formats, settings, waivers.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::process::Output;

use lab::{Dates, Fault, Lab, Record};
use serde_json::{Value, json};
use support::{World, command, enrollcheck};

const TENANT: &str = "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n";
const ALIAS: &str = "enterpriseenrollment.contoso.com";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A world whose enrollment record leads somewhere else.
fn wrong() -> World {
    World::of_names(&["contoso.com"], |names| {
        names.set(ALIAS, Record::Cname("mdm.example.net".into()));
        names.set("mdm.example.net", Record::A([192, 0, 2, 7].into()));
    })
}

fn run(world: &World, parts: &str, arguments: &[&str]) -> Output {
    let file = world.lab.settings(parts).unwrap().display().to_string();
    let mut all = vec!["run", "-c", &file, "--only", "dns.*"];
    all.extend(arguments);
    enrollcheck(&all, world.lab.folder())
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let missing = World::of_names(&["contoso.com"], |names| {
        names.remove(ALIAS);
    });
    let broken = World::of_names(&["contoso.com"], |names| {
        names.resolver(ALIAS, Fault::ServFail);
    });
    let right = World::of_names(&["contoso.com"], |_| {});
    for format in ["human", "json", "jsonl"] {
        let code = |world: &World, more: &[&str]| {
            let all: Vec<&str> = ["-f", format].iter().chain(more).copied().collect();
            run(world, TENANT, &all).status.code().unwrap()
        };
        assert_eq!(code(&right, &[]), 0, "{format}");
        assert_eq!(code(&wrong(), &[]), 1, "{format}");
        assert_eq!(code(&missing, &[]), 0, "{format}");
        assert_eq!(code(&missing, &["--fail-on", "warn"]), 1, "{format}");
        assert_eq!(code(&broken, &[]), 3, "{format}");
    }
}

#[test]
fn where_nothing_was_checked_nothing_is_known() {
    let world = World::of_names(&["contoso.com"], |_| {});
    let told = |format: &str| {
        let output = enrollcheck(
            &["run", "contoso.com", "--resolver", "127.0.0.1", "--only", "certificate.*", "-f", format],
            world.lab.folder(),
        );
        assert_eq!(output.status.code(), Some(3), "{format}");
        text(&output.stdout)
    };
    for format in ["human", "markdown", "html", "nagios"] {
        assert!(told(format).contains("Nothing was checked"), "{format}");
    }
    let report: Value = serde_json::from_str(&told("json")).unwrap();
    assert_eq!(
        (&report["verdict"], &report["tenants"][0]["verdict"]),
        (&json!("inconclusive"), &json!("inconclusive"))
    );
    // A calendar has at least one component.
    let calendar = told("ics");
    assert!(calendar.contains("BEGIN:VTIMEZONE") && !calendar.contains("BEGIN:VEVENT"), "{calendar}");
}

#[test]
fn nothing_but_the_report_is_on_standard_output() {
    let output = run(&wrong(), TENANT, &["-f", "json"]);
    assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok());
    assert_eq!(text(&output.stderr), "", "no progress where nobody looks");
}

#[test]
fn the_report_has_the_fields_of_the_contract() {
    let output = run(&wrong(), TENANT, &["-f", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["tool"]["name"], "enrollcheck");
    assert!(report["tool"]["version"].is_string() && report["tool"]["catalogue_date"].is_string());
    assert!(report["started_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!((&report["complete"], &report["verdict"]), (&Value::Bool(true), &"not-ready".into()));
    assert_eq!(
        report["summary"],
        serde_json::json!({ "pass": 1, "warn": 0, "fail": 1, "unknown": 0, "skip": 0, "waived": 0 })
    );
    assert_eq!(report["tenants"][0]["name"], "contoso.com");
    let finding = &report["findings"][0];
    for field in [
        "tenant",
        "check",
        "subject",
        "status",
        "reason",
        "summary",
        "remedy",
        "notes",
        "evidence",
        "expires_at",
        "references",
        "symptoms",
        "waiver",
        "elapsed_ms",
    ] {
        assert!(finding.get(field).is_some(), "{field}");
    }
    assert!(finding["references"][0]["url"].as_str().unwrap().starts_with("https://"));
}

#[test]
fn findings_are_ordered_so_that_reports_compare_line_by_line() {
    let world = World::of_names(&["contoso.com", "fabrikam.com"], |_| {});
    let tenants = "[[tenant]]\nname = \"b\"\ndomains = [\"fabrikam.com\"]\ncloud = \"worldwide\"\n\
                   [[tenant]]\nname = \"a\"\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n";
    let shown = || {
        let report: Value = serde_json::from_slice(&run(&world, tenants, &["-f", "json"]).stdout).unwrap();
        let mut findings = report["findings"].as_array().unwrap().clone();
        for finding in &mut findings {
            finding["elapsed_ms"] = 0.into();
        }
        findings
    };
    let findings = shown();
    let tenants: Vec<&str> = findings.iter().map(|f| f["tenant"].as_str().unwrap()).collect();
    assert_eq!(tenants, ["a", "a", "b", "b"]);
    assert_eq!(findings, shown());
}

#[test]
fn lines_come_one_by_one_and_the_last_has_the_rest() {
    let output = run(&wrong(), TENANT, &["-f", "jsonl"]);
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, findings) = lines.split_last().unwrap();
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| finding["check"].is_string()));
    assert_eq!(last["verdict"], "not-ready");
    assert!(last.get("findings").is_none());
}

#[test]
fn the_human_report_says_what_to_do_first_and_the_verdict_last() {
    let output = run(&wrong(), TENANT, &[]);
    let shown = text(&output.stdout);
    assert!(shown.contains("FAIL dns.enterprise-enrollment/wrong-target contoso.com"), "{shown}");
    assert!(shown.contains(
        "\n             EnterpriseEnrollment 3600 IN CNAME enterpriseenrollment-s.manage.microsoft.com.\n"
    ));
    assert!(shown.contains("enrollcheck explain dns.enterprise-enrollment/wrong-target"));
    let last = shown.trim_end().lines().last().unwrap();
    assert_eq!(last, "NOT READY: 1 failure, 0 warnings, 0 unknown, 1 passed, 0 skipped");
    assert!(!shown.contains('\u{1b}'), "no colours in a file");
    let coloured = run(&wrong(), TENANT, &["--color", "always"]);
    assert!(text(&coloured.stdout).contains('\u{1b}'));
    let quiet = run(&wrong(), TENANT, &["-q"]);
    assert!(text(&quiet.stdout).starts_with("\n✗ FAIL"), "{}", text(&quiet.stdout));
}

#[test]
fn both_languages_say_the_same() {
    let world = wrong();
    let report = |language: &str| -> Value {
        serde_json::from_slice(&run(&world, TENANT, &["-f", "json", "--lang", language]).stdout).unwrap()
    };
    let (english, french) = (report("en"), report("fr"));
    let (en, fr) = (&english["findings"][0], &french["findings"][0]);
    assert_eq!(
        (&en["reason"], &en["status"], &en["evidence"]["cname"]),
        (&fr["reason"], &fr["status"], &fr["evidence"]["cname"])
    );
    assert!(fr["summary"].as_str().unwrap().contains("pointe vers mdm.example.net, et non vers"));
    assert!(fr["remedy"].as_str().unwrap().starts_with("Dans la zone DNS contoso.com, remplacez"));
    let locale = world.lab.settings(TENANT).unwrap().display().to_string();
    let output = command(&["run", "-c", &locale, "--only", "dns.*"], world.lab.folder())
        .env("LC_ALL", "fr_FR.UTF-8")
        .output()
        .unwrap();
    assert!(text(&output.stdout).contains("PAS PRÊT"), "the locale decides where nothing is said");
}

#[test]
fn a_width_is_kept_and_what_is_copied_is_never_broken() {
    for width in [40, 60, 80, 120] {
        let world = wrong();
        let file = world.lab.settings(TENANT).unwrap().display().to_string();
        let output = command(&["run", "-c", &file, "--only", "dns.*"], world.lab.folder())
            .env("COLUMNS", width.to_string())
            .output()
            .unwrap();
        for line in text(&output.stdout).lines() {
            let copied = line.contains("IN CNAME") || line.contains("az network");
            let one_word = line.split_whitespace().count() <= 2;
            let title = line.starts_with('✗');
            assert!(copied || one_word || title || line.chars().count() <= width, "{width}: {line}");
        }
    }
}

// ---------------------------------------------------------------- usage and settings

fn refused(settings: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = support::file(folder.path(), "enrollcheck.toml", settings).display().to_string();
    let mut all = vec!["run", "-c", &file];
    all.extend(arguments);
    let output = enrollcheck(&all, folder.path());
    assert_eq!(output.status.code(), Some(2), "{settings}\n{}", text(&output.stdout));
    assert_eq!(text(&output.stdout), "", "nothing is probed, nothing is reported");
    text(&output.stderr)
}

#[test]
fn malformed_domains_are_refused_with_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    for (domain, words) in [
        ("contoso", "at least two labels"),
        ("https://contoso.com/", "did you mean the domain `contoso.com`?"),
        ("anna@contoso.com", "did you mean the domain `contoso.com`?"),
        ("contoso..com", "empty label"),
        ("192.0.2.1", "IP address"),
        ("con_toso.com", "'_' is not allowed"),
        ("", "missing"),
    ] {
        let output = enrollcheck(&["run", domain], folder.path());
        assert_eq!(output.status.code(), Some(2), "{domain}");
        assert!(text(&output.stderr).contains(words), "{domain}: {}", text(&output.stderr));
    }
}

#[test]
fn mistakes_in_settings_are_shown_where_they_stand() {
    let cases: [(&str, &str, &str); 24] = [
        ("[[tenant]]\ndomain = [\"contoso.com\"]\n", ":2:1", "did you mean `domains`?"),
        ("[[tenant]]\ndomains = \"contoso.com\"\n", ":2:11", "expected a sequence"),
        ("[[tenant]]\ndomains = []\n", ":2:11", "at least one domain"),
        ("[[tenant]]\ndomains = [\"contoso\"]\n", ":2:12", "at least two labels"),
        ("[[tenant]]\ndomains = [\"a.com\"]\ncloud = \"wordlwide\"\n", ":3:9", "did you mean `worldwide`?"),
        ("[[tenant]]\ndomains = [\"a.com\"]\nplatforms = []\n", ":3:13", "at least one platform"),
        (
            "[[tenant]]\ndomains = [\"a.com\"]\nplatforms = [\"symbian\"]\n",
            ":3:14",
            "unknown value `symbian`",
        ),
        (
            "[[tenant]]\nname = \"x\"\ndomains = [\"a.com\"]\n[[tenant]]\nname = \"x\"\ndomains = [\"b.com\"]\n",
            ":5:8",
            "two tenants",
        ),
        ("[network]\ntimeout = \"0s\"\n", ":2:11", "longer than zero"),
        ("[network]\ntimeout = \"10\"\n", ":2:11", "a unit is missing"),
        ("[network]\naddress_families = []\n", ":2:20", "at least one address family"),
        ("[network]\nresolvers = [\"not-an-address\"]\n", ":2:14", "not an address"),
        ("[network]\nresolvers = []\n", ":2:13", "no resolver is named"),
        ("[network]\nconcurrency = 0\n", ":2:15", "between 1 and 65536"),
        ("[network.routes]\n\"sts.contoso.com\" = \"192.0.2.1:443\"\n", ":2:1", "the host needs a port"),
        ("[network.routes]\n\"sts.contoso.com:443\" = \"somewhere\"\n", ":2:1", "not an address with a port"),
        ("[thresholds]\ncertificate_warn = \"3d\"\n", ":2:20", "certificate_warn is shorter"),
        ("[thresholds]\nclock_skew_warn = \"24h\"\n", ":2:19", "clock_skew_warn is larger"),
        ("[trust]\npublic_roots = [\"no-such-file.pem\"]\n", ":2:17", "cannot open"),
        (
            "[[waiver]]\ncheck = \"dns.enterprise-enrollment\"\nuntil = 2027-01-01\n",
            ":1:1",
            "missing field `because`",
        ),
        (
            "[[waiver]]\ncheck = \"dns.enterprise-enrollment\"\nbecause = \"x\"\n",
            ":1:1",
            "missing field `until`",
        ),
        (
            "[[waiver]]\ncheck = \"dns.enterprise-enrolment\"\nbecause = \"x\"\nuntil = 2027-01-01\n",
            ":2:9",
            "did you mean `dns.enterprise-enrollment`?",
        ),
        (
            "[[waiver]]\ncheck = \"dns.enterprise-enrollment\"\nreason = \"nope\"\nbecause = \"x\"\nuntil = 2027-01-01\n",
            ":3:10",
            "its reasons:",
        ),
        ("[[tenant]\n", ":1:", "error"),
    ];
    for (settings, place, words) in cases {
        let shown = refused(settings, &[]);
        assert!(shown.contains(place) && shown.contains(words), "{settings}\n{shown}");
        let line = settings.lines().nth(place[1..2].parse::<usize>().unwrap() - 1).unwrap();
        assert!(shown.contains(line), "the line is shown: {shown}");
    }
}

#[test]
fn files_that_are_named_must_open() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["run", "-c", "missing.toml"][..],
        &["run", "--certificate", "missing.pem"],
        &["run", "--certificate", "."],
    ] {
        let output = enrollcheck(arguments, folder.path());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("missing") || text(&output.stderr).contains("folder"));
    }
    let shown = refused(
        "[[tenant]]\ndomains = [\"contoso.com\"]\n[[tenant.certificate]]\npath = \"gone.pem\"\n",
        &[],
    );
    assert!(shown.contains(":4:8") && shown.contains("gone.pem"), "{shown}");
    let shown = refused(
        "[[tenant]]\ndomains = [\"contoso.com\"]\n[[tenant.certificate]]\npath = \"enrollcheck.toml\"\npassword = { env = \"NO_SUCH_VARIABLE\" }\n",
        &[],
    );
    assert!(shown.contains("NO_SUCH_VARIABLE is not set"), "{shown}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&["run"][..], "nothing to check"),
        (&["run", "contoso.com", "--only", "nds.*"], "matches no check"),
        (
            &["run", "contoso.com", "--only", "dns.enterprise-enrolment"],
            "did you mean dns.enterprise-enrollment?",
        ),
        (&["run", "contoso.com", "--only", "dns.*", "--skip", "dns.*"], "no check is left"),
        (&["run", "contoso.com", "--only", "dns.["], "not a pattern"),
        (&["run", "contoso.com", "--resolver", "nowhere"], "not an address"),
        (&["run", "contoso.com", "--connect-to", "contoso.com=1.2.3.4:5"], "needs a port"),
        (&["run", "contoso.com", "--timeout", "never"], "not a duration"),
        (&["run", "contoso.com", "--proxy", "socks5://127.0.0.1:1"], "not socks5://"),
        (&["run", "contoso.com", "--proxy", "http://a:1", "--no-proxy"], "cannot be used with"),
        (&["run", "contoso.com", "--concurrency", "0"], "0 is not in"),
        (&["run", "contoso.com", "--format", "pdf"], "possible values"),
        (&["explain", "dns.enterprise-enrollment/nope"], "its reasons"),
        (&["explain", "wrong-target"], "dns.enterprise-enrollment/wrong-target"),
    ] {
        let output = enrollcheck(arguments, folder.path());
        let shown = text(&output.stderr);
        assert_eq!(
            (output.status.code(), text(&output.stdout).as_str()),
            (Some(2), ""),
            "{arguments:?} {shown}"
        );
        assert!(shown.contains(words), "{arguments:?}: {shown}");
    }
}

#[test]
fn settings_come_from_where_the_contract_says() {
    let world = wrong();
    let file = world.lab.settings(TENANT).unwrap();
    let default = enrollcheck(&["run", "--only", "dns.*", "-q"], world.lab.folder());
    assert_eq!(default.status.code(), Some(1), "./enrollcheck.toml where no domain is given");
    let elsewhere = tempfile::tempdir().unwrap();
    let by_variable = command(&["run", "--only", "dns.*", "-q"], elsewhere.path())
        .env("ENROLLCHECK_CONFIG", &file)
        .output()
        .unwrap();
    assert_eq!(by_variable.status.code(), Some(1));
    // A folder of files: the tenants of one, the network of the other.
    let whole = std::fs::read_to_string(&file).unwrap();
    let (tenant, rest) = whole.split_at(TENANT.len());
    support::file(elsewhere.path(), "1-tenant.toml", tenant);
    support::file(elsewhere.path(), "2-rest.toml", rest);
    let folder = enrollcheck(&["run", "-c", ".", "--only", "dns.*", "-q"], elsewhere.path());
    assert_eq!(folder.status.code(), Some(1), "{}", text(&folder.stderr));
}

#[test]
fn a_domain_on_the_command_line_joins_the_only_tenant() {
    let world = World::of_names(&["contoso.com", "fabrikam.com"], |_| {});
    let output = run(&world, TENANT, &["-f", "json", "fabrikam.com"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["tenants"].as_array().unwrap().len(), 1);
    assert_eq!(report["summary"]["pass"], 4);
}

// ---------------------------------------------------------------- waivers

#[test]
fn a_waived_finding_keeps_its_status_and_stops_nothing() {
    let waiver = |until: &str, subject: &str| {
        format!(
            "{TENANT}[[waiver]]\ncheck = \"dns.enterprise-enrollment\"\nreason = \"wrong-target\"\nsubject = \"{subject}\"\n\
             because = \"moves with the merger\"\nowner = \"dns@contoso.com\"\nuntil = {until}\n"
        )
    };
    let world = wrong();
    let report = |parts: &str| -> (Option<i32>, Value) {
        // The waiver's own check is selected with the records.
        let output = run(&world, parts, &["-f", "json", "--only", "settings.*"]);
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    };
    let (code, covered) = report(&waiver("2999-01-01", "*.com"));
    assert_eq!((code, covered["verdict"].as_str()), (Some(0), Some("ready")));
    assert_eq!(
        covered["summary"],
        serde_json::json!({ "pass": 1, "warn": 0, "fail": 1, "unknown": 0, "skip": 0, "waived": 1 })
    );
    assert_eq!(covered["findings"][0]["waiver"]["because"], "moves with the merger");
    let (code, expired) = report(&waiver("2020-01-01", "contoso.com"));
    assert_eq!(code, Some(1));
    assert_eq!(expired["findings"][2]["check"], "settings.waiver");
    assert_eq!(expired["findings"][2]["reason"], "expired");
    assert_eq!(expired["findings"][2]["subject"], "dns.enterprise-enrollment contoso.com");
    let (_, unused) = report(&waiver("2999-01-01", "fabrikam.com"));
    assert_eq!(unused["findings"][2]["reason"], "unused");
}

// ---------------------------------------------------------------- list and explain

#[test]
fn the_catalogue_is_listed_for_people_and_machines() {
    let folder = tempfile::tempdir().unwrap();
    let output = enrollcheck(&["list", "--format", "json"], folder.path());
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let check = list.as_array().unwrap().iter().find(|c| c["check"] == "dns.enterprise-enrollment").unwrap();
    assert_eq!((&check["family"], &check["subject"]), (&"dns".into(), &"domain".into()));
    assert!(
        check["reasons"]
            .as_array()
            .unwrap()
            .contains(&serde_json::json!({ "reason": "wrong-target", "status": "fail" }))
    );
    assert!(check.get("cases").is_none());
    assert!(text(&enrollcheck(&["list"], folder.path()).stdout).contains("Windows finds Intune by DNS"));
}

#[test]
fn the_plan_is_the_list_with_its_cases() {
    let mut lab = Lab::with(&["contoso.com"], &support::every_host());
    lab.hosts.change("login.microsoftonline.com", 443, |_| {});
    let world = World::start(lab);
    let file = world.lab.settings("[[tenant]]\ndomains = [\"contoso.com\"]\n").unwrap().display().to_string();
    let output = enrollcheck(&["list", "-c", &file, "-f", "json"], world.lab.folder());
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let cases = |id: &str| {
        list.as_array().unwrap().iter().find(|c| c["check"] == id).unwrap()["cases"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(
        cases("dns.enterprise-enrollment"),
        [serde_json::json!({ "tenant": "contoso.com", "subject": "contoso.com" })]
    );
    assert!(cases("endpoint.reachable").len() > 200);
    // What is planned is what is reported.
    let seen = world.run("[[tenant]]\ndomains = [\"contoso.com\"]\n", &["--only", "endpoint.*"]);
    assert_eq!(seen.findings().len(), cases("endpoint.reachable").len());
}

#[test]
fn explain_says_what_and_how_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let shown = |arguments: &[&str]| {
        text(&command(arguments, folder.path()).env("COLUMNS", "300").output().unwrap().stdout)
    };
    let english = shown(&["explain", "dns.enterprise-enrollment/legacy-target"]);
    assert!(english.contains("What to do") && english.contains("users must confirm the server"), "{english}");
    let french = shown(&["explain", "endpoint.reachable", "--lang", "fr"]);
    assert!(french.contains("Pourquoi c’est important") && french.contains("captive-portal"), "{french}");
    assert!(shown(&["explain", "network.clock/deadline"]).contains("--deadline"));
}

// ---------------------------------------------------------------- certificates in files

#[test]
fn a_certificate_file_needs_no_domain_and_no_network() {
    let world = World::of_names(&["contoso.com"], |_| {});
    let cases = [(90, 0, "ok"), (20, 0, "expires-soon"), (3, 1, "expires-very-soon"), (-3, 1, "expired")];
    for (days, code, reason) in cases {
        let pem = world
            .lab
            .authority
            .leaf_pem(&["radius.contoso.com"], Dates { from_days: -100, until_days: days });
        support::file(world.lab.folder(), "radius.pem", pem);
        let output = enrollcheck(&["run", "--certificate", "radius.pem", "-f", "json"], world.lab.folder());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{days}");
        let finding = &report["findings"][0];
        assert_eq!(
            (finding["tenant"].as_str(), finding["subject"].as_str()),
            (Some("*"), Some("radius.pem"))
        );
        assert_eq!(finding["reason"], reason, "{days}");
        assert!(finding["expires_at"].is_string());
        assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    }
}

// ---------------------------------------------------------------- interruption

#[cfg(unix)]
#[test]
fn an_interrupted_run_reports_what_is_known() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut lab = Lab::with(&["contoso.com"], &support::every_host());
        lab.hosts.change("manage.microsoft.com", 443, |m| m.fault = Some(lab::Trouble::Silent));
        let world = World::start(lab);
        let file = world.lab.settings(TENANT).unwrap().display().to_string();
        let arguments =
            ["run", "-c", &file, "-f", "jsonl", "--timeout", "60s", "--record", "cut.jsonl.gz", "--redact"];
        let mut child =
            command(&arguments, world.lab.folder()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        // The signal goes when the first finding has come: the run is then under way.
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        let first = lines.next().unwrap().unwrap();
        assert!(first.starts_with('{'));
        let pid = child.id().to_string();
        assert!(
            std::process::Command::new("kill")
                .args([&format!("-{signal}"), &pid])
                .status()
                .unwrap()
                .success()
        );
        let rest: Vec<Value> = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let (last, findings) = rest.split_last().unwrap();
        assert_eq!(last["complete"], false);
        let silent = findings.iter().find(|f| f["subject"] == "manage.microsoft.com:443").unwrap();
        assert_eq!(silent["reason"], "interrupted");
        // The evidence is whole, and a stranger comes no further with it.
        let again = command(&["run", "--replay", "cut.jsonl.gz", "-f", "jsonl"], world.lab.folder());
        let again = String::from_utf8({ again }.output().unwrap().stdout).unwrap();
        let told = again.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let reasons = |findings: Vec<Value>| {
            let judged = findings.iter().map(|f| format!("{} {}", f["check"], f["reason"]));
            judged.filter(|judged| !judged.contains("null")).collect::<std::collections::BTreeSet<_>>()
        };
        let first = serde_json::from_str(&first).unwrap();
        assert_eq!(reasons(told.collect()), reasons([vec![first], findings.to_vec()].concat()));
    }
}
