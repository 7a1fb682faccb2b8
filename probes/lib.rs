//! How a question is put to the world. Measures, never judges.
//!
//! [`Network`] is the live source: one match from question to probe. Every probe is bounded in time and size,
//! and answers also when the news is bad.

mod alert;
mod connector;
mod crl;
pub mod dns;
pub mod file;
mod hello;
mod http;
mod limits;
mod network;
mod pem;
mod pkcs7;
mod private_key;
mod program;
pub mod proxies;
mod proxy;
pub mod reading;
pub mod recording;
pub mod replacing;
mod scep;
pub mod secret;
pub mod system;
mod tls;
mod visit;

pub use limits::Limits;
pub use network::{Network, Options};
