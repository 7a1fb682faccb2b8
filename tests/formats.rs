//! The same report in every format, with text that would like to be markup; each read by its own validator where that
//! is installed.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(unix)]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use lab::{Dates, Record};
use serde_json::Value;
use support::World;
use support::real::installed;

const HOSTILE: &str = "=cmd,\"<b>[x](y)|`z`;$.pem";

/// Every status but one, a waiver, and a file whose name is hostile.
fn world() -> (World, String) {
    let world = World::of_names(&["contoso.com", "fabrikam.com"], |names| {
        names.set("enterpriseenrollment.contoso.com", Record::Cname("mdm.example.net".into()));
        names.set("mdm.example.net", Record::A([127, 0, 0, 9].into()));
        names.resolver("enterpriseregistration.fabrikam.com", lab::Fault::ServFail);
    });
    let pem =
        world.lab.authority.leaf_pem(&["radius.contoso.com"], Dates { from_days: -300, until_days: 20 });
    std::fs::write(world.lab.folder().join(HOSTILE), pem).unwrap();
    let parts = format!(
        "[[tenant]]\nname = \"<i>&|\\u202e,\"\ndomains = [\"contoso.com\", \"fabrikam.com\"]\ncloud = \"worldwide\"\n\
         [[tenant.certificate]]\npath = {HOSTILE:?}\n\
         [[waiver]]\ncheck = \"dns.enterprise-enrollment\"\nsubject = \"contoso.com\"\nbecause = \"<script>|`\"\nuntil = 2099-01-01\n"
    );
    let settings = world.lab.settings(&parts).unwrap().display().to_string();
    (world, settings)
}

fn run(world: &World, settings: &str, more: &[&str]) -> (Option<i32>, String) {
    let mut arguments = vec!["run", "-c", settings, "--only", "dns.*", "--only", "certificate.*"];
    arguments.extend(more);
    let output = support::enrollcheck(&arguments, world.lab.folder());
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// What a program says of a text, whatever it thinks of it.
fn said_of(program: &Path, arguments: &[&str], text: &str) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    String::from_utf8_lossy(&child.wait_with_output().unwrap().stderr).into_owned()
}

fn accepted(program: &Path, arguments: &[&str], text: &str) {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.trim().is_empty(), "{said}\n{text}");
}

/// The fields of RFC 4180.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (quoted, c) {
            (true, '"') if characters.peek() == Some(&'"') => field.push(characters.next().unwrap()),
            (true, '"') => quoted = false,
            (false, '"') => quoted = true,
            (false, ',') => record.push(std::mem::take(&mut field)),
            (false, '\r') => {
                assert_eq!(characters.next(), Some('\n'));
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            (_, c) => field.push(c),
        }
    }
    assert!(record.is_empty() && field.is_empty() && !quoted);
    records
}

#[test]
fn every_format_from_one_run_and_none_is_misled() {
    let (world, settings) = world();
    let formats = [
        "json",
        "jsonl",
        "junit",
        "markdown",
        "html",
        "csv",
        "prometheus",
        "nagios",
        "sarif",
        "ics",
        "human",
    ];
    let outputs: Vec<String> = formats.iter().map(|format| format!("{format}=out.{format}")).collect();
    let mut arguments = vec!["-q"];
    for output in &outputs {
        arguments.extend(["-o", output]);
    }
    for language in ["en", "fr"] {
        let (code, _) = run(&world, &settings, &[&arguments[..], &["--lang", language]].concat());
        assert_eq!(code, Some(3), "nothing open fails, and something is unknown");
        let read =
            |format: &str| std::fs::read_to_string(world.lab.folder().join(format!("out.{format}"))).unwrap();
        let json: Value = serde_json::from_str(&read("json")).unwrap();
        let count = json["findings"].as_array().unwrap().len();

        let csv = records(&read("csv"));
        assert_eq!(csv.len(), count + 1);
        assert!(csv.iter().all(|record| record.len() == 11));
        assert!(csv.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '@'])), "no cell is a formula");

        let sarif: Value = serde_json::from_str(&read("sarif")).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), count);
        let file =
            |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
        assert!(
            results.iter().all(|result| file(result) == "enrollcheck.toml"),
            "code scanning wants a file"
        );

        let junit = read("junit");
        assert_eq!(junit.matches("<testcase ").count(), count);
        assert!(!junit.contains("<b>") && !junit.contains("<script>") && !junit.contains('\u{202e}'));
        if let Some(xmllint) = installed("xmllint") {
            accepted(&xmllint, &["--noout", "-"], &junit);
        }
        let prometheus = read("prometheus");
        assert_eq!(prometheus.matches("enrollcheck_finding_status{").count(), count);
        if let Some(promtool) = installed("promtool") {
            accepted(&promtool, &["check", "metrics"], &prometheus);
        }
        let nagios = read("nagios");
        assert!(nagios.lines().next().unwrap().starts_with("ENROLLCHECK UNKNOWN"));
        assert_eq!(nagios.matches('|').count(), 1, "one bar, before the figures: {nagios}");

        let markdown = read("markdown");
        assert!(!markdown.contains("<b>") && !markdown.contains("<script>"), "{markdown}");

        let html = read("html");
        assert_eq!(html.matches("<script").count(), 1, "the page's own script and no other");
        assert!(!html.contains("<b>") && !html.contains("<i>") && !html.contains('\u{202e}'));
        assert!(
            ["src=", "url(", "<link", "@import"].iter().all(|load| !html.contains(load)),
            "it loads nothing"
        );
        assert!(html.contains(&format!("<html lang=\"{language}\">")));
        let cards: usize = html
            .split("data-count=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next()?.parse::<usize>().ok())
            .sum();
        assert_eq!(cards, count, "every finding is on the page");
        if let Some(xmllint) = installed("xmllint") {
            // The parser of HTML 4 does not know the newer elements' names; it does see broken markup.
            let output = said_of(&xmllint, &["--html", "--noout", "-"], &html);
            let broken =
                output.lines().filter(|line| line.contains("error")).filter(|line| !line.contains("Tag "));
            assert_eq!(broken.collect::<Vec<_>>(), Vec::<&str>::new());
        }

        let ics = read("ics");
        assert!(ics.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
        assert_eq!(ics.matches("BEGIN:VEVENT").count(), 1);
        assert_eq!(ics.matches("BEGIN:VALARM").count(), 3);
        assert_eq!(read("jsonl").lines().count(), count + 1);
        assert!(!read("human").contains('\u{1b}'), "no colours in files");
    }
}

/// Every format that speaks of single findings says which are waived; a calendar only knows days.
#[test]
fn a_waived_finding_is_marked_wherever_it_is_told() {
    let (world, settings) = world();
    const FORMATS: [&str; 10] =
        ["human", "json", "jsonl", "junit", "markdown", "html", "csv", "prometheus", "nagios", "sarif"];
    const CHECK: &str = "dns.enterprise-enrollment";
    let outputs = FORMATS.map(|format| format!("{format}=out.{format}"));
    let mut arguments = vec!["-q"];
    outputs.iter().for_each(|output| arguments.extend(["-o", output]));
    run(&world, &settings, &arguments);
    let read =
        |format: &str| std::fs::read_to_string(world.lab.folder().join(format!("out.{format}"))).unwrap();
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let is_it = |finding: &Value| finding["check"] == CHECK && finding["subject"] == "contoso.com";

    assert_eq!(read("human").matches("  waived   until 2099-01-01: <script>|`").count(), 1);
    let report = json(&read("json"));
    let findings = report["findings"].as_array().unwrap();
    for finding in findings {
        assert_eq!(finding["waiver"].is_object(), is_it(finding), "{finding}");
        assert!(!is_it(finding) || finding["status"] == "fail", "it keeps its status");
    }
    assert_eq!(report["summary"]["waived"], 1);
    let lines = read("jsonl");
    let told = lines.lines().map(json).find(is_it).unwrap();
    assert_eq!(told["waiver"]["until"], "2099-01-01");

    let junit = read("junit");
    let case = junit.split("<testcase ").find(|case| case.contains("contoso.com wrong-target")).unwrap();
    assert!(case.contains("<skipped message=\"waived until 2099-01-01: "), "{case}");
    assert!(!junit.contains("<failure"), "nothing else fails");
    let markdown = read("markdown");
    let part = markdown.split("### ").find(|part| part.starts_with(&format!("`{CHECK}/wrong-target`")));
    assert!(part.unwrap().contains("**waived**: ") && markdown.matches("**waived**").count() == 1);
    let html = read("html");
    assert_eq!(html.matches("<article class=\"fail waived\"").count(), 1);
    assert_eq!(html.matches("until 2099-01-01: &lt;script&gt;").count(), 1);

    let csv = records(&read("csv"));
    let waived: Vec<_> = csv.iter().skip(1).filter(|record| !record[10].is_empty()).collect();
    assert_eq!(waived.len(), 1);
    assert_eq!((waived[0][1].as_str(), waived[0][9].as_str()), (CHECK, "<script>|`"));
    let prometheus = read("prometheus");
    let waived: Vec<_> = prometheus.lines().filter(|line| line.contains("waived=\"true\"")).collect();
    assert!(waived.len() == 1 && waived[0].contains("status=\"fail\""), "{waived:?}");
    let sarif = json(&read("sarif"));
    let suppressed = |result: &&Value| result["suppressions"].is_array();
    let results: Vec<_> = sarif["runs"][0]["results"].as_array().unwrap().iter().filter(suppressed).collect();
    assert_eq!(results.len(), 1);
    assert_eq!(
        (&results[0]["ruleId"], &results[0]["suppressions"][0]["kind"]),
        (&CHECK.into(), &"external".into())
    );
    let nagios = read("nagios");
    assert!(nagios.contains(" waived=1 ") && !nagios.contains("CRITICAL"), "{nagios}");
    assert!(!nagios.contains(&format!("{CHECK}/wrong-target")), "{nagios}");
}

#[test]
fn findings_under_different_waivers_are_told_apart() {
    let hosts = ["remoteassistance.support.services.microsoft.com", "teams.microsoft.com"];
    let world = World::of_endpoints(|lab| {
        for host in hosts {
            lab.hosts.change(host, 443, |manner| manner.fault = Some(lab::Trouble::Refused));
        }
    });
    let waiver = |host: &str, because: &str| {
        format!(
            "[[waiver]]\ncheck = \"endpoint.reachable\"\nsubject = \"{host}:443\"\nbecause = \"{because}\"\nuntil = 2099-01-01\n"
        )
    };
    let parts = format!(
        "[[tenant]]\ndomains = [\"contoso.com\"]\n{}{}",
        waiver(hosts[0], "first reason"),
        waiver(hosts[1], "second reason")
    );
    let settings = world.lab.settings(&parts).unwrap().display().to_string();
    for format in ["human", "html"] {
        let arguments = ["run", "-c", &settings, "--only", "endpoint.*", "-f", format];
        let output = support::enrollcheck(&arguments, world.lab.folder());
        let text = String::from_utf8(output.stdout).unwrap();
        for because in ["first reason", "second reason"] {
            assert_eq!(text.matches(because).count(), 1, "{format}: {because}\n{text}");
        }
    }
}

#[test]
fn the_exit_code_is_the_formats_only_for_nagios() {
    let (world, settings) = world();
    for format in
        ["human", "json", "jsonl", "junit", "markdown", "html", "csv", "prometheus", "sarif", "ics", "nagios"]
    {
        assert_eq!(run(&world, &settings, &["-f", format]).0, Some(3), "{format}");
    }
    let certificate = ["--only", "certificate.validity", "--skip", "dns.*"];
    assert_eq!(run(&world, &settings, &[&certificate[..], &["-f", "nagios"]].concat()).0, Some(1));
    assert_eq!(run(&world, &settings, &[&certificate[..], &["-f", "json"]].concat()).0, Some(0));
}

#[test]
fn a_file_that_cannot_be_written_leaves_the_old_one() {
    let (world, settings) = world();
    let (code, _) = run(&world, &settings, &["-q", "-o", "json=no/such/folder.json"]);
    assert_eq!(code, Some(2));
    for bad in ["json", "json=", "nope=file"] {
        assert_eq!(run(&world, &settings, &["-o", bad]).0, Some(2), "{bad}");
    }
    // What can be written is, whatever becomes of the rest.
    for format in ["human", "jsonl"] {
        let arguments =
            ["-f", format, "-o", "csv=/dev/full", "-o", "json=whole.json", "--record", "whole.jsonl"];
        assert_eq!(run(&world, &settings, &arguments).0, Some(2), "{format}");
        for file in ["whole.json", "whole.jsonl"] {
            let path = world.lab.folder().join(file);
            assert!(std::fs::metadata(&path).unwrap().len() > 100, "{format} {file}");
            std::fs::remove_file(path).unwrap();
        }
    }
    let old = world.lab.folder().join("kept");
    std::fs::create_dir(&old).unwrap();
    let (code, _) = run(&world, &settings, &["-q", "-o", "json=kept"]);
    assert_eq!(code, Some(2), "a folder is no file");
    let left = std::fs::read_dir(world.lab.folder()).unwrap();
    assert!(left.flatten().all(|entry| !entry.file_name().to_string_lossy().ends_with(".part")));
}
