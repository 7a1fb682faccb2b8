//! The vocabulary of enrollcheck: what may be asked of the world, and what the world may answer.
//!
//! No network, no opinion, no human language. A question is a small value that can be compared, hashed and
//! written down; [`Ask`] ties it to its typed answer; [`Memory`] puts each different question once.

pub mod certificate;
pub mod crl;
pub mod der;
pub mod dns;
pub mod file;
pub mod http;
pub mod memory;
pub mod name;
pub mod octets;
pub mod program;
pub mod proxy;
pub mod question;
pub mod registry;
pub mod scep;
pub mod signatures;
pub mod tcp;
pub mod tls;
pub mod unknown;
pub mod vantage;
pub mod visit;

pub use certificate::Certificate;
pub use memory::{Asked, Facts, Memory, Source};
pub use name::Name;
pub use octets::Octets;
pub use question::{Answer, Ask, Question};
pub use unknown::Unknown;
pub use vantage::Vantage;
