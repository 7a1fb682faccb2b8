//! What stands between this network and the clouds.

use crate::check::Check;

pub mod clock;
pub mod proxy;
pub mod tls_inspection;

pub static CHECKS: &[&Check] = &[&tls_inspection::CHECK, &proxy::CHECK, &clock::CHECK];
