//! The federation service, where it is AD FS.

use crate::check::Check;

pub static CHECKS: &[&Check] = &[];
