//! Apple's MDM push certificate: without it no Apple device enrolls.

use crate::check::Check;

pub mod certificate;
pub mod continuity;

pub static CHECKS: &[&Check] = &[&certificate::CHECK, &continuity::CHECK];
