//! From TOML and arguments to settings, parsed once.

pub mod duration;
mod file;
pub mod kept;
mod load;
mod network;
mod own;
mod problem;
mod resolve;
mod secret;
mod tenant;
mod waiver;

pub use network::ProxyChoice;
pub use problem::Problem;
pub use resolve::{CertificateCase, PushCase, Roots, Settings, of_text, overridden, own_checks, resolve};
