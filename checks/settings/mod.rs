//! What the program finds about its own settings.

use crate::check::Check;

pub mod waiver;

pub static CHECKS: &[&Check] = &[&waiver::CHECK];
