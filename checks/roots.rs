//! The roots that each platform trusts, as dated figures.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::TrustAnchor;

const TABLE: &str = include_str!("data/roots.tsv");

/// A published programme of roots for TLS servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Programme {
    Windows,
    Apple,
    Android,
    Mozilla,
}

impl Programme {
    pub const ALL: [Self; 4] = [Self::Windows, Self::Apple, Self::Android, Self::Mozilla];

    pub fn name(self) -> &'static str {
        match self {
            Self::Windows => "Windows",
            Self::Apple => "Apple",
            Self::Android => "Android",
            Self::Mozilla => "Mozilla",
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Windows => 'W',
            Self::Apple => 'A',
            Self::Android => 'D',
            Self::Mozilla => 'M',
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of programmes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Programmes(u8);

impl Programmes {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(0b1111);

    pub fn has(self, programme: Programme) -> bool {
        self.0 & programme.bit() != 0
    }
}

impl FromIterator<Programme> for Programmes {
    fn from_iter<T: IntoIterator<Item = Programme>>(programmes: T) -> Self {
        Self(programmes.into_iter().fold(0, |bits, programme| bits | programme.bit()))
    }
}

/// A root of at least one programme.
pub struct Root {
    pub subject: String,
    pub programmes: Programmes,
    pub anchor: TrustAnchor<'static>,
}

/// Every root of the table, read on first use.
pub fn all() -> &'static [Root] {
    static ROOTS: LazyLock<Vec<Root>> = LazyLock::new(|| TABLE.lines().filter_map(root).collect());
    &ROOTS
}

/// How the public authorities are called.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split('\t').nth(4))
}

fn root(line: &str) -> Option<Root> {
    if line.starts_with('#') {
        return None;
    }
    let mut columns = line.split('\t');
    let (_sha256, programmes) = (columns.next()?, columns.next()?);
    let (_not_before, _not_after) = (columns.next()?, columns.next()?);
    let subject = columns.next()?.to_owned();
    let name = contents(&STANDARD.decode(columns.next()?).ok()?)?;
    let key = contents(&STANDARD.decode(columns.next()?).ok()?)?;
    Some(Root {
        subject,
        programmes: Programme::ALL.into_iter().filter(|p| programmes.contains(p.letter())).collect(),
        anchor: TrustAnchor {
            subject: name.into(),
            subject_public_key_info: key.into(),
            name_constraints: None,
        },
    })
}

/// A trust anchor holds the contents of the two sequences, without their headers.
pub(crate) fn contents(sequence: &[u8]) -> Option<Vec<u8>> {
    let size = match sequence.get(1)? {
        short if *short < 0x80 => 2,
        long => 2 + usize::from(long & 0x7f),
    };
    sequence.get(size..).map(<[u8]>::to_vec)
}

/// The anchor that a whole certificate stands for.
pub fn anchor(certificate: &[u8]) -> Option<TrustAnchor<'static>> {
    let der = rustls_pki_types::CertificateDer::from(certificate);
    webpki::anchor_from_trusted_cert(&der).ok().map(|anchor| anchor.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_root_of_some_programme() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(all().len(), lines);
        assert!(all().iter().all(|r| r.programmes != Programmes::NONE));
        assert!(lines > 300);
    }

    #[test]
    fn the_roots_of_microsofts_own_services_are_in_every_programme() {
        let g2 = all().iter().find(|r| r.subject.contains("DigiCert Global Root G2")).unwrap();
        assert_eq!(g2.programmes, Programmes::ALL);
    }
}
