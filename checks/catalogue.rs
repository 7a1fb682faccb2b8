//! The whole catalogue, family by family.

use crate::check::Check;
use crate::{certificate, discovery, dns, endpoint, network, settings};

pub struct Family {
    pub name: &'static str,
    pub checks: &'static [&'static Check],
}

pub static FAMILIES: &[Family] = &[
    Family { name: "dns", checks: dns::CHECKS },
    Family { name: "discovery", checks: discovery::CHECKS },
    Family { name: "endpoint", checks: endpoint::CHECKS },
    Family { name: "network", checks: network::CHECKS },
    Family { name: "certificate", checks: certificate::CHECKS },
    Family { name: "settings", checks: settings::CHECKS },
];

/// Every check, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Check> {
    FAMILIES.iter().flat_map(|family| family.checks.iter().copied())
}

pub fn by_id(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}
