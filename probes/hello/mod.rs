//! A ClientHello of our own, for servers too old for the library: read as far as the chain, and left.
//!
//! Up to TLS 1.2 the server's part of the handshake is in plain text (RFC 5246, 7.3), so that version, suite and
//! chain are learnt without any key exchange. Nothing is proved by it.

mod messages;
mod octets;
mod offer;
mod records;
#[cfg(test)]
mod tests;

use facts::tcp;
use facts::tls::{Failure, Handshake};
use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncWriteExt, BufReader};
use tokio::time::{Instant, timeout_at};

use crate::connector::Stream;
use messages::{Progress, Seen};
use records::Records;

/// The newest version that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Newest {
    Tls11,
    Tls12,
}

impl Newest {
    fn on_the_wire(self) -> u16 {
        match self {
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
        }
    }
}

/// What the server shows before a key would be agreed upon.
pub(crate) async fn read(
    host: &str,
    newest: Newest,
    stream: Box<dyn Stream>,
    deadline: Instant,
) -> Handshake {
    let hello = match offer::client_hello(host, newest) {
        Ok(hello) => hello,
        Err(failure) => return Handshake { capture: None, failure: Some(failure) },
    };
    let mut records = Records::new(BufReader::new(stream));
    let mut seen = Seen::new(newest);
    let failure = match timeout_at(deadline, converse(&hello, &mut records, &mut seen)).await {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure),
        Err(_) => Some(Failure::Connection(tcp::Failure::TimedOut)),
    };
    let refused = matches!(failure, Some(Failure::Alert(_)));
    let goodbye = seen.version().filter(|_| !refused).map(farewell).unwrap_or_default();
    let stream = records.stream();
    let _ = timeout_at(deadline, async {
        stream.write_all(&goodbye).await?;
        stream.shutdown().await
    })
    .await;
    Handshake { capture: seen.capture, failure }
}

async fn converse(
    hello: &[u8],
    records: &mut Records<BufReader<Box<dyn Stream>>>,
    seen: &mut Seen,
) -> Result<(), Failure> {
    // A server that hangs up while it is spoken to may have said why: reading tells.
    let _ = records.stream().write_all(hello).await;
    let _ = records.stream().flush().await;
    listen(records, seen).await
}

async fn listen<S: AsyncRead + Unpin>(records: &mut Records<S>, seen: &mut Seen) -> Result<(), Failure> {
    loop {
        let (kind, body) = records.message().await?;
        if seen.note(kind, &body)? == Progress::Done {
            return Ok(());
        }
    }
}

/// What all that a server said comes to, for tools that have it already.
pub(crate) fn heard(octets: &[u8]) -> Handshake {
    let mut records = Records::new(octets);
    let mut seen = Seen::new(Newest::Tls12);
    // Octets that are there never keep anybody waiting.
    let failure = match listen(&mut records, &mut seen).now_or_never() {
        Some(Ok(())) => None,
        Some(Err(failure)) => Some(failure),
        None => Some(Failure::Connection(tcp::Failure::TimedOut)),
    };
    Handshake { capture: seen.capture, failure }
}

/// The warnings user_canceled and close_notify (RFC 5246, 7.2): we leave on purpose, nothing is wrong.
fn farewell(version: u16) -> Vec<u8> {
    let [major, minor] = version.to_be_bytes();
    let alert = |code| [21, major, minor, 0, 2, 1, code];
    [alert(90), alert(0)].concat()
}
