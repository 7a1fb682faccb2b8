//! What the server's messages say: version, suite, chain, stapled answer, client certificate.

use facts::Octets;
use facts::tls::{Capture, Failure};
use rustls::{CipherSuite, ProtocolVersion};

use super::Newest;
use super::octets::Cursor;
use crate::tls::{suite_name, version_name};

/// Real chains have two to five.
const MOST_CERTIFICATES: usize = 100;
/// SSL 3.0, the oldest version that writes its messages like this.
const OLDEST: u16 = 0x0300;

const EXTENDED_MASTER_SECRET: u16 = 0x0017;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

struct ServerHello {
    version: u16,
    suite: u16,
    extended_master_secret: bool,
}

/// What was seen so far; messages must come in the order of RFC 5246, 7.3.
pub(super) struct Seen {
    newest: Newest,
    hello: Option<ServerHello>,
    pub(super) capture: Option<Capture>,
}

impl Seen {
    pub(super) fn new(newest: Newest) -> Self {
        Self { newest, hello: None, capture: None }
    }

    /// The version that the server chose.
    pub(super) fn version(&self) -> Option<u16> {
        self.hello.as_ref().map(|hello| hello.version)
    }

    pub(super) fn note(&mut self, kind: u8, body: &[u8]) -> Result<Progress, Failure> {
        match (kind, &self.hello, &mut self.capture) {
            // A HelloRequest in the middle is to be ignored (RFC 5246, 7.4.1.1).
            (0, _, _) => {}
            (2, None, _) => {
                let hello = server_hello(body).ok_or_else(|| malformed("ServerHello"))?;
                self.check_version(hello.version)?;
                self.hello = Some(hello);
            }
            (11, Some(hello), None) => self.capture = Some(capture(hello, chain(body)?)),
            (22, _, Some(capture)) if capture.ocsp.is_none() => {
                let status = stapled(body).ok_or_else(|| malformed("CertificateStatus"))?;
                capture.ocsp = (!status.is_empty()).then(|| Octets::from(status));
            }
            // ServerKeyExchange: keys are not our business.
            (12, _, Some(_)) => {}
            (13, _, Some(capture)) => capture.client_certificate_wanted = true,
            (14, _, Some(_)) => return Ok(Progress::Done),
            (12..=14, Some(_), None) => return Err(protocol("the server shows no certificate")),
            _ => {
                return Err(Failure::Protocol(format!("a handshake message of type {kind} is out of place")));
            }
        }
        Ok(Progress::More)
    }

    fn check_version(&self, chosen: u16) -> Result<(), Failure> {
        if (OLDEST..=self.newest.on_the_wire()).contains(&chosen) {
            return Ok(());
        }
        let name = version_name(ProtocolVersion::from(chosen)).unwrap_or_else(|| format!("{chosen:#06x}"));
        Err(Failure::Protocol(format!("the server chose {name}, which was not offered")))
    }
}

fn capture(hello: &ServerHello, chain: Vec<Octets>) -> Capture {
    Capture {
        chain,
        version: version_name(ProtocolVersion::from(hello.version)),
        cipher: Some(suite_name(CipherSuite::from(hello.suite))),
        ocsp: None,
        proved_key: false,
        extended_master_secret: Some(hello.extended_master_secret),
        client_certificate_wanted: false,
    }
}

fn server_hello(body: &[u8]) -> Option<ServerHello> {
    let mut cursor = Cursor(body);
    let version = cursor.u16()?;
    let _random = cursor.take(32)?;
    let _session = cursor.field(1).filter(|session| session.len() <= 32)?;
    let suite = cursor.u16()?;
    let _compression = cursor.take(1)?;
    let mut extended_master_secret = false;
    if !cursor.is_empty() {
        let mut extensions = Cursor(cursor.field(2)?);
        while !extensions.is_empty() {
            extended_master_secret |= extensions.u16()? == EXTENDED_MASTER_SECRET;
            extensions.field(2)?;
        }
    }
    cursor.is_empty().then_some(ServerHello { version, suite, extended_master_secret })
}

fn chain(body: &[u8]) -> Result<Vec<Octets>, Failure> {
    let malformed = || malformed("Certificate");
    let mut cursor = Cursor(body);
    let mut list = cursor.field(3).map(Cursor).filter(|_| cursor.is_empty()).ok_or_else(malformed)?;
    let mut chain = Vec::new();
    while !list.is_empty() {
        if chain.len() == MOST_CERTIFICATES {
            return Err(Failure::Protocol(format!(
                "the server shows more than {MOST_CERTIFICATES} certificates"
            )));
        }
        let der = list.field(3).filter(|der| !der.is_empty()).ok_or_else(malformed)?;
        chain.push(Octets::from(der));
    }
    match chain.is_empty() {
        true => Err(protocol("the server shows no certificate")),
        false => Ok(chain),
    }
}

/// RFC 6066, 8: the only kind of status that was asked for is OCSP.
fn stapled(body: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor(body);
    let ocsp = cursor.number(1)? == 1;
    cursor.field(3).filter(|_| ocsp && cursor.is_empty())
}

fn malformed(message: &str) -> Failure {
    Failure::Protocol(format!("a malformed {message}"))
}

fn protocol(words: &str) -> Failure {
    Failure::Protocol(words.to_owned())
}
