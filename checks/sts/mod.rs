//! The organisation's federation service, where it is AD FS: what it publishes, and what to do at either end.

pub(crate) mod exchange;
pub(crate) mod metadata;
pub(crate) mod remedy;
pub(crate) mod service;
