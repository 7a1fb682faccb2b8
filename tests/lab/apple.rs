//! A stand-in for Apple: a root, the authority below it, and push certificates of the real shape.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, CustomExtension, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};

use crate::authority::{Dates, in_days, key};

/// Where the lists of Apple's issuing authority are.
pub const LIST: &str = "http://crl.apple.com/aai2ca.crl";

const PRODUCTION: [u64; 8] = [1, 2, 840, 113_635, 100, 6, 3, 2];
const DEVELOPMENT: [u64; 8] = [1, 2, 840, 113_635, 100, 6, 3, 1];
const USER_ID: [u64; 7] = [0, 9, 2342, 19_200_300, 100, 1, 1];

/// Apple's authorities, by their own names and with keys of the laboratory's own.
pub struct Apple {
    root: CertifiedIssuer<'static, KeyPair>,
    issuing: CertifiedIssuer<'static, KeyPair>,
}

/// What a push certificate says.
#[derive(Clone, Debug)]
pub struct Push {
    /// The user id of the subject; none leaves it out.
    pub topic: Option<String>,
    pub dates: Dates,
    pub production: bool,
    pub development: bool,
    pub client: bool,
    /// Whether it names a revocation list.
    pub listed: bool,
}

/// A push certificate with its key.
pub struct Pushed {
    pub pem: String,
    pub der: Vec<u8>,
    pub key_pem: String,
    pub key_der: Vec<u8>,
    serial: Vec<u8>,
}

impl Default for Push {
    fn default() -> Self {
        Self {
            topic: Some(format!("com.apple.mgmt.External.{}", crate::TENANT_ID)),
            dates: Dates { from_days: -10, until_days: 355 },
            production: true,
            development: false,
            client: true,
            listed: false,
        }
    }
}

impl Push {
    pub fn until(days: i64) -> Self {
        Self { dates: Dates { from_days: days - 365, until_days: days }, ..Self::default() }
    }

    pub fn topic(mut self, topic: &str) -> Self {
        self.topic = Some(topic.to_owned());
        self
    }
}

impl Default for Apple {
    fn default() -> Self {
        Self::named("Apple Application Integration 2 Certification Authority", "Apple Inc.")
    }
}

impl Apple {
    /// With another name for the issuing authority, and for who owns it all.
    pub fn named(issuing: &str, organisation: &str) -> Self {
        let root = CertifiedIssuer::self_signed(authority("Apple Root CA", organisation), key());
        let root = root.expect("a root");
        let issuing = CertifiedIssuer::signed_by(authority(issuing, organisation), key(), &root);
        Self { root, issuing: issuing.expect("an issuing authority") }
    }

    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    pub fn issuing_pem(&self) -> String {
        self.issuing.pem()
    }

    pub fn push(&self, push: &Push) -> Pushed {
        let (key, serial) = key_and_serial();
        let leaf = params(push, &serial).signed_by(&key, &self.issuing).expect("a push certificate");
        Pushed::of(&leaf, &key, serial)
    }

    /// One that nobody but itself signed.
    pub fn self_signed(push: &Push) -> Pushed {
        let (key, serial) = key_and_serial();
        let certificate = params(push, &serial).self_signed(&key).expect("a certificate");
        Pushed::of(&certificate, &key, serial)
    }

    /// The list of the issuing authority, in PEM.
    pub fn list_pem(&self, revoked: &[&Pushed]) -> String {
        let entry = |pushed: &&Pushed| RevokedCertParams {
            serial_number: SerialNumber::from_slice(&pushed.serial),
            revocation_time: in_days(-2).into(),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: in_days(-1).into(),
            next_update: in_days(1).into(),
            crl_number: SerialNumber::from(7_u64),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuing).and_then(|list| list.pem()).expect("a list")
    }
}

impl Pushed {
    fn of(certificate: &rcgen::Certificate, key: &KeyPair, serial: Vec<u8>) -> Self {
        Self {
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
            key_pem: key.serialize_pem(),
            key_der: key.serialize_der(),
            serial,
        }
    }

    /// Certificate and key as one PKCS#12 file.
    pub fn pkcs12(&self, password: &str) -> Vec<u8> {
        use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, LocalKeyId, PrivateKey, PrivateKeyChain};
        let certificate = Certificate::from_der(&self.der).expect("a certificate");
        let key = PrivateKey::from_der(&self.key_der).expect("a key");
        let chain = PrivateKeyChain::new(LocalKeyId(vec![1]), key, [certificate]);
        let mut store = KeyStore::new();
        store.add_entry("push", KeyStoreEntry::PrivateKeyChain(chain));
        store.writer(password).write().expect("a PKCS#12 file")
    }
}

/// A private key that goes with nothing, in PEM.
pub fn stray_key_pem() -> String {
    key().serialize_pem()
}

fn params(push: &Push, serial: &[u8]) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    if let Some(topic) = &push.topic {
        name.push(DnType::CustomDnType(USER_ID.to_vec()), topic.as_str());
    }
    name.push(DnType::CommonName, format!("APSP:{}", crate::TENANT_ID));
    name.push(DnType::CountryName, country());
    params.distinguished_name = name;
    params.serial_number = Some(SerialNumber::from_slice(serial));
    params.not_before = in_days(push.dates.from_days).into();
    params.not_after = in_days(push.dates.until_days).into();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![if push.client {
        ExtendedKeyUsagePurpose::ClientAuth
    } else {
        ExtendedKeyUsagePurpose::ServerAuth
    }];
    params.use_authority_key_identifier_extension = true;
    let environments = [(push.production, PRODUCTION), (push.development, DEVELOPMENT)];
    // Their value is NULL.
    let extension = |oid: [u64; 8]| CustomExtension::from_oid_content(&oid, vec![5, 0]);
    params.custom_extensions =
        environments.into_iter().filter(|(says, _)| *says).map(|(_, oid)| extension(oid)).collect();
    if push.listed {
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![LIST.to_owned()] }];
    }
    params
}

fn authority(name: &str, organisation: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject.push(DnType::OrganizationalUnitName, "Apple Certification Authority");
    subject.push(DnType::OrganizationName, organisation);
    subject.push(DnType::CountryName, country());
    params.distinguished_name = subject;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = in_days(-3650).into();
    params.not_after = in_days(3650).into();
    params
}

fn country() -> DnValue {
    DnValue::PrintableString("US".try_into().expect("two letters"))
}

/// Eight octets, as Apple's serial numbers have.
fn key_and_serial() -> (KeyPair, Vec<u8>) {
    let key = key();
    let mut serial: Vec<u8> = key.public_key_raw().iter().skip(1).take(8).copied().collect();
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x7f | 1;
    }
    (key, serial)
}
