//! Authorities, servers' certificates, lists and OCSP answers of a test's own making.

use facts::der::{
    CONTEXT_0, ENUMERATED, GENERALIZED_TIME, INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, wrap,
};
use facts::{Certificate, Octets};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CrlDistributionPoint, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SerialNumber, SigningKey, date_time_ymd,
};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::chain::Issuer;

pub(crate) const OCSP: &str = "http://ocsp.contoso.com";
pub(crate) const SERIAL: &str = "7A01";

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

/// Where a certificate says that it can be looked up.
#[derive(Clone, Copy, Default)]
pub(crate) struct Offer<'a> {
    pub(crate) ocsp: Option<&'a str>,
    pub(crate) crl: Option<&'a str>,
}

pub(crate) fn root(name: &str) -> Authority {
    Authority::self_signed(authority(name, Offer::default()), KeyPair::generate().unwrap()).unwrap()
}

pub(crate) fn intermediate(name: &str, offer: Offer<'_>, above: &Authority) -> Authority {
    Authority::signed_by(authority(name, offer), KeyPair::generate().unwrap(), above).unwrap()
}

fn authority(name: &str, offer: Offer<'_>) -> CertificateParams {
    let mut params = params(name, &[0x7b, 0x01], offer);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(crate) fn leaf(name: &str, offer: Offer<'_>, above: &Authority) -> Octets {
    let mut params = params(name, &[0x7a, 0x01], offer);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.signed_by(&KeyPair::generate().unwrap(), above).unwrap().der().to_vec().into()
}

pub(crate) fn self_signed(name: &str) -> Octets {
    let params = params(name, &[0x7a, 0x01], Offer::default());
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec().into()
}

/// A responder that signs for an authority: its key and its certificate.
pub(crate) fn delegate(
    usages: &[ExtendedKeyUsagePurpose],
    last_year: i32,
    above: &Authority,
) -> (KeyPair, Vec<u8>) {
    let mut params = params("Contoso Responder", &[0x7c, 0x01], Offer::default());
    params.extended_key_usages = usages.to_vec();
    params.not_after = date_time_ymd(last_year, 12, 31);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, above).unwrap().der().to_vec();
    (key, certificate)
}

fn params(name: &str, serial: &[u8], offer: Offer<'_>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(serial.to_vec()));
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2030, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params.crl_distribution_points =
        offer.crl.into_iter().map(|url| CrlDistributionPoint { uris: vec![url.to_owned()] }).collect();
    params.custom_extensions = offer.ocsp.into_iter().map(information_access).collect();
    params
}

fn information_access(url: &str) -> CustomExtension {
    let method = wrap(OBJECT_IDENTIFIER, &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01]);
    let description = [method, wrap(0x86, url.as_bytes())].concat();
    let content = wrap(SEQUENCE, &wrap(SEQUENCE, &description));
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}

pub(crate) fn issuer(authority: &Authority) -> Issuer {
    let public_key = Certificate::parse(authority.der()).unwrap().public_key;
    Issuer { public_key, served: None }
}

#[derive(Clone, Copy)]
pub(crate) enum Status {
    Good,
    Revoked,
    Unknown,
}

/// An answer that is about to be given; every part may be changed before it is signed.
pub(crate) struct Answer<'a> {
    pub(crate) status: Status,
    pub(crate) serial: Vec<u8>,
    pub(crate) this_update: &'a str,
    pub(crate) next_update: Option<&'a str>,
    pub(crate) certificates: Vec<Vec<u8>>,
}

impl Default for Answer<'_> {
    fn default() -> Self {
        Self {
            status: Status::Good,
            serial: vec![0x7a, 0x01],
            this_update: "20260920000000Z",
            next_update: Some("20260925000000Z"),
            certificates: Vec::new(),
        }
    }
}

impl Answer<'_> {
    /// About a certificate of `authority`, signed with `key`.
    pub(crate) fn signed(&self, authority: &Authority, key: &KeyPair) -> Vec<u8> {
        let time = |text: &str| wrap(GENERALIZED_TIME, text.as_bytes());
        let view = Certificate::parse(authority.der()).unwrap();
        let sha1 = |octets: &[u8]| wrap(OCTET_STRING, digest(&SHA1_FOR_LEGACY_USE_ONLY, octets).as_ref());
        let hash = [wrap(OBJECT_IDENTIFIER, &[0x2b, 0x0e, 0x03, 0x02, 0x1a]), wrap(NULL, &[])].concat();
        let name = sha1(&view.subject_der);
        // The key's own octets are the last ones of the SubjectPublicKeyInfo.
        let point = &view.public_key[view.public_key.len() - 65..];
        let id = [wrap(SEQUENCE, &hash), name.clone(), sha1(point), wrap(INTEGER, &self.serial)].concat();
        let status = match self.status {
            Status::Good => wrap(0x80, &[]),
            Status::Revoked => wrap(0xa1, &time("20260301120000Z")),
            Status::Unknown => wrap(0x82, &[]),
        };
        let next = self.next_update.map(|text| wrap(CONTEXT_0, &time(text))).unwrap_or_default();
        let single = [wrap(SEQUENCE, &id), status, time(self.this_update), next].concat();
        let responder = wrap(0xa2, &name);
        let data = [responder, time(self.this_update), wrap(SEQUENCE, &wrap(SEQUENCE, &single))].concat();
        let data = wrap(SEQUENCE, &data);
        let ecdsa = wrap(OBJECT_IDENTIFIER, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
        let signature = [vec![0], key.sign(&data).unwrap()].concat();
        let certificates = match self.certificates.is_empty() {
            true => Vec::new(),
            false => wrap(CONTEXT_0, &wrap(SEQUENCE, &self.certificates.concat())),
        };
        let basic = [data, wrap(SEQUENCE, &ecdsa), wrap(0x03, &signature), certificates].concat();
        let kind = wrap(OBJECT_IDENTIFIER, &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01]);
        let contents = [kind, wrap(OCTET_STRING, &wrap(SEQUENCE, &basic))].concat();
        let contents = wrap(CONTEXT_0, &wrap(SEQUENCE, &contents));
        wrap(SEQUENCE, &[wrap(ENUMERATED, &[0]), contents].concat())
    }
}

/// When the tests judge.
pub(crate) fn now() -> Timestamp {
    "2026-09-21T14:00:00Z".parse().unwrap()
}
