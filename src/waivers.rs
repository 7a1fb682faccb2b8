//! Findings that somebody knows about, for a time.

use checks::settings::waiver::{CHECK, EXPIRED, UNUSED};
use checks::{Check, Outcome, Status, say};
use globset::GlobMatcher;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::finding::Finding;
use crate::selection;

#[derive(Clone)]
pub struct Waiver {
    pub check: &'static Check,
    pub reason: Option<String>,
    /// A glob; none covers every subject.
    pub subject: Option<String>,
    pub because: String,
    pub owner: Option<String>,
    /// The last day on which it covers anything, in UTC.
    pub until: Date,
}

/// What a covered finding carries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Coverage {
    pub because: String,
    pub owner: Option<String>,
    pub until: String,
}

impl Waiver {
    fn expired(&self, now: Timestamp) -> bool {
        now.to_zoned(TimeZone::UTC).date() > self.until
    }

    fn covers(&self, glob: Option<&GlobMatcher>, finding: &Finding) -> bool {
        let counts = matches!(finding.status(), Status::Warn | Status::Fail | Status::Unknown);
        counts
            && self.check.id == finding.check.id
            && self.reason.as_ref().is_none_or(|reason| reason == finding.outcome.reason.id)
            && self.subject.as_ref().is_none_or(|subject| {
                // A subject that is written out is meant as it stands, brackets of IPv6 and all.
                *subject == finding.subject || glob.is_some_and(|glob| glob.is_match(&finding.subject))
            })
    }

    /// The finding about the waiver itself stands on its check and its subjects.
    fn subject(&self) -> String {
        format!("{} {}", self.check.id, self.subject.as_deref().unwrap_or("*"))
    }
}

/// The waivers of a run, and which of them were of use.
pub struct Waivers {
    waivers: Vec<Waiver>,
    /// Their subjects, read once.
    globs: Vec<Option<GlobMatcher>>,
    used: Vec<bool>,
    now: Timestamp,
}

impl Waivers {
    pub fn new(waivers: Vec<Waiver>, now: Timestamp) -> Self {
        let used = vec![false; waivers.len()];
        let read = |waiver: &Waiver| selection::glob(waiver.subject.as_deref()?).ok();
        Self { globs: waivers.iter().map(read).collect(), waivers, used, now }
    }

    /// Puts the first waiver in date that covers the finding on it.
    pub fn apply(&mut self, finding: &mut Finding) {
        for ((waiver, glob), used) in self.waivers.iter().zip(&self.globs).zip(&mut self.used) {
            if waiver.expired(self.now) || !waiver.covers(glob.as_ref(), finding) {
                continue;
            }
            *used = true;
            if finding.waiver.is_none() {
                finding.waiver = Some(Coverage {
                    because: waiver.because.clone(),
                    owner: waiver.owner.clone(),
                    until: waiver.until.to_string(),
                });
            }
        }
    }

    /// What is to be said of the waivers themselves: those out of date, and those that covered nothing.
    pub fn findings(&self, tenant: &str, selected: impl Fn(&Check) -> bool) -> Vec<Finding> {
        if !selected(&CHECK) {
            return Vec::new();
        }
        let of_the_selection =
            self.waivers.iter().zip(&self.used).filter(|(waiver, _)| selected(waiver.check));
        of_the_selection
            .filter_map(|(waiver, used)| {
                let (subject, until) = (waiver.subject(), waiver.until);
                let outcome: Outcome = if waiver.expired(self.now) {
                    EXPIRED.because(say!(
                        en: "The waiver for {subject} ended on {until}; it covers nothing any more.",
                        fr: "La dérogation pour {subject} a pris fin le {until} ; elle ne couvre plus rien."
                    ))
                } else if !used {
                    UNUSED.because(say!(
                        en: "The waiver for {subject} covered no finding of this run.",
                        fr: "La dérogation pour {subject} n’a couvert aucun constat de cette exécution."
                    ))
                } else {
                    return None;
                };
                let outcome = outcome.evidence("because", waiver.because.clone());
                Some(Finding::about_settings(tenant, &CHECK, subject, outcome))
            })
            .collect()
    }
}
