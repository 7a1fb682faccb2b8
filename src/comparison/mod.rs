//! Two reports beside each other: what got worse, better, new, gone.

mod human;
mod markdown;

use std::collections::BTreeMap;

use checks::Status;
use serde::{Deserialize, Deserializer, Serialize};

use crate::arguments::FailOn;
use crate::finding::Finding;
use crate::language::Said;
use crate::report::{Report, SCHEMA_VERSION};

pub use human::write as write_human;
pub use markdown::write as write_markdown;

/// The version of the part of a report that a comparison needs, and a watch remembers.
pub const STATE_VERSION: u32 = crate::report::SCHEMA_VERSION;

/// The part of a JSON report that a comparison needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    pub schema_version: u32,
    pub started_at: String,
    #[serde(default = "yes")]
    pub complete: bool,
    pub verdict: String,
    pub findings: Vec<Entry>,
}

/// Why some octets are no report that can be compared.
#[derive(Debug, thiserror::Error)]
pub enum NotAReport {
    #[error("it was written by a newer enrollcheck")]
    Newer,
    #[error(transparent)]
    Malformed(#[from] serde_json::Error),
}

impl Document {
    /// Reads a JSON report. One of a newer program may have another shape: its version speaks first.
    pub fn read(octets: &[u8]) -> Result<Self, NotAReport> {
        // As a shell of Windows redirects to a file.
        let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let Version { schema_version } = serde_json::from_slice(octets)?;
        match schema_version > SCHEMA_VERSION {
            true => Err(NotAReport::Newer),
            false => Ok(serde_json::from_slice(octets)?),
        }
    }
}

fn yes() -> bool {
    true
}

/// A waiver is there, or null, or (in a state) true or false; what it says is of no matter here.
fn anything<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(deserializer)?;
    Ok(value.is_some_and(|value| value != serde_json::Value::Bool(false)))
}

impl Document {
    /// Of a report that was not written yet.
    pub fn of(report: &Report) -> Self {
        let language = report.language;
        let entry = |finding: &Finding| {
            let remedy = finding.outcome.remedy.as_ref().filter(|_| finding.needs_action());
            Entry {
                tenant: finding.tenant.clone(),
                check: finding.check.id.to_owned(),
                subject: finding.subject.clone(),
                status: finding.status(),
                reason: finding.outcome.reason.id.to_owned(),
                summary: finding.outcome.summary.said(language).to_owned(),
                remedy: remedy.map(|remedy| remedy.text().said(language).to_owned()),
                waiver: finding.waiver.is_some(),
            }
        };
        Self {
            schema_version: STATE_VERSION,
            started_at: report.started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            complete: report.complete(),
            verdict: report.verdict.as_str().to_owned(),
            findings: report.findings.iter().map(entry).collect(),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub tenant: String,
    pub check: String,
    pub subject: String,
    pub status: Status,
    pub reason: String,
    pub summary: String,
    pub remedy: Option<String>,
    #[serde(deserialize_with = "anything", default)]
    pub waiver: bool,
}

/// One side of a change.
#[derive(Debug, Serialize)]
pub struct Side {
    pub status: Status,
    pub reason: String,
    pub summary: String,
    pub remedy: Option<String>,
    pub waived: bool,
}

impl Side {
    /// How much it weighs: nothing where it is well, does not apply, or is waived.
    fn weight(&self) -> Status {
        match self.status {
            _ if self.waived => Status::Pass,
            Status::Skip => Status::Pass,
            status => status,
        }
    }
}

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Became {
    Worse,
    New,
    Better,
    /// As bad or as good as before, for another reason.
    Changed,
    Gone,
}

#[derive(Debug, Serialize)]
pub struct Change {
    pub change: Became,
    pub tenant: String,
    pub check: String,
    pub subject: String,
    pub old: Option<Side>,
    pub new: Option<Side>,
}

impl Change {
    /// What a new state adds to the old one: nothing, unless it weighs more.
    fn added(&self) -> Option<Status> {
        let new = self.new.as_ref()?.weight();
        let known = self.old.as_ref().is_some_and(|old| old.weight() != Status::Unknown);
        let less_known = self.change == Became::Changed && known && new == Status::Unknown;
        (matches!(self.change, Became::Worse | Became::New) || less_known).then_some(new)
    }
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub worse: usize,
    pub better: usize,
    pub new: usize,
    pub gone: usize,
    pub changed: usize,
    pub unchanged: usize,
}

/// When a report was made and what it came to.
#[derive(Debug, Serialize)]
pub struct Run {
    pub started_at: String,
    pub verdict: String,
    pub complete: bool,
}

impl Run {
    fn of(document: &Document) -> Self {
        Self {
            started_at: document.started_at.clone(),
            verdict: document.verdict.clone(),
            complete: document.complete,
        }
    }
}

#[derive(Debug, Serialize)]
pub struct Comparison {
    pub schema_version: u32,
    pub old: Run,
    pub new: Run,
    pub summary: Counts,
    /// In the order of tenant, check, subject.
    pub changes: Vec<Change>,
}

impl Comparison {
    pub fn of(old: Document, new: Document) -> Self {
        let (before, after) = (Run::of(&old), Run::of(&new));
        let mut pairs: BTreeMap<[String; 3], (Option<Side>, Option<Side>)> = BTreeMap::new();
        for entry in old.findings {
            let (key, side) = split(entry);
            pairs.entry(key).or_default().0 = Some(side);
        }
        for entry in new.findings {
            let (key, side) = split(entry);
            pairs.entry(key).or_default().1 = Some(side);
        }
        let mut summary = Counts::default();
        let mut changes = Vec::new();
        for ([tenant, check, subject], (old, new)) in pairs {
            let Some(change) = became(old.as_ref(), new.as_ref()) else {
                summary.unchanged += 1;
                continue;
            };
            *match change {
                Became::Worse => &mut summary.worse,
                Became::Better => &mut summary.better,
                Became::New => &mut summary.new,
                Became::Gone => &mut summary.gone,
                Became::Changed => &mut summary.changed,
            } += 1;
            changes.push(Change { change, tenant, check, subject, old, new });
        }
        Self { schema_version: 1, old: before, new: after, summary, changes }
    }

    /// 1 if something got worse, or came anew, at or above the status; 3 if no more than unknown; else 0.
    pub fn exit_code(&self, fail_on: FailOn) -> u8 {
        let stops = |status| match fail_on {
            FailOn::Fail => status == Status::Fail,
            FailOn::Warn => matches!(status, Status::Fail | Status::Warn),
        };
        let added = || self.changes.iter().filter_map(Change::added);
        if added().any(stops) {
            1
        } else if added().any(|status| status == Status::Unknown) {
            3
        } else {
            0
        }
    }
}

/// What identifies a finding, and what it says.
fn split(entry: Entry) -> ([String; 3], Side) {
    let Entry { tenant, check, subject, status, reason, summary, remedy, waiver } = entry;
    ([tenant, check, subject], Side { status, reason, summary, remedy, waived: waiver })
}

fn became(old: Option<&Side>, new: Option<&Side>) -> Option<Became> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, Some(_)) => return Some(Became::New),
        (Some(_), None) => return Some(Became::Gone),
        (None, None) => return None,
    };
    match new.weight().cmp(&old.weight()) {
        std::cmp::Ordering::Greater => Some(Became::Worse),
        // What failed and is unknown now may fail still.
        std::cmp::Ordering::Less if new.weight() == Status::Unknown => Some(Became::Changed),
        std::cmp::Ordering::Less => Some(Became::Better),
        std::cmp::Ordering::Equal => {
            let same = old.status == new.status && old.reason == new.reason && old.waived == new.waived;
            (!same).then_some(Became::Changed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(status: Status, reason: &str, waived: bool) -> Side {
        Side { status, reason: reason.to_owned(), summary: String::new(), remedy: None, waived }
    }

    #[test]
    fn the_ladder_is_the_one_of_the_verdict() {
        let pass = side(Status::Pass, "ok", false);
        let fail = side(Status::Fail, "missing", false);
        let waived = side(Status::Fail, "missing", true);
        let unknown = side(Status::Unknown, "lookup-failed", false);
        let warn = side(Status::Warn, "legacy", false);
        assert_eq!(became(Some(&pass), Some(&warn)), Some(Became::Worse));
        assert_eq!(became(Some(&warn), Some(&unknown)), Some(Became::Worse));
        assert_eq!(became(Some(&unknown), Some(&fail)), Some(Became::Worse));
        assert_eq!(became(Some(&fail), Some(&pass)), Some(Became::Better));
        assert_eq!(became(Some(&fail), Some(&unknown)), Some(Became::Changed));
        assert_eq!(became(Some(&waived), Some(&fail)), Some(Became::Worse), "a waiver that ended");
        assert_eq!(became(Some(&pass), Some(&waived)), Some(Became::Changed));
        assert_eq!(became(Some(&pass), Some(&side(Status::Skip, "none", false))), Some(Became::Changed));
        assert_eq!(became(Some(&fail), Some(&fail)), None);
        assert_eq!(became(None, Some(&pass)), Some(Became::New));
    }
}
