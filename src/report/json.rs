//! The report as one JSON document.

use std::io::{self, Write};

use checks::{Message, Reference};
use serde::{Serialize, Serializer};

use super::evidence::{Book, Evidence};
use super::{Format, Report, TenantReport, write_json_pretty};
use crate::finding::{Finding, Summary, Verdict};
use crate::language::{Language, Said, pick};
use crate::waivers::Coverage;

/// Grows when a reader of the last version would misread the new one.
pub(crate) const SCHEMA_VERSION: u32 = 1;

pub struct Json;

impl Format for Json {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let document = Document { head: Head::of(report), book: Book::pretty() };
        write_json_pretty(out, &document)?;
        writeln!(out)
    }
}

struct Document<'a> {
    head: Head<'a>,
    book: Book,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Report", 13)?;
        self.head.fields(&mut fields)?;
        fields.serialize_field("findings", &Findings(self))?;
        fields.end()
    }
}

/// Made one after the other as they are written.
struct Findings<'a>(&'a Document<'a>);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Document { head, book } = self.0;
        let language = head.report.language;
        serializer.collect_seq(head.report.findings.iter().map(|f| FindingDocument::of(f, language, book)))
    }
}

/// Everything but the findings.
pub(super) struct Head<'a> {
    report: &'a Report,
}

impl<'a> Head<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        Self { report }
    }

    fn fields<S: serde::ser::SerializeStruct>(&self, fields: &mut S) -> Result<(), S::Error> {
        let report = self.report;
        fields.serialize_field("schema_version", &SCHEMA_VERSION)?;
        fields.serialize_field("tool", &Tool::of(report))?;
        fields
            .serialize_field("started_at", &report.started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())?;
        fields.serialize_field("judged_at", &report.judged_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())?;
        fields.serialize_field("elapsed_ms", &report.elapsed_ms)?;
        fields.serialize_field("complete", &report.complete())?;
        fields.serialize_field("language", report.language.code())?;
        fields.serialize_field("resolvers", &report.resolvers)?;
        fields.serialize_field("verdict", &report.verdict)?;
        fields.serialize_field("summary", &report.summary)?;
        let tenants: Vec<TenantDocument<'_>> = report.tenants.iter().map(TenantDocument::of).collect();
        fields.serialize_field("tenants", &tenants)?;
        fields.serialize_field("checks", &report.checks)
    }
}

impl Serialize for Head<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Report", 12)?;
        self.fields(&mut fields)?;
        fields.end()
    }
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'static str,
    catalogue_date: &'a str,
}

impl<'a> Tool<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            name: "enrollcheck",
            version: env!("CARGO_PKG_VERSION"),
            catalogue_date: &report.catalogue_date,
        }
    }
}

#[derive(Serialize)]
struct TenantDocument<'a> {
    name: &'a str,
    verdict: Verdict,
    summary: Summary,
}

impl<'a> TenantDocument<'a> {
    fn of(tenant: &'a TenantReport) -> Self {
        Self { name: &tenant.name, verdict: tenant.verdict, summary: tenant.summary }
    }
}

/// A finding in one language.
#[derive(Serialize)]
pub(super) struct FindingDocument<'a> {
    tenant: &'a str,
    check: &'static str,
    subject: &'a str,
    status: &'static str,
    reason: &'static str,
    summary: &'a str,
    remedy: Option<String>,
    wanted: Option<&'a str>,
    found: Vec<&'a str>,
    affects: &'a str,
    notes: Vec<&'a str>,
    evidence: Evidence<'a>,
    expires_at: Option<String>,
    references: Vec<ReferenceDocument>,
    symptoms: Vec<&'static str>,
    waiver: Option<&'a Coverage>,
    elapsed_ms: u64,
}

#[derive(Serialize)]
pub(crate) struct ReferenceDocument {
    title: &'static str,
    url: &'static str,
}

impl ReferenceDocument {
    pub(crate) fn of(reference: &Reference, language: Language) -> Self {
        Self { title: pick(reference.title, language), url: reference.url }
    }
}

impl<'a> FindingDocument<'a> {
    pub(super) fn of(finding: &'a Finding, language: Language, book: &'a Book) -> Self {
        let outcome = &finding.outcome;
        let all = |messages: &'a [Message]| messages.iter().map(|m| m.said(language)).collect();
        let good = matches!(finding.status(), checks::Status::Pass | checks::Status::Skip);
        Self {
            tenant: &finding.tenant,
            check: finding.check.id,
            subject: &finding.subject,
            status: finding.status().as_str(),
            reason: outcome.reason.id,
            summary: outcome.summary.said(language),
            remedy: outcome.remedy.as_ref().filter(|_| !good).map(|r| r.text().said(language).to_owned()),
            wanted: outcome.wanted.as_ref().map(|wanted| wanted.said(language)),
            found: all(&outcome.found),
            affects: match &outcome.affects {
                Some(affects) => affects.said(language),
                None => pick(finding.check.affects, language),
            },
            notes: all(&outcome.notes),
            evidence: Evidence { finding, book },
            expires_at: outcome.expires_at.map(|t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            references: finding.check.references.iter().map(|r| ReferenceDocument::of(r, language)).collect(),
            symptoms: finding.check.symptoms.iter().map(|s| pick(*s, language)).collect(),
            waiver: finding.waiver.as_ref(),
            elapsed_ms: finding.elapsed_ms,
        }
    }
}
