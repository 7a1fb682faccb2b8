//! TLS of the organisation's own servers, as each platform sees it.

use crate::check::Check;

pub mod revocation;

pub static CHECKS: &[&Check] = &[&revocation::CHECK];
