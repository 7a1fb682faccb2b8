//! What every format is given.

use jiff::Timestamp;

use crate::cut::Cut;
use crate::finding::{Finding, Summary, Verdict};
use crate::language::Language;
use crate::run::Finished;
use crate::settings::Settings;
use crate::tally::{Across, Open};
use crate::world::World;

/// A finished run, with everything that is counted over it.
pub struct Report {
    pub language: Language,
    pub started_at: Timestamp,
    /// The time that dates were judged by: that of the run, unless somebody asked for another.
    pub judged_at: Timestamp,
    pub elapsed_ms: u64,
    pub catalogue_date: String,
    pub cut: Option<Cut>,
    pub verdict: Verdict,
    pub summary: Summary,
    /// The statuses that no waiver covers: what the exit code goes by.
    pub open: Open,
    pub tenants: Vec<TenantReport>,
    /// Each check over all tenants.
    pub checks: Vec<Across>,
    /// In the order of reports; empty where they were told as they came.
    pub findings: Vec<Finding>,
    /// The resolvers that were asked, as people write them.
    pub resolvers: Vec<String>,
}

/// One named tenant: its own counts, and the verdict over all that it needs.
pub struct TenantReport {
    pub name: String,
    pub verdict: Verdict,
    pub summary: Summary,
}

impl Report {
    pub fn of(finished: Finished, settings: &Settings, world: &World, language: Language) -> Self {
        let mut tally = finished.tally;
        // Where nothing was checked, nothing is known.
        if tally.all.summary.total() == 0 {
            let shares = tally.tenants.iter_mut().chain([&mut tally.all]);
            shares.for_each(|share| share.open.unknown = true);
        }
        let tenants = settings.tenants.iter().zip(&tally.tenants).map(|(tenant, share)| TenantReport {
            name: tenant.name.clone(),
            verdict: share.verdict(),
            summary: share.summary,
        });
        Self {
            language,
            started_at: finished.started_at,
            judged_at: world.now,
            elapsed_ms: finished.elapsed_ms,
            catalogue_date: finished.catalogue_date,
            cut: finished.cut,
            verdict: tally.all.verdict(),
            summary: tally.all.summary,
            open: tally.all.open,
            tenants: tenants.collect(),
            checks: tally.across(),
            resolvers: world.vantage.resolvers.iter().map(ToString::to_string).collect(),
            findings: finished.findings,
        }
    }

    /// The tenants in a line: all of a few, the first of many.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.tenants.iter().take(3).map(|tenant| tenant.name.as_str()).collect();
        let names = names.join(", ");
        match (self.tenants.len().saturating_sub(3), self.language) {
            (0, _) => names,
            (more, Language::En) => format!("{names} and {more} more"),
            (more, Language::Fr) => format!("{names} et {more} autres"),
        }
    }

    /// The day of judgement, where it is not that of the run.
    pub fn other_day(&self) -> Option<String> {
        let day = |instant: Timestamp| instant.strftime("%Y-%m-%d").to_string();
        Some(day(self.judged_at)).filter(|judged| *judged != day(self.started_at))
    }

    /// False if the run was cut short: by its deadline, or by somebody.
    pub fn complete(&self) -> bool {
        self.cut.is_none()
    }
}
