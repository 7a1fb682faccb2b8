//! The roots that each platform trusts, as dated figures.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::TrustAnchor;

const TABLE: &str = include_str!("data/roots.tsv");

/// A root of at least one programme.
pub struct Root {
    pub subject: String,
    pub apple: bool,
    pub android: bool,
    pub mozilla: bool,
    pub windows: bool,
    pub anchor: TrustAnchor<'static>,
}

/// Every root of the table, read on first use.
pub fn all() -> &'static [Root] {
    static ROOTS: LazyLock<Vec<Root>> = LazyLock::new(|| TABLE.lines().filter_map(root).collect());
    &ROOTS
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
        apple: programmes.contains('A'),
        android: programmes.contains('D'),
        mozilla: programmes.contains('M'),
        windows: programmes.contains('W'),
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
        assert!(all().iter().all(|r| r.apple || r.android || r.mozilla || r.windows));
        assert!(lines > 300);
    }

    #[test]
    fn the_roots_of_microsofts_own_services_are_in_every_programme() {
        let g2 = all().iter().find(|r| r.subject.contains("DigiCert Global Root G2")).unwrap();
        assert!(g2.apple && g2.android && g2.mozilla && g2.windows);
    }
}
