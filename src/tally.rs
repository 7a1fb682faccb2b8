//! What is counted over findings as they come, so that none of them has to be kept for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use checks::Status;
use checks::subject::Tenant;
use serde::Serialize;

use crate::arguments::FailOn;
use crate::finding::{Finding, Summary, Verdict};

/// The statuses of findings that no waiver covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open {
    pub warn: bool,
    pub unknown: bool,
    pub fail: bool,
}

impl Open {
    fn add(&mut self, status: Status) {
        match status {
            Status::Warn => self.warn = true,
            Status::Unknown => self.unknown = true,
            Status::Fail => self.fail = true,
            Status::Pass | Status::Skip => {}
        }
    }

    /// The exit code of a run that was not interrupted.
    pub fn exit_code(self, fail_on: FailOn) -> u8 {
        match self {
            Self { fail: true, .. } => 1,
            Self { warn: true, .. } if fail_on == FailOn::Warn => 1,
            Self { unknown: true, .. } => 3,
            _ => 0,
        }
    }
}

/// What counts for a run, or for a tenant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    pub summary: Summary,
    pub open: Open,
}

impl Share {
    pub fn verdict(&self) -> Verdict {
        let worst = match self.open {
            Open { fail: true, .. } => Some(Status::Fail),
            Open { unknown: true, .. } => Some(Status::Unknown),
            Open { warn: true, .. } => Some(Status::Warn),
            _ => None,
        };
        Verdict::of(worst)
    }
}

/// The counts of a run and of each tenant in it.
#[derive(Debug, Default)]
pub struct Tally {
    pub all: Share,
    /// In the order of the settings: its own counts, and the verdict over all that it needs.
    pub tenants: Vec<Share>,
    places: HashMap<String, usize>,
    /// What the checks come to for each tenant: the worst status, by the tenant's place.
    checks: BTreeMap<&'static str, Vec<Option<Status>>>,
}

/// How many tenants a check comes to what for; waived findings count as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Across {
    pub check: &'static str,
    pub tenants: usize,
    pub pass: usize,
    pub warn: usize,
    pub fail: usize,
    pub unknown: usize,
    pub skip: usize,
}

impl Tally {
    pub fn over(tenants: &[Arc<Tenant>]) -> Self {
        let places = tenants.iter().enumerate().map(|(place, tenant)| (tenant.name.clone(), place));
        Self { tenants: vec![Share::default(); tenants.len()], places: places.collect(), ..Self::default() }
    }

    /// Each check over all tenants, in the order of ids.
    pub fn across(&self) -> Vec<Across> {
        let of = |(check, worst): (&&'static str, &Vec<Option<Status>>)| {
            let count = |status| worst.iter().filter(|worst| **worst == Some(status)).count();
            let across = Across {
                check,
                tenants: worst.iter().flatten().count(),
                pass: count(Status::Pass),
                warn: count(Status::Warn),
                fail: count(Status::Fail),
                unknown: count(Status::Unknown),
                skip: count(Status::Skip),
            };
            (across.tenants > 0).then_some(across)
        };
        self.checks.iter().filter_map(of).collect()
    }

    pub fn add(&mut self, finding: &Finding) {
        let status = finding.status();
        self.all.summary.add(finding);
        let worst = self.checks.entry(finding.check.id).or_insert_with(|| vec![None; self.tenants.len()]);
        finding.needed_by.each(|place| {
            if let Some(worst) = worst.get_mut(place) {
                *worst = (*worst).max(Some(status));
            }
        });
        if let Some(share) = self.places.get(&finding.tenant).and_then(|place| self.tenants.get_mut(*place)) {
            share.summary.add(finding);
        }
        if finding.waiver.is_some() || matches!(status, Status::Pass | Status::Skip) {
            return;
        }
        self.all.open.add(status);
        finding.needed_by.each(|place| {
            if let Some(share) = self.tenants.get_mut(place) {
                share.open.add(status);
            }
        });
    }
}
