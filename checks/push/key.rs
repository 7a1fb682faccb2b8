//! Whether the private keys of a file go with its push certificate.

use facts::Octets;
use facts::file::Key;

use super::Held;

/// What the keys beside a certificate come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pairing {
    /// There is none, as there should be none in a file for Intune.
    NoKey,
    Fits,
    /// A key goes with no certificate of the file.
    Stray,
    /// Every key goes with another certificate.
    OfOthers,
    /// None fits, and at least one is encrypted.
    Encrypted,
    /// None fits, and at least one is of a kind that cannot be compared.
    Unknown,
}

pub(crate) fn pairing(held: &Held) -> Pairing {
    let goes_with = |public: &Octets, key: &[u8]| public[..] == *key;
    let public: Vec<&Octets> = held
        .keys
        .iter()
        .filter_map(|key| match key {
            Key::Public(public) => Some(public),
            Key::Encrypted | Key::Unreadable => None,
        })
        .collect();
    let stray = |public: &&Octets| !held.others.iter().any(|(_, c)| goes_with(public, &c.public_key));
    if held.keys.is_empty() {
        Pairing::NoKey
    } else if public.iter().any(|public| goes_with(public, &held.certificate.public_key)) {
        Pairing::Fits
    } else if held.keys.contains(&Key::Encrypted) {
        Pairing::Encrypted
    } else if held.keys.contains(&Key::Unreadable) {
        Pairing::Unknown
    } else if public.iter().any(stray) {
        Pairing::Stray
    } else {
        Pairing::OfOthers
    }
}
