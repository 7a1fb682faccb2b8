//! Apple's own authorities behind push certificates, as dated figures, and whether a certificate comes from them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use facts::certificate::{Malformed, is_signed_with};
use facts::{Certificate, Octets};
use jiff::Timestamp;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

const TABLE: &str = include_str!("data/apple.tsv");

/// Longer than any chain of Apple's.
const LONGEST: usize = 6;

/// An authority that is known by its name and its key together: Apple has used one key for two names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    pub name: String,
    pub root: bool,
    pub sha256: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    subject_der: Vec<u8>,
    /// SubjectPublicKeyInfo in DER.
    public_key: Octets,
}

/// The anchors of push certificates.
pub struct Authorities(Vec<Authority>);

impl Authorities {
    /// The figures of the project's own table.
    pub fn built_in() -> Self {
        Self(TABLE.lines().filter_map(figures).collect())
    }

    /// Roots and intermediates of a laboratory in their place.
    pub fn of(certificates: &[Octets]) -> Result<Self, Malformed> {
        certificates
            .iter()
            .map(|der| Certificate::parse(der).map(Authority::of))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Who issued a certificate, as far as these anchors and the other certificates of its file can tell.
    pub(crate) fn issuer_of(
        &self,
        der: &[u8],
        leaf: &Certificate,
        others: &[(Octets, Certificate)],
    ) -> Issued {
        let mut current = (der, leaf);
        let mut first: Option<&Certificate> = None;
        for _ in 0..LONGEST {
            let (der, certificate) = current;
            let issuer = parts(&certificate.issuer_der);
            let named: Vec<&Authority> =
                self.0.iter().filter(|known| parts(&known.subject_der) == issuer).collect();
            if let Some(anchor) = named.iter().find(|known| is_signed_with(der, &known.public_key)) {
                return match first {
                    None => Issued::Known(Signer::known(anchor)),
                    Some(first) => Issued::Through(Signer::of(first), anchor.name.clone()),
                };
            }
            let beside = || others.iter().filter(|(_, other)| parts(&other.subject_der) == issuer);
            let above = beside().find(|(_, other)| is_signed_with(der, &other.public_key));
            let name = certificate.short_issuer().to_owned();
            match above {
                _ if certificate.self_issued() => {
                    return Issued::Foreign(match first {
                        None => Why::SelfSigned,
                        Some(_) if named.is_empty() => Why::NotApples(name),
                        Some(_) => Why::OtherKey(name),
                    });
                }
                Some((_, above)) if !above.authority => return Issued::Foreign(Why::NoAuthority(name)),
                Some((der, above)) => {
                    first.get_or_insert(above);
                    current = (der, above);
                }
                None if !named.is_empty() => return Issued::Foreign(Why::OtherKey(name)),
                None if beside().next().is_some() => return Issued::Foreign(Why::NotItsSignature(name)),
                None if is_apples(&certificate.issuer) => return Issued::Absent(name),
                None => return Issued::Foreign(Why::NotApples(name)),
            }
        }
        Issued::Foreign(Why::NotApples(leaf.short_issuer().to_owned()))
    }
}

impl Authority {
    fn of(certificate: Certificate) -> Self {
        Self {
            name: certificate.short_name().to_owned(),
            root: certificate.self_issued(),
            sha256: certificate.sha256,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            subject_der: certificate.subject_der,
            public_key: certificate.public_key.into(),
        }
    }
}

/// Who issued a push certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Issued {
    /// An authority that we know.
    Known(Signer),
    /// One that we do not know and that lies in the file; it leads to the anchor of that name.
    Through(Signer, String),
    /// Not known, not in the file, and named as Apple names its own.
    Absent(String),
    Foreign(Why),
}

/// An issuer whose signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signer {
    pub(crate) name: String,
    pub(crate) public_key: Octets,
    pub(crate) not_after: Timestamp,
}

/// Why an issuer is not Apple.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    SelfSigned,
    /// It bears the name of an authority that we know, and its key made no such signature.
    OtherKey(String),
    /// The issuer lies in the file and made no such signature.
    NotItsSignature(String),
    /// The issuer in the file is no authority.
    NoAuthority(String),
    NotApples(String),
}

impl Signer {
    fn known(authority: &Authority) -> Self {
        let Authority { name, public_key, not_after, .. } = authority.clone();
        Self { name, public_key, not_after }
    }

    fn of(certificate: &Certificate) -> Self {
        Self {
            name: certificate.short_name().to_owned(),
            public_key: certificate.public_key.clone().into(),
            not_after: certificate.not_after,
        }
    }
}

/// The attributes of a name, however its strings are encoded and in whatever order they stand: another encoding of a
/// known name is no other name.
fn parts(name: &[u8]) -> Vec<(String, String)> {
    let Ok((_, name)) = X509Name::from_der(name) else { return Vec::new() };
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).trim().to_lowercase();
    let mut parts: Vec<(String, String)> =
        name.iter_attributes().map(|a| (a.attr_type().to_id_string(), text(a.as_slice()))).collect();
    parts.sort();
    parts
}

/// Whether a name is one of those that Apple gives its authorities. It proves nothing.
fn is_apples(name: &str) -> bool {
    let mut parts = name.split(", ");
    parts.any(|part| part == "O=Apple Inc." || part.starts_with("CN=Apple "))
}

/// How Apple's own authorities are called.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split('\t').nth(4))
}

fn figures(line: &str) -> Option<Authority> {
    if line.starts_with('#') {
        return None;
    }
    let mut columns = line.split('\t');
    let (sha256, root) = (columns.next()?.to_owned(), columns.next()? == "root");
    let (not_before, not_after) = (columns.next()?.parse().ok()?, columns.next()?.parse().ok()?);
    let name = columns.next()?.to_owned();
    let subject_der = STANDARD.decode(columns.next()?).ok()?;
    let public_key = STANDARD.decode(columns.next()?).ok()?.into();
    Some(Authority { name, root, sha256, not_before, not_after, subject_der, public_key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use facts::certificate::hex;
    use x509_parser::x509::SubjectPublicKeyInfo;

    #[test]
    fn every_line_of_the_table_is_an_authority_with_a_name_and_a_key() {
        let all = Authorities::built_in().0;
        assert_eq!(all.len(), TABLE.lines().filter(|line| !line.starts_with('#')).count());
        for authority in &all {
            let (rest, name) = X509Name::from_der(&authority.subject_der).unwrap();
            assert!(rest.is_empty() && name.to_string().contains(&format!("CN={}", authority.name)));
            assert!(is_apples(&name.to_string()));
            let (rest, key) = SubjectPublicKeyInfo::from_der(&authority.public_key).unwrap();
            assert!(rest.is_empty() && key.parsed().is_ok());
            assert!(authority.sha256.len() == 64 && authority.not_before < authority.not_after);
        }
    }

    #[test]
    fn the_three_roots_are_pinned_and_the_issuing_authority_is_there() {
        let all = Authorities::built_in().0;
        let roots: Vec<&str> = all.iter().filter(|a| a.root).map(|a| &a.sha256[..16]).collect();
        assert_eq!(roots, ["b0b1730ecbc7ff45", "c2b9b042dd57830e", "63343abfb89a6a03"]);
        let issuing = all.iter().find(|a| a.sha256.starts_with("d3496f4b73cd67aa")).unwrap();
        assert_eq!(issuing.name, "Apple Application Integration 2 Certification Authority");
        assert_eq!(issuing.not_after.to_string(), "2028-05-24T17:43:37Z");
    }

    /// RFC 5280's usual key identifier: SHA-1 of the key. Two of Apple's roots share it, so a name belongs to each key.
    #[test]
    fn an_older_name_for_the_same_key_is_no_anchor() {
        let all = Authorities::built_in().0;
        let root = all.iter().find(|a| a.name == "Apple Root CA").unwrap();
        let (_, key) = SubjectPublicKeyInfo::from_der(&root.public_key).unwrap();
        let id = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &key.subject_public_key.data);
        assert_eq!(hex(id.as_ref()), "2bd06947947609fef46b8d2e40a6f7474d7f085e");
        assert!(!all.iter().any(|a| a.name == "Apple Root Certificate Authority"));
    }

    #[test]
    fn apples_names_are_recognised() {
        assert!(is_apples("C=US, O=Apple Inc., CN=Something"));
        assert!(is_apples("CN=Apple Application Integration 9 Certification Authority"));
        assert!(!is_apples("CN=Applesauce, O=Contoso"));
    }
}
