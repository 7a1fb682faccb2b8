//! What a run reads off the wire, for tools that have the octets already: fuzz targets, for one.
//!
//! Nothing here is asked for or waited for; a run reads with the same functions. Names of the DNS are read by
//! [`crate::dns::read`], files by [`crate::file::parse`].

use std::io::Cursor;
use std::time::Duration;

use facts::Octets;
use facts::crl::Fetched;
use facts::http::{Failure, Response};
use facts::proxy::Refusal;
use facts::tls::Handshake;
use hyper::header::HeaderMap;
use tokio::time::Instant;

use crate::connector::Stream;
use crate::{crl, hello, http, proxy};

/// Longer than reading what is there can take.
const SOON: Duration = Duration::from_secs(30);

/// The records of a server that heard a ClientHello of up to TLS 1.2.
pub fn server_hello(octets: &[u8]) -> Handshake {
    hello::heard(octets)
}

/// A revocation list, and whether the key signed it (SubjectPublicKeyInfo in DER).
pub fn revocation_list(octets: &[u8], signer: &Octets) -> Fetched {
    crl::read(octets, signer)
}

/// The answer to a GET, as a visit reads it.
pub async fn http_answer(octets: &[u8]) -> Result<Response, Failure> {
    let deadline = Instant::now() + SOON;
    http::get_on(stream(octets), "contoso.com", "/", HeaderMap::new(), deadline).await
}

/// A proxy's answer to a CONNECT.
pub async fn proxy_answer(octets: &[u8]) -> Result<(), Refusal> {
    proxy::ask(stream(octets), "contoso.com:443", HeaderMap::new()).await.map(|_| ())
}

/// A stream that says all of it, whatever it hears, and ends.
fn stream(octets: &[u8]) -> Box<dyn Stream> {
    Box::new(tokio::io::join(Cursor::new(octets.to_vec()), tokio::io::sink()))
}
