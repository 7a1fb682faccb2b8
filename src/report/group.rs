//! Findings that say the same of many subjects, told once: endpoints by the dozen would bury everything else.

use std::collections::BTreeMap;

use checks::Status;

use super::Report;
use crate::finding::Finding;
use crate::language::{Language, Said};
use crate::waivers::Coverage;

/// Findings of one check, one reason, one tenant and one waiver, if any; never empty.
pub(super) struct Group<'a> {
    pub(super) first: &'a Finding,
    pub(super) others: Vec<&'a Finding>,
}

/// All findings of a status, in the order of the report; waived ones last, for somebody knows about them.
pub(super) fn groups(report: &Report, status: Status) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: BTreeMap<(&str, String, Option<&Coverage>), usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|f| f.status() == status) {
        let key = (finding.tenant.as_str(), finding.reason_id(), finding.waiver.as_ref());
        let place = places.get(&key).filter(|_| finding.check.family() == "endpoint");
        match place.and_then(|place| groups.get_mut(*place)) {
            Some(group) => group.others.push(finding),
            None => {
                places.insert(key, groups.len());
                groups.push(Group { first: finding, others: Vec::new() });
            }
        }
    }
    groups.sort_by_key(|group| group.first.waiver.is_some());
    groups
}

impl<'a> Group<'a> {
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Finding> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// What is said, each sentence once, and of whom: where it is said of several, an ellipsis stands for what
    /// differs, and the subjects follow with what they are for.
    pub(super) fn statements(&self, language: Language) -> Vec<(String, Vec<Named<'a>>)> {
        let mut statements: Vec<(String, Vec<&'a Finding>)> = Vec::new();
        for finding in self.all() {
            let sentence = template(finding, language);
            match statements.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, findings)) => findings.push(finding),
                None => statements.push((sentence, vec![finding])),
            }
        }
        let told = |(sentence, findings): (String, Vec<&'a Finding>)| match findings.as_slice() {
            [only] => (only.outcome.summary.said(language).to_owned(), Vec::new()),
            several => (sentence, several.iter().map(|finding| Named::of(finding, language)).collect()),
        };
        statements.into_iter().map(told).collect()
    }
}

/// The summary without what only this subject has.
fn template(finding: &Finding, language: Language) -> String {
    let mut sentence = finding.outcome.summary.said(language).to_owned();
    let host = finding.subject.rsplit_once(':').map(|(host, _)| host);
    let purpose = finding.outcome.purpose.as_ref().map(|purpose| purpose.said(language));
    for own in [Some(finding.subject.as_str()), host, purpose].into_iter().flatten() {
        sentence = sentence.replace(own, "…");
    }
    sentence
}

/// A subject and what it is for.
pub(super) struct Named<'a> {
    pub(super) subject: &'a str,
    pub(super) purpose: Option<&'a str>,
}

impl<'a> Named<'a> {
    fn of(finding: &'a Finding, language: Language) -> Self {
        let purpose = finding.outcome.purpose.as_ref().map(|purpose| purpose.said(language));
        Self { subject: &finding.subject, purpose }
    }
}
