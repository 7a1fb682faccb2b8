//! Visits to hosts: one look, and what it comes to.

pub(crate) mod assess;
pub(crate) mod http;
pub(crate) mod look;
pub(crate) mod reasons;
pub(crate) mod signer;
