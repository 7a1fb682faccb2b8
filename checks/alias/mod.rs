//! The two records of a domain that lead devices to the cloud: looked at from every side, then judged.

pub(crate) mod appraisal;
pub(crate) mod reasons;
pub(crate) mod record;
pub(crate) mod remedy;
pub(crate) mod survey;
pub(crate) mod verdict;
pub(crate) mod view;
