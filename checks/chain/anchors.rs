//! Sets of trust anchors, and what is known of each.

use facts::{Certificate, Octets};
use rustls_pki_types::TrustAnchor;

use crate::roots::{self, Programme, Programmes};

/// Anchors, and at the same place what is known of each.
#[derive(Default)]
pub(super) struct Anchors {
    pub(super) known: Vec<Known>,
    pub(super) anchors: Vec<TrustAnchor<'static>>,
}

#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) programmes: Programmes,
}

impl Anchors {
    pub(super) fn of(certificates: &[Octets]) -> Result<Self, NotAnAnchor> {
        let mut set = Self::default();
        for der in certificates {
            set.anchors.push(roots::anchor(der).ok_or(NotAnAnchor)?);
            let name = Certificate::parse(der).map(|c| c.subject).unwrap_or_default();
            // In a laboratory its root stands for every programme.
            set.known.push(Known { name, programmes: Programmes::ALL });
        }
        Ok(set)
    }

    pub(super) fn programmes() -> Self {
        let known = |root: &roots::Root| Known { name: root.subject.clone(), programmes: root.programmes };
        let (known, anchors) = roots::all().iter().map(|root| (known(root), root.anchor.clone())).unzip();
        Self { known, anchors }
    }

    pub(super) fn at(&self, place: usize) -> Known {
        self.known.get(place).cloned().unwrap_or_default()
    }

    /// Those of one programme alone.
    pub(super) fn of_programme(&self, programme: Programme) -> Vec<TrustAnchor<'static>> {
        let all = self.known.iter().zip(&self.anchors);
        all.filter(|(known, _)| known.programmes.has(programme)).map(|(_, anchor)| anchor.clone()).collect()
    }
}

/// A file given as a root holds something else.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate that can be a trust anchor")]
pub struct NotAnAnchor;
