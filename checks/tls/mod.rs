//! TLS of the organisation's own servers, as each platform sees it.

use crate::check::Check;

pub static CHECKS: &[&Check] = &[];
