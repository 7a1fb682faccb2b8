//! Whose verdict a finding counts for.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Tenants by their places in the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Needed {
    #[default]
    Nobody,
    One(usize),
    /// Shared: what a thousand tenants need is written down once.
    Several(Arc<BTreeSet<usize>>),
}

impl Needed {
    pub fn by(place: Option<usize>) -> Self {
        place.map_or(Self::Nobody, Self::One)
    }

    pub fn all(tenants: usize) -> Self {
        Self::Several(Arc::new((0..tenants).collect()))
    }

    /// The only tenant, where it is one's alone.
    pub fn owner(&self) -> Option<usize> {
        match self {
            Self::One(place) => Some(*place),
            _ => None,
        }
    }

    pub fn each(&self, mut visit: impl FnMut(usize)) {
        match self {
            Self::Nobody => {}
            Self::One(place) => visit(*place),
            Self::Several(places) => places.iter().copied().for_each(visit),
        }
    }
}
