//! TLS of the organisation's own servers, as each platform sees it.

use crate::check::Check;

pub mod apple_policy;
pub mod chain;
pub mod name;
pub mod revocation;
pub mod strength;
pub mod validity;

pub static CHECKS: &[&Check] = &[
    &chain::CHECK,
    &validity::CHECK,
    &name::CHECK,
    &strength::CHECK,
    &apple_policy::CHECK,
    &revocation::CHECK,
];
