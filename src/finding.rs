//! What a run found, and how it counts.

use checks::{Check, Outcome, Status};
use facts::Asked;
use serde::Serialize;

use crate::needed::Needed;
use crate::waivers::Coverage;

/// One judged case.
#[derive(Clone)]
pub struct Finding {
    /// The tenant's name, or `*` for what several share.
    pub tenant: String,
    pub check: &'static Check,
    pub subject: String,
    pub outcome: Outcome,
    /// Everything that was asked for it.
    pub asked: Vec<Asked>,
    pub waiver: Option<Coverage>,
    pub elapsed_ms: u64,
    /// Places of the tenants whose verdict it counts for.
    pub needed_by: Needed,
}

impl Finding {
    /// A finding of the program about its own settings.
    pub fn about_settings(tenant: &str, check: &'static Check, subject: String, outcome: Outcome) -> Self {
        Self {
            tenant: tenant.to_owned(),
            check,
            subject,
            outcome,
            asked: Vec::new(),
            waiver: None,
            elapsed_ms: 0,
            needed_by: Needed::Nobody,
        }
    }

    pub fn status(&self) -> Status {
        self.outcome.status
    }

    /// Whether there is anything to do about it.
    pub fn needs_action(&self) -> bool {
        !matches!(self.status(), Status::Pass | Status::Skip)
    }

    /// The order of reports: tenant, check, subject.
    pub fn key(&self) -> (&str, &str, &str) {
        (&self.tenant, self.check.id, &self.subject)
    }

    /// `check/reason`, as `explain` takes it.
    pub fn reason_id(&self) -> String {
        format!("{}/{}", self.check.id, self.outcome.reason.id)
    }
}

/// Whether a device will enroll, as far as this run can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Ready,
    ReadyWithWarnings,
    Inconclusive,
    NotReady,
}

impl Verdict {
    /// By the worst status that no waiver covers.
    pub fn of(worst: Option<Status>) -> Self {
        match worst {
            Some(Status::Fail) => Self::NotReady,
            Some(Status::Unknown) => Self::Inconclusive,
            Some(Status::Warn) => Self::ReadyWithWarnings,
            _ => Self::Ready,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::ReadyWithWarnings => "ready-with-warnings",
            Self::Inconclusive => "inconclusive",
            Self::NotReady => "not-ready",
        }
    }
}

/// How many findings of each status; waived ones are counted under their status and once more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub pass: usize,
    pub warn: usize,
    pub fail: usize,
    pub unknown: usize,
    pub skip: usize,
    pub waived: usize,
}

impl Summary {
    pub fn of(&self, status: Status) -> usize {
        match status {
            Status::Pass => self.pass,
            Status::Warn => self.warn,
            Status::Fail => self.fail,
            Status::Unknown => self.unknown,
            Status::Skip => self.skip,
        }
    }

    pub fn total(&self) -> usize {
        [self.pass, self.warn, self.fail, self.unknown, self.skip].iter().sum()
    }

    pub fn add(&mut self, finding: &Finding) {
        let count = match finding.status() {
            Status::Pass => &mut self.pass,
            Status::Warn => &mut self.warn,
            Status::Fail => &mut self.fail,
            Status::Unknown => &mut self.unknown,
            Status::Skip => &mut self.skip,
        };
        *count += 1;
        self.waived += usize::from(finding.waiver.is_some());
    }
}
