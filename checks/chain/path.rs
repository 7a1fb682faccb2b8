//! Paths from a served leaf to an anchor.

use std::time::Duration;

use facts::{Certificate, Octets, der};
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

use super::fault::is_about_dates;
use super::signatures;
use crate::dated::is_out_of_date;
use crate::roots;

pub(super) struct Path<'a> {
    pub(super) end_entity: &'a EndEntityCert<'a>,
    pub(super) intermediates: &'a [CertificateDer<'a>],
    /// As served and readable, leaf first; `served` at the same places.
    pub(super) chain: &'a [Octets],
    pub(super) served: &'a [Certificate],
    pub(super) now: Timestamp,
}

impl Path<'_> {
    /// Which anchor is reached, on which day if not today, and which certificate on the way is out of date.
    pub(super) fn to(&self, anchors: &[TrustAnchor<'_>]) -> (Result<Reached, Error>, Option<Certificate>) {
        match self.at(anchors, self.now) {
            Err(error) if is_about_dates(&error) => {
                // Asked again as of days on which what was served was valid: trust and dates are two things.
                let days = self.served.iter().flat_map(|c| [c.not_before, c.not_after]);
                let mut objection = error;
                for day in days {
                    match self.at(anchors, day) {
                        Ok(reached) => {
                            let mut on_path = reached.path.iter().filter_map(|place| self.served.get(*place));
                            let late = on_path.find(|c| is_out_of_date(c, self.now)).cloned();
                            return (Ok(reached), late);
                        }
                        Err(other) if is_about_dates(&objection) => objection = other,
                        Err(_) => {}
                    }
                }
                let late = self.served.iter().find(|c| is_out_of_date(c, self.now)).cloned();
                (Err(objection), late)
            }
            result => (result, None),
        }
    }

    pub(super) fn at(&self, anchors: &[TrustAnchor<'_>], instant: Timestamp) -> Result<Reached, Error> {
        let seconds = u64::try_from(instant.as_second()).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let usage = KeyUsage::server_auth();
        let path = self.end_entity.verify_for_usage(
            signatures::algorithms(),
            anchors,
            self.intermediates,
            time,
            usage,
            None,
            None,
        )?;
        let reached = path.anchor();
        let same = |a: &TrustAnchor<'_>| {
            a.subject == reached.subject && a.subject_public_key_info == reached.subject_public_key_info
        };
        let anchor = anchors.iter().position(same).ok_or(Error::UnknownIssuer)?;
        let place = |der: &[u8]| self.intermediates.iter().position(|other| **other == *der);
        let above = path.intermediate_certificates().filter_map(|c| place(&c.der())).map(|place| place + 1);
        Ok(Reached { anchor, path: std::iter::once(0).chain(above).collect() })
    }

    /// The places of the certificates that issuer names lead to, from the leaf up.
    pub(super) fn up(&self) -> Vec<usize> {
        let mut up = vec![0];
        while let Some(top) = up.last().and_then(|place| self.served.get(*place)) {
            if top.self_issued() {
                break;
            }
            let fits = |place: &usize| {
                !up.contains(place) && self.served.get(*place).is_some_and(|c| top.may_be_issued_by(c))
            };
            // Of several that fit by name, the one whose key fits.
            let candidates: Vec<usize> = (0..self.served.len()).filter(fits).collect();
            let signed = |place: &&usize| self.is_signed_by(up.last().copied(), **place);
            match candidates.iter().find(signed).or(candidates.first()) {
                Some(issuer) => up.push(*issuer),
                None => break,
            }
        }
        up
    }

    fn is_signed_by(&self, child: Option<usize>, issuer: usize) -> bool {
        match (child.and_then(|place| self.chain.get(place)), self.chain.get(issuer)) {
            (Some(child), Some(issuer)) => facts::certificate::is_signed_by(child, issuer),
            _ => false,
        }
    }

    /// The anchor that issued the last certificate of a path whose parts are never valid on the same day, where every
    /// signature fits.
    pub(super) fn by_hand(&self, anchors: &[TrustAnchor<'_>], up: &[usize]) -> Option<usize> {
        let fits = up.iter().zip(up.iter().skip(1)).all(|(child, issuer)| {
            self.is_signed_by(Some(*child), *issuer) && self.served.get(*issuer).is_some_and(|c| c.authority)
        });
        let top = up.last().and_then(|place| Some((self.chain.get(*place)?, self.served.get(*place)?)))?;
        let issued = |anchor: &TrustAnchor<'_>| {
            // A whole root may be served; its name and key are then the anchor's own.
            let name = roots::contents(&top.1.issuer_der);
            name.as_deref() == Some(&*anchor.subject)
                && facts::certificate::is_signed_with(
                    top.0,
                    &der::wrap(der::SEQUENCE, &anchor.subject_public_key_info),
                )
        };
        fits.then(|| anchors.iter().position(issued)).flatten()
    }
}

/// How a path ends.
pub(super) struct Reached {
    /// The anchor's place.
    pub(super) anchor: usize,
    /// The certificates used, by their places among the served, leaf first.
    pub(super) path: Vec<usize>,
}
