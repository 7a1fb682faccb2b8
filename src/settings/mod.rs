//! From TOML and arguments to settings, parsed once.

pub mod duration;
mod file;
mod load;
mod problem;
mod resolve;
mod secret;

pub use problem::Problem;
pub use resolve::{CertificateCase, ProxyChoice, Settings, resolve};
