//! Everything of a report that ends on a day, once each: for calendars, timelines and the last line.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Report;
use crate::finding::Finding;

/// A thing that ends: a certificate, a token.
pub(super) struct Dated<'a> {
    /// The first finding, in the order of the report, that tells of it.
    pub(super) finding: &'a Finding,
    pub(super) until: Timestamp,
}

impl Dated<'_> {
    /// The same in every run, also when the thing has been renewed.
    pub(super) fn name(&self) -> String {
        [&self.finding.tenant, self.finding.check.id, &self.finding.subject].join("\n")
    }

    /// Whole days left at the time of judgement; negative when it has ended.
    pub(super) fn days_left(&self, report: &Report) -> i64 {
        self.until.duration_since(report.judged_at).as_hours().div_euclid(24)
    }
}

/// The cloud's copy of a certificate ends with the certificate itself.
const COPY: &str = "adfs.entra-copy";

/// The organisation's own dated things, the first to end first. Hosts of the clouds renew theirs without being asked;
/// two checks that see the same subject, or things of the same family, end at the same moment see one thing.
pub(super) fn things(report: &Report) -> Vec<Dated<'_>> {
    let mut seen: BTreeMap<(&str, Timestamp), Vec<&Finding>> = BTreeMap::new();
    let mut things = Vec::new();
    let elsewhere = |finding: &&Finding| finding.check.family() == "endpoint" || finding.check.id == COPY;
    let own = report.findings.iter().filter(|finding| !elsewhere(finding));
    for finding in own {
        let Some(until) = finding.outcome.expires_at else { continue };
        let known = seen.entry((&finding.tenant, until)).or_default();
        if !known.iter().any(|other| same(other, finding)) {
            known.push(finding);
            things.push(Dated { finding, until });
        }
    }
    things.sort_by_key(|dated| dated.until);
    things
}

fn same(a: &Finding, b: &Finding) -> bool {
    a.check.id != b.check.id
        // Checks of one's own are about what each of them says.
        && a.check.family() != "own"
        && (a.subject == b.subject || a.check.family() == b.check.family())
}
