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
    checks: BTreeMap<&'static str, OverTenants>,
}

/// What a check comes to.
#[derive(Debug)]
struct OverTenants {
    /// The worst status, by the tenant's place.
    worst: Vec<Option<Status>>,
    open: bool,
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
    /// Something of it wants somebody, and no waiver covers that.
    #[serde(skip)]
    pub open: bool,
}

impl Tally {
    pub fn over(tenants: &[Arc<Tenant>]) -> Self {
        let places = tenants.iter().enumerate().map(|(place, tenant)| (tenant.name.clone(), place));
        Self { tenants: vec![Share::default(); tenants.len()], places: places.collect(), ..Self::default() }
    }

    /// Each check over all tenants, in the order of ids.
    pub fn across(&self) -> Vec<Across> {
        let of = |(check, over): (&&'static str, &OverTenants)| {
            let worst = &over.worst;
            let count = |status| worst.iter().filter(|worst| **worst == Some(status)).count();
            let across = Across {
                check,
                tenants: worst.iter().flatten().count(),
                pass: count(Status::Pass),
                warn: count(Status::Warn),
                fail: count(Status::Fail),
                unknown: count(Status::Unknown),
                skip: count(Status::Skip),
                open: over.open,
            };
            (across.tenants > 0).then_some(across)
        };
        self.checks.iter().filter_map(of).collect()
    }

    pub fn add(&mut self, finding: &Finding) {
        let status = finding.status();
        self.all.summary.add(finding);
        let unheard = || OverTenants { worst: vec![None; self.tenants.len()], open: false };
        let over = self.checks.entry(finding.check.id).or_insert_with(unheard);
        over.open |= finding.waiver.is_none() && finding.needs_action();
        finding.needed_by.each(|place| {
            if let Some(worst) = over.worst.get_mut(place) {
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
