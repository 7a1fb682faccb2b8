//! The records of a user's domain.

use crate::check::Check;

pub mod enterprise_enrollment;
pub mod enterprise_registration;

pub static CHECKS: &[&Check] = &[&enterprise_enrollment::CHECK, &enterprise_registration::CHECK];
