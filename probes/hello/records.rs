//! From records to handshake messages, bounded in every respect.

use facts::tcp;
use facts::tls::Failure;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::octets::Cursor;
use crate::alert;

/// What a server may say in all. Chains have a few thousand octets, lists of accepted authorities some ten thousand.
const MOST_OCTETS: usize = 128 * 1024;
/// Records that bring the handshake no further: empty ones, warnings.
const MOST_IDLE: usize = 32;
/// RFC 5246, 6.2.1.
const LONGEST_RECORD: usize = 1 << 14;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// Handshake messages out of the records that carry them, whether they share one or span several.
pub(super) struct Records<S> {
    stream: S,
    /// Handshake octets that no message has taken yet.
    waiting: Vec<u8>,
    /// Handshake octets so far.
    received: usize,
    idle: usize,
    begun: bool,
    /// A warning that may turn out to be the reason for a closed connection.
    warning: Option<u8>,
}

impl<S: AsyncRead + Unpin> Records<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, waiting: Vec::new(), received: 0, idle: 0, begun: false, warning: None }
    }

    pub(super) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The next handshake message: its type and its body.
    pub(super) async fn message(&mut self) -> Result<(u8, Vec<u8>), Failure> {
        loop {
            if let Some(message) = self.waiting_message()? {
                return Ok(message);
            }
            self.record().await?;
        }
    }

    fn waiting_message(&mut self) -> Result<Option<(u8, Vec<u8>)>, Failure> {
        let mut cursor = Cursor(&self.waiting);
        let (Some(kind), Some(length)) = (cursor.take(1).and_then(<[u8]>::first), cursor.number(3)) else {
            return Ok(None);
        };
        // Told by the announcement alone, not after waiting for it all.
        if self.received - self.waiting.len() + 4 + length > MOST_OCTETS {
            return Err(Failure::Protocol(format!("a handshake message of {length} octets is too long")));
        }
        let Some(body) = cursor.take(length) else { return Ok(None) };
        let message = (*kind, body.to_vec());
        self.waiting.drain(..4 + length);
        Ok(Some(message))
    }

    async fn record(&mut self) -> Result<(), Failure> {
        let kind = self.octet().await?;
        if !(20..=24).contains(&kind) || self.octet().await? != 3 {
            return Err(match self.begun {
                false => Failure::NotTls,
                true => Failure::Protocol("what follows is no TLS record".to_owned()),
            });
        }
        let _minor = self.octet().await?;
        let length = usize::from(u16::from_be_bytes([self.octet().await?, self.octet().await?]));
        self.begun = true;
        if length > LONGEST_RECORD {
            return Err(Failure::Protocol(format!("a record of {length} octets is too long")));
        }
        match kind {
            HANDSHAKE => self.handshake(length).await,
            ALERT => self.alert(length).await,
            _ => Err(Failure::Protocol(format!("a record of type {kind} is out of place"))),
        }
    }

    async fn handshake(&mut self, length: usize) -> Result<(), Failure> {
        if length == 0 {
            return self.idle();
        }
        self.received += length;
        if self.received > MOST_OCTETS {
            return Err(Failure::Protocol("the handshake does not come to an end".to_owned()));
        }
        let start = self.waiting.len();
        self.waiting.resize(start + length, 0);
        let Some(room) = self.waiting.get_mut(start..) else { return Ok(()) };
        match self.stream.read_exact(room).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.broken(&error)),
        }
    }

    async fn alert(&mut self, length: usize) -> Result<(), Failure> {
        if length != 2 {
            return Err(Failure::Protocol(format!("an alert of {length} octets")));
        }
        match (self.octet().await?, self.octet().await?) {
            (1, 0) => Err(self.closed()),
            (1, warning) => {
                self.warning = Some(warning);
                self.idle()
            }
            (_, fatal) => Err(Failure::Alert(alert::name(fatal))),
        }
    }

    fn idle(&mut self) -> Result<(), Failure> {
        self.idle += 1;
        match self.idle > MOST_IDLE {
            true => Err(Failure::Protocol("records come without end and say nothing".to_owned())),
            false => Ok(()),
        }
    }

    async fn octet(&mut self) -> Result<u8, Failure> {
        match self.stream.read_u8().await {
            Ok(octet) => Ok(octet),
            Err(error) => Err(self.broken(&error)),
        }
    }

    fn broken(&self, error: &std::io::Error) -> Failure {
        match tcp::Failure::from(error.kind()) {
            tcp::Failure::Closed | tcp::Failure::Reset if self.warning.is_some() => self.closed(),
            failure => Failure::Connection(failure),
        }
    }

    /// Closed by the server, for the reason it warned of, if any.
    fn closed(&self) -> Failure {
        match self.warning {
            Some(code) => Failure::Alert(alert::name(code)),
            None => Failure::Connection(tcp::Failure::Closed),
        }
    }
}
