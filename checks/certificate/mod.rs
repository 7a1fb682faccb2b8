//! Anything else that expires.

use crate::check::Check;

pub mod validity;

pub static CHECKS: &[&Check] = &[&validity::CHECK];
