//! An AD FS: its sign-in page, its federation metadata, its metadata exchange, and the certificates it signs with.

use std::collections::BTreeMap;

use rcgen::{CertificateParams, DnType, KeyPair};

use crate::authority::{Dates, in_days};
use crate::hosts::Answer;

/// A federation service, in the shape that a test wants.
#[derive(Clone, Debug)]
pub struct Adfs {
    pub host: String,
    pub port: u16,
    /// In the order of the metadata.
    pub signing: Vec<TokenSigning>,
    /// Which of them signs now.
    pub primary: usize,
    /// The last parts of the WS-Trust addresses that it offers.
    pub endpoints: Vec<&'static str>,
    /// What some path answers instead.
    pub instead: BTreeMap<String, Answer>,
}

/// A self-signed token-signing certificate, in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSigning(String);

impl TokenSigning {
    pub fn new(name: &str, dates: Dates) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("ADFS Signing - {name}"));
        params.not_before = in_days(dates.from_days).into();
        params.not_after = in_days(dates.until_days).into();
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self(pem.lines().filter(|line| !line.starts_with("-----")).collect())
    }

    pub fn base64(&self) -> &str {
        &self.0
    }
}

impl Adfs {
    pub const SIGN_IN: &str = "/adfs/ls/";
    pub const METADATA: &str = "/FederationMetadata/2007-06/FederationMetadata.xml";
    pub const EXCHANGE: &str = "/adfs/services/trust/mex";

    /// A healthy one with one certificate that is valid for so many days more.
    pub fn new(host: &str, days: i64) -> Self {
        Self {
            host: host.to_owned(),
            port: 443,
            signing: vec![TokenSigning::new(host, Dates { from_days: -30, until_days: days })],
            primary: 0,
            endpoints: vec!["2005/usernamemixed", "13/usernamemixed", "13/windowstransport"],
            instead: BTreeMap::new(),
        }
    }

    /// One more certificate, valid for so many days more.
    pub fn and_signing(mut self, days: i64) -> Self {
        let certificate = TokenSigning::new(&self.host, Dates { from_days: -1, until_days: days });
        self.signing.push(certificate);
        self
    }

    /// The certificate in that place of the metadata signs.
    pub fn primary(mut self, place: usize) -> Self {
        self.primary = place;
        self
    }

    /// That path answers something else.
    pub fn instead(mut self, path: &str, answer: Answer) -> Self {
        self.instead.insert(path.to_owned(), answer);
        self
    }

    fn origin(&self) -> String {
        match self.port {
            443 => format!("https://{}", self.host),
            port => format!("https://{}:{port}", self.host),
        }
    }

    /// Where the cloud sends a user of the domain.
    pub fn sign_in_url(&self, domain: &str) -> String {
        format!(
            "{}{}?username=user%40{domain}&wa=wsignin1.0&wtrealm=urn%3afederation%3aMicrosoftOnline&wctx=",
            self.origin(),
            Self::SIGN_IN
        )
    }

    pub fn exchange_url(&self) -> String {
        format!("{}{}", self.origin(), Self::EXCHANGE)
    }

    /// What each path answers. A sign-in that names no protocol is an error, as it is for AD FS.
    pub(crate) fn paths(&self) -> BTreeMap<String, Answer> {
        let page = "<html><body><form action=\"/adfs/ls/?wa=wsignin1.0\"><input name=\"UserName\"></form></body></html>";
        let mut paths = BTreeMap::from([
            (Self::SIGN_IN.to_owned(), Answer::status(500)),
            (format!("{}?", Self::SIGN_IN), Answer::ok(page)),
            (Self::METADATA.to_owned(), Answer::xml(&self.metadata())),
            (Self::EXCHANGE.to_owned(), Answer::xml(&self.exchange())),
        ]);
        for (path, answer) in &self.instead {
            paths.insert(path.clone(), answer.clone());
            paths.remove(&format!("{path}?"));
        }
        paths
    }

    pub fn metadata(&self) -> String {
        let certificate = |signing: &TokenSigning| {
            format!(
                "<KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo>",
                signing.0
            )
        };
        let key =
            |signing| format!("<KeyDescriptor use=\"signing\">{}</KeyDescriptor>", certificate(signing));
        let keys: String = self.signing.iter().map(key).collect();
        let signature = self.signing.get(self.primary).map(certificate).unwrap_or_default();
        let host = &self.host;
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <EntityDescriptor ID=\"_1\" entityID=\"http://{host}/adfs/services/trust\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">\
             <ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignatureValue>AA==</ds:SignatureValue>{signature}</ds:Signature>\
             <RoleDescriptor protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\">{keys}</RoleDescriptor>\
             <IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}</IDPSSODescriptor>\
             </EntityDescriptor>"
        )
    }

    fn exchange(&self) -> String {
        let origin = self.origin();
        let ports: String = self
            .endpoints
            .iter()
            .map(|end| {
                format!(
                    "<wsdl:port><soap12:address location=\"{origin}/adfs/services/trust/{end}\"/></wsdl:port>"
                )
            })
            .collect();
        format!(
            "<?xml version=\"1.0\"?><wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" \
             xmlns:soap12=\"http://schemas.xmlsoap.org/wsdl/soap12/\"><wsdl:service name=\"SecurityTokenService\">{ports}\
             </wsdl:service></wsdl:definitions>"
        )
    }
}
