//! What the clouds, and the domain's own web server, say about a domain.

use crate::check::Check;

pub mod apple_account_driven;
pub mod company_name;
pub mod device_registration;
pub mod realm;
pub mod tenant;

pub static CHECKS: &[&Check] = &[
    &tenant::CHECK,
    &realm::CHECK,
    &company_name::CHECK,
    &device_registration::CHECK,
    &apple_account_driven::CHECK,
];
