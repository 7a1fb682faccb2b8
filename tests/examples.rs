//! Examples stay true: each is read by the program that it is written for, where that is installed, and names only what
//! this program has.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(unix)]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::{Authority, Dates, Record};
use serde_json::Value;
use support::real::installed;
use support::{World, enrollcheck, file};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Runs another program; what it said, on either stream.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
    said
}

// ---------------------------------------------------------------- monitoring

#[test]
fn promtool_takes_the_rules_and_fires_every_alert() {
    let Some(promtool) = installed("promtool") else { return };
    let folder = root().join("examples/monitoring/prometheus");
    for what in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        said(Command::new(&promtool).args(what).current_dir(&folder));
    }
    let tests = read("examples/monitoring/prometheus/alerts_test.yml");
    for name in read("examples/monitoring/prometheus/alerts.yml")
        .lines()
        .filter_map(|line| line.split_once("- alert: "))
    {
        assert!(
            tests.contains(&format!("alertname: {}\n        exp_alerts:", name.1)),
            "{} is not fired",
            name.1
        );
    }
}

/// The names that a text puts together like metrics of this program.
fn metrics(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("enrollcheck_")).map(str::to_owned).collect()
}

/// Every text under a key, however deep.
fn texts_of(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get(key).and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| texts_of(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, key, found)),
        _ => {}
    }
}

#[test]
fn alerts_dashboard_and_page_name_the_metrics_that_there_are() {
    let world = World::of_names(&["contoso.com"], |_| {});
    let pem = world.lab.authority.leaf_pem(&["radius.contoso.com"], Dates::default());
    file(world.lab.folder(), "radius.pem", pem);
    let settings = world.lab.settings("[[tenant]]\ndomains = [\"contoso.com\"]\n").unwrap();
    let arguments = ["run", "-c", &settings.display().to_string(), "--certificate", "radius.pem"];
    let arguments =
        [&arguments[..], &["--only", "dns.*", "--only", "certificate.*", "-f", "prometheus"]].concat();
    let output = String::from_utf8(enrollcheck(&arguments, world.lab.folder()).stdout).unwrap();
    let types = output.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let known: BTreeSet<String> = types.map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert!(known.len() >= 6, "{known:?}");

    let dashboard: Value = serde_json::from_str(&read("examples/monitoring/grafana/dashboard.json")).unwrap();
    let mut expressions = Vec::new();
    for key in ["expr", "query", "definition"] {
        texts_of(&dashboard, key, &mut expressions);
    }
    assert!(expressions.len() >= 10, "{expressions:?}");
    let asked = metrics(&expressions.join(" "));
    assert!(asked.is_subset(&known), "dashboard.json: {:?}", asked.difference(&known));

    let alerts = read("examples/monitoring/prometheus/alerts.yml");
    let asked = metrics(&alerts);
    assert!(!asked.is_empty() && asked.is_subset(&known), "alerts.yml: {:?}", asked.difference(&known));
    let page = read("docs/monitoring.md");
    assert!(
        known.iter().all(|metric| page.contains(&format!("`{metric}`"))),
        "docs/monitoring.md: {known:?}"
    );

    // And the labels that messages of alerts speak of, the machine's own one aside.
    for label in alerts.split("$labels.").skip(1) {
        let label = label.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap();
        assert!(label == "instance" || output.contains(&format!("{label}=\"")), "no label {label}");
    }
}

// ---------------------------------------------------------------- schedules

#[test]
fn systemd_takes_the_units() {
    let Some(analyze) = installed("systemd-analyze") else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_enrollcheck");
    for unit in ["enrollcheck.service", "enrollcheck.timer"] {
        let text = read(&format!("examples/schedules/systemd/{unit}"));
        assert_eq!(text.contains("=/usr/bin/enrollcheck "), unit.ends_with("service"), "{unit}");
        file(folder.path(), unit, text.replace("/usr/bin/enrollcheck", program));
    }
    let more = folder.path().join("enrollcheck.service.d");
    std::fs::create_dir(&more).unwrap();
    file(&more, "textfile.conf", read("examples/schedules/systemd/textfile.conf"));
    let verify = ["verify", "--man=no", "./enrollcheck.service", "./enrollcheck.timer"];
    let said = said(Command::new(analyze).args(verify).current_dir(folder.path()));
    // It also speaks of other units of the machine, and takes what it does not know for a trifle.
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("enrollcheck")).collect();
    assert!(ours.is_empty(), "{said}");
}

#[test]
fn the_task_of_windows_is_xml() {
    let Some(xmllint) = installed("xmllint") else { return };
    let task = root().join("examples/schedules/windows/enrollcheck-task.xml");
    assert_eq!(said(Command::new(xmllint).arg("--noout").arg(task)), "");
}

/// The words of the command line that begins a text, up to what a shell or a markup ends it with.
fn words(text: &str) -> Vec<String> {
    let line = text.replace("\\\n", " ");
    let line = line.split(['\n', '<', '`']).next().unwrap();
    let mut words = Vec::new();
    for word in line.split_whitespace() {
        if matches!(word, ">" | "|" | "||" | "&&" | ";" | "}" | "#") || word.starts_with("2>") {
            break;
        }
        words.push(word.trim_matches(['\'', '"']).to_owned());
    }
    words
}

/// The same where it is a list with quotation marks and commas.
fn listed(text: &str) -> Vec<String> {
    let list = text.split(']').next().unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn schedules_name_only_options_that_there_are() {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for (path, least) in [
        ("examples/schedules/systemd/enrollcheck.service", 1),
        ("examples/schedules/cron/enrollcheck", 1),
        ("examples/schedules/kubernetes/cronjob.yaml", 1),
        ("examples/schedules/windows/enrollcheck-task.xml", 1),
        ("examples/schedules/github-actions/enrollcheck.yml", 1),
        ("examples/monitoring/nagios/enrollcheck.cfg", 1),
        ("examples/monitoring/prometheus/alerts.yml", 1),
        ("docs/ci.md", 2),
        ("docs/monitoring.md", 2),
        ("docs/packaging.md", 1),
    ] {
        let text = read(path);
        let before = lines.len();
        let mut add = |words: Vec<String>| lines.push((path.to_owned(), words));
        for command in ["enrollcheck run ", "enrollcheck:0.1.0 run ", "<Arguments>run "] {
            let place = command.len() - "run ".len();
            text.match_indices(command).for_each(|(at, _)| add(words(&text[at + place..])));
        }
        for list in ["args: [", "command = ["] {
            for (at, _) in text.match_indices(list) {
                let mut words = listed(&text[at..]);
                words.retain(|word| word != "/usr/bin/enrollcheck");
                add(words);
            }
        }
        assert!(lines.len() >= before + least, "{path} has command lines");
    }
    let folder = tempfile::tempdir().unwrap();
    for (path, words) in lines {
        // Macros of Nagios and Icinga stand for a domain.
        let words = words
            .iter()
            .map(|word| if word.contains('$') && !word.contains('=') { "contoso.com" } else { word });
        let arguments: Vec<&str> = words.chain(["--help"]).collect();
        assert_eq!(arguments[0], "run", "{path}: {arguments:?}");
        let output = enrollcheck(&arguments, folder.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{path}: {arguments:?}\n{said}");
    }
    // The proof that this would be seen.
    assert!(!enrollcheck(&["run", "--no-such-option", "--help"], folder.path()).status.success());
}

// ---------------------------------------------------------------- settings

/// The settings within the Kubernetes manifest.
fn of_kubernetes() -> String {
    let manifest = read("examples/schedules/kubernetes/cronjob.yaml");
    let settings = manifest.split("enrollcheck.toml: |\n").nth(1).unwrap().split("---").next().unwrap();
    settings.lines().map(|line| format!("{}\n", line.trim())).collect()
}

/// Settings with what is commented out in use.
fn in_use(text: &str) -> String {
    let is_key = |line: &str| {
        line.starts_with('[')
            || line
                .split_once(" = ")
                .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    let lines = text.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_key(rest)).unwrap_or(line));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The settings of every example and of the page, by what they are.
fn settings() -> Vec<(String, String)> {
    let example = read("examples/enrollcheck.toml");
    let mut all = vec![
        ("the Kubernetes manifest".to_owned(), of_kubernetes()),
        ("examples/enrollcheck.toml, all in use".to_owned(), in_use(&example)),
        ("examples/enrollcheck.toml".to_owned(), example),
    ];
    let page = read("docs/settings.md");
    let blocks = page.split("```toml\n").skip(1).filter_map(|block| block.split("```").next());
    all.extend(blocks.map(|block| (format!("docs/settings.md:\n{block}"), block.to_owned())));
    all
}

#[test]
fn settings_of_examples_are_accepted() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["lab-root.pem", "contoso-root.pem", "lab-apple.pem", "radius.pem", "apns.pem", "apns-last-year.pem"]
    {
        file(folder.path(), name, Authority::new().root_pem());
    }
    assert!(
        in_use("# [network]\n# proxy = 1\n# Read this = then that\n")
            .starts_with("[network]\nproxy = 1\n# Read")
    );
    for (what, text) in settings() {
        let path = file(folder.path(), "enrollcheck.toml", text).display().to_string();
        let mut list = support::command(&["list", "-c", &path], folder.path());
        for secret in ["PROXY_PASSWORD", "RADIUS_PFX_PASSWORD", "APNS_PFX_PASSWORD"] {
            list.env(secret, "x");
        }
        // Nothing is asked of any network: a plan of these checks needs no discovery.
        let output = list.args(["--only", "dns.*", "--no-proxy"]).output().unwrap();
        assert!(output.status.success(), "{what}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

// ---------------------------------------------------------------- schemas

/// Reads documents (TOML, or JSON where the name says so) and validates each; the schema comes first.
const VALIDATE: &str = r#"
import datetime, json, sys, tomllib, jsonschema
with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
kind = jsonschema.validators.validator_for(schema)
kind.check_schema(schema)
def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value
bad = 0
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        document = json.load(file) if path.endswith(".json") else plain(tomllib.load(file))
    for error in kind(schema, format_checker=kind.FORMAT_CHECKER).iter_errors(document):
        bad += 1
        print(path, list(error.absolute_path), error.message[:300])
sys.exit(bad > 0)
"#;

/// A Python with the two modules.
fn python() -> Option<&'static str> {
    let has_both = |python: &&str| {
        let tried = Command::new(python).args(["-c", "import jsonschema, tomllib"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(has_both);
    let required = std::env::var("ENROLLCHECK_REAL_SERVERS").is_ok_and(|value| value == "required");
    assert!(found.is_some() || !required, "no python3 with jsonschema is installed");
    found
}

/// What is wrong with the documents, as the schema has it.
fn complaints(python: &str, schema: &Path, documents: &[PathBuf]) -> String {
    let output = Command::new(python).args(["-c", VALIDATE]).arg(schema).args(documents).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn schema(of: &str, folder: &Path) -> PathBuf {
    file(folder, &format!("schema-{of}.json"), enrollcheck(&["schema", of], folder).stdout)
}

#[test]
fn settings_are_what_their_schema_says() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let schema = schema("config", folder.path());
    let all = settings().into_iter().enumerate();
    let files: Vec<PathBuf> =
        all.map(|(place, (_, text))| file(folder.path(), &format!("{place}.toml"), text)).collect();
    assert_eq!(complaints(python, &schema, &files), "");
    for wrong in [
        "[[tenant]]\ndomain = [\"contoso.com\"]\n",
        "[network]\ntimeout = 10\n",
        "[[waiver]]\ncheck = \"dns.x\"\n",
    ] {
        let wrong = file(folder.path(), "wrong.toml", wrong);
        assert_ne!(complaints(python, &schema, &[wrong]), "", "the schema sees mistakes");
    }
}

#[test]
fn a_real_report_is_what_its_schema_says() {
    let Some(python) = python() else { return };
    let world = World::of_endpoints(|lab| {
        lab.names.set("enterpriseenrollment.contoso.com", Record::Cname("mdm.example.net".into()));
        lab.names.set("mdm.example.net", Record::A([127, 0, 0, 9].into()));
        lab.hosts.change("gdmf.apple.com", 443, |manner| manner.fault = Some(lab::Trouble::Refused));
        lab.names.resolver("enterpriseregistration.contoso.com", lab::Fault::ServFail);
    });
    let folder = world.lab.folder();
    file(folder, "radius.pem", world.lab.authority.leaf_pem(&["radius.contoso.com"], Dates::default()));
    let parts = "[[tenant]]\ndomains = [\"contoso.com\"]\n[[tenant.certificate]]\npath = \"radius.pem\"\n\
                 [[waiver]]\ncheck = \"dns.enterprise-enrollment\"\nbecause = \"known\"\nuntil = 2099-01-01\n";
    let mut reports = Vec::new();
    for language in ["en", "fr"] {
        let seen = world.run(parts, &["--lang", language]);
        let count = |status: &str| seen.report["summary"][status].as_u64().unwrap();
        for status in ["pass", "warn", "fail", "unknown", "skip", "waived"] {
            assert!(count(status) > 0, "a report with every status: {status} {}", seen.report["summary"]);
        }
        reports.push(file(folder, &format!("{language}.json"), seen.report.to_string()));
    }
    let schema = schema("report", folder);
    assert_eq!(complaints(python, &schema, &reports), "");
    let wrong =
        std::fs::read_to_string(&reports[0]).unwrap().replace("\"status\":\"fail\"", "\"status\":\"bad\"");
    assert_ne!(
        complaints(python, &schema, &[file(folder, "wrong.json", wrong)]),
        "",
        "the schema sees mistakes"
    );
}
