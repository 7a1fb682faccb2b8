//! The ClientHello: what a client of the old days would offer, and the usual of TLS 1.2.

use facts::tls::Failure;
use rustls::CipherSuite;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;

use super::Newest;
use super::octets::{field, pairs};

/// Suites that TLS 1.2 brought.
const OF_TLS12: [CipherSuite; 21] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256,
    CipherSuite::TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256,
];

/// Suites that were there before, and that any version may use.
const OLDER: [CipherSuite; 20] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_CAMELLIA_256_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_CAMELLIA_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_RC4_128_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_RC4_128_SHA,
    CipherSuite::TLS_RSA_WITH_RC4_128_SHA,
    CipherSuite::TLS_RSA_WITH_RC4_128_MD5,
];

/// x25519, the three of NIST, x448, Brainpool. No finite field (RFC 7919): a server that knows these would refuse to
/// do DHE with any other.
const GROUPS: [u16; 8] = [29, 23, 24, 25, 30, 26, 27, 28];

/// ECDSA, RSA-PSS, EdDSA and PKCS#1 with SHA-2, and what old chains are signed with: SHA-224 and SHA-1.
const SIGNATURES: [u16; 18] = [
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501,
    0x0601, 0x0303, 0x0301, 0x0203, 0x0201,
];

/// A ClientHello in its record; none for a host that can stand in no certificate.
pub(super) fn client_hello(host: &str, newest: Newest) -> Result<Vec<u8>, Failure> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(bare)
        .map_err(|_| Failure::Protocol(format!("{host} cannot stand in a certificate")))?;
    let of_tls12 = if newest == Newest::Tls12 { &OF_TLS12[..] } else { &[] };
    let suites = of_tls12.iter().chain(&OLDER).chain([&CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV]);
    // It protects nothing, as no key follows: zeros would do if the system had no randomness to give.
    let mut random = [0; 32];
    let _ = ring::default_provider().secure_random.fill(&mut random);

    let mut hello = newest.on_the_wire().to_be_bytes().to_vec();
    hello.extend(random);
    hello.extend(field(1, &[])); // no session to resume
    hello.extend(field(2, &pairs(suites.map(|suite| u16::from(*suite)))));
    hello.extend(field(1, &[0])); // no compression
    let mut extensions = extensions(&name, newest);
    extensions.extend(padding(4 + hello.len() + 2 + extensions.len()));
    hello.extend(field(2, &extensions));
    let message = [&[1], &*field(3, &hello)].concat();
    Ok([&[22, 3, 1], &*field(2, &message)].concat())
}

/// None of them empty at the end: some old servers stumble over that.
fn extensions(name: &ServerName<'_>, newest: Newest) -> Vec<u8> {
    let mut extensions = Vec::new();
    if let ServerName::DnsName(name) = name {
        let name = name.as_ref().trim_end_matches('.').as_bytes();
        extensions.extend(extension(0, &field(2, &[&[0], &*field(2, name)].concat())));
    }
    extensions.extend(extension(23, &[])); // extended_master_secret
    extensions.extend(extension(5, &[1, 0, 0, 0, 0])); // status_request: OCSP, any responder
    extensions.extend(extension(11, &field(1, &[0]))); // ec_point_formats: uncompressed
    extensions.extend(extension(10, &field(2, &pairs(GROUPS))));
    if newest == Newest::Tls12 {
        extensions.extend(extension(13, &field(2, &pairs(SIGNATURES))));
    }
    extensions
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes(), &*field(2, body)].concat()
}

/// Some old load balancers hang on a ClientHello of 256 to 511 octets (RFC 7685).
fn padding(length: usize) -> Vec<u8> {
    if !(256..512).contains(&length) {
        return Vec::new();
    }
    extension(21, &vec![0; 512_usize.saturating_sub(length + 4).max(1)])
}
