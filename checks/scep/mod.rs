//! SCEP servers (NDES and others), asked as devices ask them.

use crate::check::Check;

pub mod answer;
pub mod ca_certificate;
pub mod capabilities;
pub mod long_request;
pub mod ra_certificates;

pub static CHECKS: &[&Check] = &[
    &answer::CHECK,
    &capabilities::CHECK,
    &ca_certificate::CHECK,
    &ra_certificates::CHECK,
    &long_request::CHECK,
];
