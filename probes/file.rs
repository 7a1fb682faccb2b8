//! Certificates out of a file, whatever wraps them: PEM, DER, PKCS#7, PKCS#12.

use std::path::Path;
use std::time::Duration;

#[cfg(feature = "pkcs12")]
use facts::der::{INTEGER, OCTET_STRING, Walk};
use facts::file::{Certificates, Contents, Format, Key, Look, Looked, Unreadable};
use facts::{Certificate, Octets};
use tokio::io::AsyncReadExt;
use x509_parser::der_parser::asn1_rs::{Any, FromDer};

use crate::pem;
use crate::pkcs7::{self, NotPkcs7};
use crate::private_key;
use crate::secret::{SecretString, Secrets};

/// A bundle of every public root has 250 kB; nobody's certificate file has 16 MB.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

const TOO_SLOW: &str = "reading it takes longer than a probe may";

pub(crate) async fn read(question: &Certificates, secrets: &Secrets, bound: Duration) -> Contents {
    // A pipe may have nobody at its other end.
    let bytes = match tokio::time::timeout(bound, load(Path::new(&question.path))).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(why)) => return Contents::Unreadable(why),
        Err(_) => return Contents::Unreadable(damaged(TOO_SLOW)),
    };
    let password = question.password.as_deref().and_then(|name| secrets.named(name)).cloned();
    // Key derivation is slow on purpose: it must not hold up the others.
    let parsing = tokio::task::spawn_blocking(move || parse(&bytes, password.as_ref()));
    match tokio::time::timeout(bound, parsing).await {
        Ok(Ok(contents)) => contents,
        Ok(Err(_)) => Contents::Unreadable(damaged("the reader failed on it")),
        Err(_) => Contents::Unreadable(damaged(TOO_SLOW)),
    }
}

/// Whether it is there, and whether the text stands in it.
pub(crate) async fn look(question: &Look, bound: Duration) -> Looked {
    tokio::time::timeout(bound, look_at(question))
        .await
        .unwrap_or_else(|_| Looked::Unreadable("reading it takes longer than a probe may".to_owned()))
}

async fn look_at(question: &Look) -> Looked {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Looked::Missing,
        _ => Looked::Unreadable(error.to_string()),
    };
    let bytes = match tokio::fs::metadata(&question.path).await {
        Ok(metadata) => metadata.len(),
        Err(error) => return failed(error),
    };
    let Some(text) = &question.contains else { return Looked::Found { bytes, contains: None } };
    match load(Path::new(&question.path)).await {
        Ok(octets) => {
            let contains = String::from_utf8_lossy(&octets).contains(text.as_str());
            Looked::Found { bytes, contains: Some(contains) }
        }
        Err(Unreadable::Empty) => Looked::Found { bytes, contains: Some(text.is_empty()) },
        Err(Unreadable::TooLarge(most)) => Looked::Unreadable(format!("it has more than {most} bytes")),
        Err(Unreadable::Os(why)) => Looked::Unreadable(why),
        Err(_) => Looked::Unreadable("it cannot be read".to_owned()),
    }
}

async fn load(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let os = |error: std::io::Error| Unreadable::Os(error.to_string());
    let file = tokio::fs::File::open(path).await.map_err(os)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).await.map_err(os)?;
    match u64::try_from(bytes.len()) {
        Ok(0) => Err(Unreadable::Empty),
        Ok(size) if size <= MOST_BYTES => Ok(bytes),
        _ => Err(Unreadable::TooLarge(MOST_BYTES)),
    }
}

/// A PKCS#12 file holds one identity; its key derivation is paid per part.
#[cfg(feature = "pkcs12")]
const PKCS12_BYTES: usize = 1024 * 1024;
/// 1.3.6.1.4.1.11591.4.11, scrypt (RFC 7914), in DER.
#[cfg(feature = "pkcs12")]
const SCRYPT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b];

/// What the key derivations of a file may come to, in rounds: some seconds of work. Files in use ask for a few thousand,
/// cautious ones for a million a part.
const ROUNDS: u64 = 10_000_000;

/// The certificates in the bytes of a file.
pub fn parse(bytes: &[u8], password: Option<&SecretString>) -> Contents {
    parse_within(bytes, password, ROUNDS)
}

/// The same where no more than so many rounds of key derivation may be spent: for tools that read many files (fuzzing).
pub fn parse_within(bytes: &[u8], password: Option<&SecretString>, rounds: u64) -> Contents {
    match unwrap(bytes, Password { given: password, rounds }) {
        Ok(Found { format, certificates, keys }) => Contents::Certificates { format, certificates, keys },
        Err(why) => Contents::Unreadable(why),
    }
}

/// A password, and the rounds of key derivation that may be spent on it.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "pkcs12"), expect(dead_code, reason = "only PKCS#12 has passwords"))]
struct Password<'a> {
    given: Option<&'a SecretString>,
    rounds: u64,
}

struct Found {
    format: Format,
    certificates: Vec<Octets>,
    keys: Vec<Key>,
}

impl Found {
    fn without_keys(format: Format, certificates: Vec<Octets>) -> Self {
        Self { format, certificates, keys: Vec::new() }
    }
}

fn unwrap(bytes: &[u8], password: Password<'_>) -> Result<Found, Unreadable> {
    if bytes.first() == Some(&0x30) {
        return binary(bytes, password);
    }
    let text = pem::text(bytes).ok_or(Unreadable::UnknownFormat)?;
    if text.contains("-----BEGIN ") {
        return armoured(&text);
    }
    // Bare base64, as some consoles and interfaces hand certificates out.
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match base64::Engine::decode(&base64::engine::general_purpose::STANDARD, compact) {
        Ok(bytes) if bytes.first() == Some(&0x30) => binary(&bytes, password),
        _ if text.trim().is_empty() => Err(Unreadable::Empty),
        _ => Err(Unreadable::UnknownFormat),
    }
}

fn armoured(text: &str) -> Result<Found, Unreadable> {
    let blocks = pem::blocks(text).map_err(Unreadable::Damaged)?;
    let mut certificates = Vec::new();
    let mut keys = Vec::new();
    let mut others = Vec::new();
    let mut format = Format::Pem;
    for block in blocks {
        match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => certificates.push(Octets::from(block.contents)),
            // OpenSSL's own form: the certificate, then what it is trusted for.
            "TRUSTED CERTIFICATE" => {
                let (first, _) =
                    split_first(&block.contents).ok_or(damaged("a trusted certificate breaks off"))?;
                certificates.push(first.into());
            }
            "PKCS7" | "CMS" => {
                format = Format::Pkcs7;
                certificates.extend(pkcs7::certificates(&block.contents).map_err(in_words)?);
            }
            other => {
                others.push(other.chars().take(40).collect());
                if private_key::is_label(other) {
                    keys.push(match block.encrypted {
                        true => Key::Encrypted,
                        false => private_key::of_block(other, &block.contents),
                    });
                }
            }
        }
    }
    if certificates.is_empty() {
        return Err(Unreadable::NoCertificate(others));
    }
    Ok(Found { format, certificates, keys })
}

fn binary(bytes: &[u8], password: Password<'_>) -> Result<Found, Unreadable> {
    match pkcs7::certificates(bytes) {
        Ok(certificates) => return Ok(Found::without_keys(Format::Pkcs7, certificates)),
        Err(NotPkcs7::Other) => {}
        Err(damaged) => return Err(in_words(damaged)),
    }
    // PFX: a sequence that begins with version 3 (RFC 7292).
    if split_first(bytes).and_then(|(_, contents)| contents.get(..3)) == Some(&[0x02, 0x01, 0x03]) {
        return pkcs12(bytes, password);
    }
    let mut certificates = Vec::new();
    let mut rest = bytes;
    while let Some((one, _)) = split_first(rest) {
        certificates.push(Octets::from(one));
        rest = rest.get(one.len()..).unwrap_or_default();
    }
    let first = certificates.first().ok_or(damaged("it breaks off"))?;
    match Certificate::parse(first) {
        Err(malformed) => Err(Unreadable::Damaged(malformed.0)),
        Ok(_) if rest.is_empty() => Ok(Found::without_keys(Format::Der, certificates)),
        Ok(_) => Err(damaged("something follows the certificate")),
    }
}

/// The first element of an encoding, and its contents.
fn split_first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, element) = Any::from_der(bytes).ok()?;
    Some((bytes.get(..bytes.len() - rest.len())?, element.data))
}

fn damaged(why: &str) -> Unreadable {
    Unreadable::Damaged(why.to_owned())
}

fn in_words(error: NotPkcs7) -> Unreadable {
    match error {
        NotPkcs7::Other => damaged("it is no PKCS#7 signed data"),
        NotPkcs7::Damaged(why) => damaged(why),
    }
}

#[cfg(feature = "pkcs12")]
fn pkcs12(bytes: &[u8], password: Password<'_>) -> Result<Found, Unreadable> {
    use p12_keystore::error::Error;
    use secrecy::ExposeSecret;

    if bytes.len() > PKCS12_BYTES {
        return Err(Unreadable::TooLarge(PKCS12_BYTES as u64));
    }
    if bytes.windows(SCRYPT.len()).any(|window| window == SCRYPT) {
        return Err(damaged("its key derivation (scrypt) may ask for a gigabyte, and is not read"));
    }
    if rounds(bytes, NESTED) > password.rounds {
        return Err(damaged("its key derivation asks for more rounds than any honest file"));
    }
    let given = password.given.map_or("", |secret| secret.expose_secret());
    match p12_keystore::Pkcs12Archive::from_pkcs12(bytes, given) {
        Ok(archive) => {
            let certificates: Vec<Octets> =
                archive.certs.iter().map(|bag| bag.cert.as_der().into()).collect();
            if certificates.is_empty() {
                return Err(Unreadable::NoCertificate(vec!["PKCS#12 without a certificate".to_owned()]));
            }
            let keys = archive.keys.iter().map(|bag| private_key::of_pkcs8(bag.key.as_der())).collect();
            Ok(Found { format: Format::Pkcs12, certificates, keys })
        }
        // Without a MAC a wrong password shows itself as padding or contents that make no sense.
        Err(Error::MacError(_) | Error::Pkcs5Error(_) | Error::UnpadError) => {
            Err(if password.given.is_some() {
                Unreadable::WrongPassword
            } else {
                Unreadable::PasswordMissing
            })
        }
        Err(error) => Err(Unreadable::Damaged(error.to_string())),
    }
}

/// Deeper than any part of a PKCS#12 file.
#[cfg(feature = "pkcs12")]
const NESTED: usize = 32;

/// The rounds of key derivation that a file asks for, as far as it says so in plain sight: a count stands behind a salt,
/// for every part (RFC 7292, 4; RFC 8018, A.2). The library bounds each of them, and not their sum.
#[cfg(feature = "pkcs12")]
fn rounds(der: &[u8], depth: usize) -> u64 {
    let mut walk = Walk::over(der);
    let (mut sum, mut after_salt) = (0_u64, false);
    while let Ok(Some(item)) = walk.any("a part") {
        let constructed = item.tag & 0x20 != 0 || item.tag == OCTET_STRING;
        if constructed && depth > 0 {
            sum = sum.saturating_add(rounds(item.contents, depth - 1));
        }
        if after_salt && item.tag == INTEGER {
            let count = item.contents.iter().try_fold(0_u64, |count, octet| {
                Some(count.checked_mul(256)?.saturating_add(u64::from(*octet)))
            });
            sum = sum.saturating_add(count.unwrap_or(u64::MAX));
        }
        after_salt = item.tag == OCTET_STRING;
    }
    sum
}

#[cfg(not(feature = "pkcs12"))]
fn pkcs12(_: &[u8], _: Password<'_>) -> Result<Found, Unreadable> {
    Err(damaged("this build cannot read PKCS#12"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    fn certificate() -> rcgen::Certificate {
        let key = KeyPair::generate().unwrap();
        CertificateParams::new(vec!["radius.contoso.com".to_owned()]).unwrap().self_signed(&key).unwrap()
    }

    fn count(bytes: &[u8]) -> Result<(Format, usize), Unreadable> {
        match parse(bytes, None) {
            Contents::Certificates { format, certificates, .. } => Ok((format, certificates.len())),
            Contents::Unreadable(why) => Err(why),
        }
    }

    #[test]
    fn every_wrapping_is_opened() {
        let one = certificate();
        let (der, pem) = (one.der().to_vec(), one.pem());
        assert_eq!(count(&der), Ok((Format::Der, 1)));
        assert_eq!(count(&[der.clone(), der.clone()].concat()), Ok((Format::Der, 2)));
        assert_eq!(count(pem.as_bytes()), Ok((Format::Pem, 1)));
        assert_eq!(count(format!("notes\r\n{pem}{pem}").as_bytes()), Ok((Format::Pem, 2)));
        let utf16: Vec<u8> = format!("\u{feff}{pem}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(count(&utf16), Ok((Format::Pem, 1)));
        let bare = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &der);
        assert_eq!(count(bare.as_bytes()), Ok((Format::Der, 1)));
    }

    #[test]
    fn what_holds_no_certificate_says_what_it_holds() {
        let key = KeyPair::generate().unwrap().serialize_pem();
        assert_eq!(count(key.as_bytes()), Err(Unreadable::NoCertificate(vec!["PRIVATE KEY".to_owned()])));
        assert_eq!(count(b"hello"), Err(Unreadable::UnknownFormat));
        assert_eq!(count(b" \n"), Err(Unreadable::Empty));
        let der = certificate().der().to_vec();
        assert!(matches!(count(&der[..100]), Err(Unreadable::Damaged(_))));
        assert!(matches!(count(&[&der[..], b"x"].concat()), Err(Unreadable::Damaged(_))));
    }

    #[test]
    fn of_private_keys_only_the_public_half_is_told() {
        let key = KeyPair::generate().unwrap();
        let stranger = KeyPair::generate().unwrap().serialize_pem().replace("PRIVATE", "ENCRYPTED PRIVATE");
        let text = format!("{}{}{stranger}", certificate().pem(), key.serialize_pem());
        let Contents::Certificates { keys, .. } = parse(text.as_bytes(), None) else { panic!("readable") };
        let public = rcgen::PublicKeyData::subject_public_key_info(&key);
        assert_eq!(keys, [Key::Public(public.into()), Key::Encrypted]);
    }

    #[cfg(feature = "pkcs12")]
    #[test]
    fn pkcs12_needs_its_password() {
        use p12_keystore::{KeyStore, KeyStoreEntry};
        let mut store = KeyStore::new();
        let inside = p12_keystore::Certificate::from_der(certificate().der()).unwrap();
        store.add_entry("radius", KeyStoreEntry::Certificate(inside));
        let bytes = store.writer("s3cret").write().unwrap();
        assert_eq!(count(&bytes), Err(Unreadable::PasswordMissing));
        let with = |password: &str| parse(&bytes, Some(&SecretString::from(password)));
        assert_eq!(with("wrong"), Contents::Unreadable(Unreadable::WrongPassword));
        assert!(matches!(with("s3cret"), Contents::Certificates { format: Format::Pkcs12, .. }));
    }

    /// Ten thousand parts of a million rounds each would take hours.
    #[cfg(feature = "pkcs12")]
    #[test]
    fn key_derivation_is_bounded_over_the_whole_file() {
        use facts::der::{SEQUENCE, wrap};
        use p12_keystore::{KeyStore, KeyStoreEntry};
        let mut store = KeyStore::new();
        let inside = p12_keystore::Certificate::from_der(certificate().der()).unwrap();
        store.add_entry("radius", KeyStoreEntry::Certificate(inside));
        let bytes = store.writer("s3cret").encryption_iterations(3000).mac_iterations(2000).write().unwrap();
        assert_eq!(rounds(&bytes, NESTED), 5000);
        let password = SecretString::from("s3cret");
        let within = |rounds| parse_within(&bytes, Some(&password), rounds);
        assert!(matches!(within(5000), Contents::Certificates { .. }));
        assert!(matches!(within(4999), Contents::Unreadable(Unreadable::Damaged(_))));
        let part =
            wrap(SEQUENCE, &[wrap(OCTET_STRING, b"salt"), wrap(INTEGER, &[0x0f, 0x42, 0x40])].concat());
        let many = wrap(SEQUENCE, &[&[0x02, 1, 3][..], &part.repeat(11)].concat());
        let Contents::Unreadable(Unreadable::Damaged(why)) = parse(&many, None) else { panic!("read") };
        assert!(why.contains("rounds"), "{why}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400), first in 0_u8..4) {
            let mut bytes = bytes;
            if let Some(octet) = bytes.first_mut() {
                *octet = [0x30, b'-', 0xff, *octet][usize::from(first)];
            }
            let _ = parse(&bytes, None);
        }
    }
}
