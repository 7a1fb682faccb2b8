//! From TOML and arguments to settings, parsed once.

pub mod duration;
mod file;
mod load;
mod network;
mod problem;
mod resolve;
mod secret;
mod tenant;
mod waiver;

pub use network::ProxyChoice;
pub use problem::Problem;
pub use resolve::{CertificateCase, Settings, of_text, resolve};
