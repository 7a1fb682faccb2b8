//! How a connection can fail before anything is spoken on it.

use serde::{Deserialize, Serialize};

/// What the network answered instead of a connection, or on one that had opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The machine is there and nothing listens on the port (RST, ICMP port unreachable).
    Refused,
    /// Nothing came back in the time allowed.
    TimedOut,
    /// A connection that had opened was cut with a reset.
    Reset,
    /// A connection that had opened was closed before an answer.
    Closed,
    /// This machine or a router has no way to the address.
    Unroutable,
    /// This machine's own rules forbid it.
    Forbidden,
    /// Any other error of the operating system.
    Other,
}

impl Failure {
    /// The kind in the field's word, for evidence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::TimedOut => "timed-out",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Unroutable => "unroutable",
            Self::Forbidden => "forbidden",
            Self::Other => "other",
        }
    }
}

impl From<std::io::ErrorKind> for Failure {
    fn from(kind: std::io::ErrorKind) -> Self {
        use std::io::ErrorKind as Kind;
        match kind {
            Kind::ConnectionRefused => Self::Refused,
            Kind::TimedOut | Kind::WouldBlock => Self::TimedOut,
            Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => Self::Reset,
            Kind::UnexpectedEof | Kind::NotConnected | Kind::WriteZero => Self::Closed,
            Kind::NetworkUnreachable | Kind::HostUnreachable | Kind::AddrNotAvailable | Kind::NetworkDown => {
                Self::Unroutable
            }
            Kind::PermissionDenied => Self::Forbidden,
            _ => Self::Other,
        }
    }
}
