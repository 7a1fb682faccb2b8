//! Which record a check looks at, and what it may say.

use crate::check::Reason;
use crate::clouds::{Cloud, Targets};
use crate::subject::Tenant;

/// One of the two records.
pub(crate) struct AliasRecord {
    /// The label before the domain, as documents spell it.
    pub(crate) label: &'static str,
    pub(crate) targets: fn(Cloud) -> Targets,
    /// The check's own list, which decides among equals.
    pub(crate) reasons: &'static [Reason],
    /// What a missing record means for this one.
    pub(crate) missing: Reason,
    /// Whether, by the settings, nothing else leads devices to the cloud.
    pub(crate) missing_fails: fn(&Tenant) -> bool,
    /// What an older target means, where there is one.
    pub(crate) legacy: Option<Reason>,
    /// What it means that the record leads to the domain's own federation service, where that is sound.
    pub(crate) on_premises: Option<Reason>,
    /// What is said of a record that is right.
    pub(crate) ok: Reason,
}
