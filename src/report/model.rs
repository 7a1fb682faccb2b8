//! What every format is given.

use jiff::Timestamp;

use crate::finding::{Finding, Summary, Verdict};
use crate::language::Language;
use crate::run::{Cut, Finished};
use crate::settings::Settings;
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
    pub tenants: Vec<TenantReport>,
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
        let findings = finished.findings;
        let tenants = settings.tenants.iter().enumerate().map(|(place, tenant)| TenantReport {
            name: tenant.name.clone(),
            verdict: Verdict::of(findings.iter().filter(|f| f.needed_by.contains(&place))),
            summary: Summary::of(findings.iter().filter(|f| f.tenant == tenant.name)),
        });
        Self {
            language,
            started_at: finished.started_at,
            judged_at: world.now,
            elapsed_ms: finished.elapsed_ms,
            catalogue_date: finished.catalogue_date,
            cut: finished.cut,
            verdict: Verdict::of(findings.iter()),
            summary: Summary::of(findings.iter()),
            tenants: tenants.collect(),
            resolvers: world.vantage.resolvers.iter().map(ToString::to_string).collect(),
            findings,
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
