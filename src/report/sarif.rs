//! SARIF 2.1.0: for code scanning views and whatever else collects results.

use std::collections::BTreeMap;
use std::io::{self, Write};

use checks::{Check, Status};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Format, Report, printable, write_json_pretty};
use crate::finding::Finding;
use crate::language::{Language, Said, pick};

pub struct Sarif;

/// Code scanning takes only what belongs to a file; the settings stand for what is looked at.
const FILE: &str = "enrollcheck.toml";

impl Format for Sarif {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let language = report.language;
        let rules: BTreeMap<&str, &Check> =
            report.findings.iter().map(|finding| (finding.check.id, finding.check)).collect();
        let places: BTreeMap<&str, usize> =
            rules.keys().enumerate().map(|(place, id)| (*id, place)).collect();
        let document = Document {
            schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool: json!({ "driver": {
                    "name": "enrollcheck",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules.values().map(|check| rule(check, language)).collect::<Vec<_>>(),
                }}),
                invocations: json!([{
                    "executionSuccessful": report.complete(),
                    "startTimeUtc": report.started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                }]),
                results: Results { report, places },
            }],
        };
        write_json_pretty(out, &document)?;
        writeln!(out)
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
struct Run<'a> {
    tool: Value,
    invocations: Value,
    results: Results<'a>,
}

/// Made one after the other as they are written.
struct Results<'a> {
    report: &'a Report,
    places: BTreeMap<&'a str, usize>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let language = self.report.language;
        serializer.collect_seq(self.report.findings.iter().map(|f| result(f, &self.places, language)))
    }
}

fn rule(check: &Check, language: Language) -> Value {
    let mut rule = json!({
        "id": check.id,
        "shortDescription": { "text": pick(check.title, language) },
        "fullDescription": { "text": pick(check.why, language) },
    });
    if let (Some(reference), Some(map)) = (check.references.first(), rule.as_object_mut()) {
        map.insert("helpUri".into(), json!(reference.url));
    }
    rule
}

fn result(finding: &Finding, places: &BTreeMap<&str, usize>, language: Language) -> Value {
    let outcome = &finding.outcome;
    let (kind, level) = match finding.status() {
        Status::Pass => ("pass", "none"),
        Status::Skip => ("notApplicable", "none"),
        Status::Unknown => ("open", "none"),
        Status::Warn => ("fail", "warning"),
        Status::Fail => ("fail", "error"),
    };
    let mut text = printable(outcome.summary.said(language)).into_owned();
    if let Some(remedy) = outcome.remedy.as_ref().filter(|_| finding.needs_action()) {
        text.push_str("\n\n");
        text.push_str(&printable(remedy.text().said(language)));
    }
    let name = format!("{}/{}", finding.tenant, finding.subject);
    let mut result = json!({
        "ruleId": finding.check.id,
        "ruleIndex": places.get(finding.check.id),
        "kind": kind,
        "level": level,
        "message": { "text": text },
        "locations": [{
            "logicalLocations": [{ "fullyQualifiedName": printable(&name) }],
            "physicalLocation": { "artifactLocation": { "uri": FILE }, "region": { "startLine": 1 } },
        }],
        "partialFingerprints": { "subject/v1": name, "reason/v1": finding.reason_id() },
    });
    if let (Some(waiver), Some(map)) = (&finding.waiver, result.as_object_mut()) {
        let because = printable(&waiver.because).into_owned();
        map.insert("suppressions".into(), json!([{ "kind": "external", "justification": because }]));
    }
    result
}
