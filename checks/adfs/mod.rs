//! The federation service, where it is AD FS.

use crate::check::Check;

pub mod entra_copy;
pub mod metadata;
pub mod multiple_domains;
pub mod sign_in;
pub mod token_signing;
pub mod trust_endpoints;

pub static CHECKS: &[&Check] = &[
    &sign_in::CHECK,
    &entra_copy::CHECK,
    &metadata::CHECK,
    &token_signing::CHECK,
    &trust_endpoints::CHECK,
    &multiple_domains::CHECK,
];
