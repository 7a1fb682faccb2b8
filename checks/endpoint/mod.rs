//! Can a device reach what it needs.

use crate::check::Check;

pub mod reachable;

pub static CHECKS: &[&Check] = &[&reachable::CHECK];
