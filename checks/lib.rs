//! What the answers mean. Judges, never measures.
//!
//! One file per check, one folder per family. [`FAMILIES`] is the whole catalogue; a guard test holds it against
//! the folders. What several checks need stands beside the families.

pub mod adfs;
mod alias;
pub mod apns;
pub mod apple;
mod catalogue;
pub mod certificate;
pub mod chain;
pub mod check;
pub mod clouds;
pub mod common;
mod dated;
pub mod discovery;
pub mod dns;
mod documents;
pub mod endpoint;
mod enrollment_authority;
mod enrollment_server;
pub mod federation;
pub mod inspection;
mod issuer;
pub mod network;
pub mod openid;
pub mod own;
mod push;
mod reach;
pub mod reading;
mod realm;
pub mod remedy;
mod revocation;
pub mod roots;
pub mod scep;
mod served;
pub mod settings;
mod sts;
pub mod subject;
pub mod text;
pub mod tls;
mod unreadable;
#[cfg(test)]
mod world;
mod xml;

pub use catalogue::{FAMILIES, Family, all, by_id, family_names};
pub use check::{Check, Judge, Judgement, Outcome, Reason, Reference, Status};
pub use reach::look::visit_ahead;
pub use remedy::Remedy;
pub use served::look_ahead;
pub use text::{Message, Text};
