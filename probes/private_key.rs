//! The public half of a private key in a file. The private half goes no further than this.

use facts::Octets;
use facts::der::{
    BIT_STRING, CONTEXT_0, CONTEXT_1, INTEGER, Item, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Walk, wrap,
};
use facts::file::Key;

/// 1.2.840.113549.1.1.1 with its NULL, as certificates write it (RFC 8017, A.1).
const RSA: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const RSA_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1 (RFC 5480).
const EC_ID: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// `[1] IMPLICIT` of a bit string.
const IMPLICIT_1: u8 = 0x81;

/// Whether a PEM block of that label is a private key.
pub(crate) fn is_label(label: &str) -> bool {
    label.ends_with("PRIVATE KEY")
}

/// The public half of what stands in a PEM block of that label.
pub(crate) fn of_block(label: &str, der: &[u8]) -> Key {
    match label {
        "ENCRYPTED PRIVATE KEY" => Key::Encrypted,
        "PRIVATE KEY" => of_pkcs8(der),
        "RSA PRIVATE KEY" => told(of_pkcs1(der)),
        "EC PRIVATE KEY" => told(of_sec1(der, None)),
        _ => Key::Unreadable,
    }
}

/// PKCS#8 (RFC 5958), as it also stands in PKCS#12.
pub(crate) fn of_pkcs8(der: &[u8]) -> Key {
    told(one_asymmetric_key(der))
}

fn told(public: Option<Vec<u8>>) -> Key {
    public.map_or(Key::Unreadable, |key| Key::Public(Octets::from(key)))
}

fn one_asymmetric_key(der: &[u8]) -> Option<Vec<u8>> {
    let parts = sequence(der)?;
    let [version, algorithm, key, rest @ ..] = parts.as_slice() else { return None };
    if version.tag != INTEGER || algorithm.tag != SEQUENCE || key.tag != OCTET_STRING {
        return None;
    }
    let id = algorithm.walk().optional(OBJECT_IDENTIFIER)?;
    let written = match id.contents {
        RSA_ID => of_pkcs1(key.contents),
        EC_ID => of_sec1(key.contents, Some(algorithm.raw)),
        _ => None,
    };
    // Version 2 writes the public key beside the private one, under the implicit tag 1.
    written.or_else(|| {
        let beside = rest.iter().find(|part| part.tag == IMPLICIT_1)?;
        Some(public_key(algorithm.raw, beside.contents))
    })
}

/// RSAPrivateKey (RFC 8017, A.1.2): modulus and public exponent stand in it.
fn of_pkcs1(der: &[u8]) -> Option<Vec<u8>> {
    let parts = sequence(der)?;
    let [version, modulus, exponent, _, ..] = parts.as_slice() else { return None };
    if ![version, modulus, exponent].iter().all(|part| part.tag == INTEGER) {
        return None;
    }
    let pair = wrap(SEQUENCE, &[modulus.raw, exponent.raw].concat());
    Some(public_key(RSA, &[&[0][..], &pair].concat()))
}

/// ECPrivateKey (RFC 5915): the point is optional, and everybody writes it.
fn of_sec1(der: &[u8], algorithm: Option<&[u8]>) -> Option<Vec<u8>> {
    let parts = sequence(der)?;
    let [version, secret, rest @ ..] = parts.as_slice() else { return None };
    if version.tag != INTEGER || secret.tag != OCTET_STRING {
        return None;
    }
    let explicit = |tag: u8| rest.iter().find(|part| part.tag == tag);
    let point = explicit(CONTEXT_1)?.walk().optional(BIT_STRING)?;
    let algorithm = match algorithm {
        Some(algorithm) => algorithm.to_vec(),
        None => {
            wrap(SEQUENCE, &[&wrap(OBJECT_IDENTIFIER, EC_ID)[..], explicit(CONTEXT_0)?.contents].concat())
        }
    };
    Some(public_key(&algorithm, point.contents))
}

/// SubjectPublicKeyInfo out of an algorithm and the contents of a bit string.
fn public_key(algorithm: &[u8], bits: &[u8]) -> Vec<u8> {
    wrap(SEQUENCE, &[algorithm, &wrap(BIT_STRING, bits)].concat())
}

fn sequence(der: &[u8]) -> Option<Vec<Item<'_>>> {
    items(Walk::over(der).optional(SEQUENCE)?.walk())
}

fn items(mut walk: Walk<'_>) -> Option<Vec<Item<'_>>> {
    let mut items = Vec::new();
    while let Some(item) = walk.any("an item").ok()? {
        items.push(item);
    }
    Some(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{KeyPair, PublicKeyData};
    use x509_parser::prelude::FromDer;

    #[test]
    fn the_public_half_is_the_one_of_the_certificate() {
        for algorithm in
            [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519]
        {
            let key = KeyPair::generate_for(algorithm).unwrap();
            let wanted = Key::Public(Octets::from(key.subject_public_key_info()));
            assert_eq!(of_block("PRIVATE KEY", key.serialized_der()), wanted);
        }
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let parts = sequence(key.serialized_der()).unwrap();
        let curve = items(parts[1].walk()).unwrap()[1].raw;
        let inner = sequence(parts[2].contents).unwrap();
        let point = inner.iter().find(|part| part.tag == CONTEXT_1).unwrap().raw;
        let whole: Vec<&[u8]> = inner[..2].iter().map(|part| part.raw).collect();
        let sec1 = wrap(SEQUENCE, &[&whole.concat()[..], &wrap(CONTEXT_0, curve), point].concat());
        let wanted = Key::Public(Octets::from(key.subject_public_key_info()));
        assert_eq!(of_block("EC PRIVATE KEY", &sec1), wanted);
    }

    #[test]
    fn an_rsa_key_gives_modulus_and_exponent_and_nothing_else() {
        let modulus = [&[0][..], &[0xc5; 128]].concat();
        let (exponent, secret) = ([1, 0, 1], [0x5e; 32]);
        let numbers = [&[0][..], &modulus, &exponent, &secret, &secret, &secret];
        let body: Vec<u8> = numbers.iter().flat_map(|number| wrap(INTEGER, number)).collect();
        let pkcs1 = wrap(SEQUENCE, &body);
        let Key::Public(public) = of_block("RSA PRIVATE KEY", &pkcs1) else { panic!("readable") };
        let (_, read) = x509_parser::x509::SubjectPublicKeyInfo::from_der(&public).unwrap();
        let x509_parser::public_key::PublicKey::RSA(key) = read.parsed().unwrap() else { panic!("RSA") };
        assert_eq!((key.modulus, key.exponent), (&modulus[..], &exponent[..]));
        assert!(!public.windows(secret.len()).any(|window| window == secret));
        let pkcs8 = wrap(SEQUENCE, &[&[0x02, 1, 0][..], RSA, &wrap(OCTET_STRING, &pkcs1)].concat());
        assert_eq!(of_pkcs8(&pkcs8), Key::Public(public));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert_eq!(of_block("ENCRYPTED PRIVATE KEY", b"x"), Key::Encrypted);
        assert_eq!(of_block("OPENSSH PRIVATE KEY", b"x"), Key::Unreadable);
        assert_eq!(of_block("PRIVATE KEY", &[0x30, 0x80]), Key::Unreadable);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), label in 0_usize..3) {
            let labels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];
            let _ = of_block(labels[label], &bytes);
            let _ = of_block(labels[label], &wrap(SEQUENCE, &bytes));
        }
    }
}
