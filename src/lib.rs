//! `enrollcheck`: settings in, report out.
//!
//! The program as a library, for tests, examples and tools that embed a run.

pub mod ahead;
pub mod arguments;
pub mod atomic;
pub mod book;
mod bounded;
pub mod command;
pub mod comparison;
pub mod cut;
pub mod discover;
pub mod endpoints;
pub mod errors;
mod evaluate;
pub mod finding;
pub mod language;
pub mod needed;
pub mod plan;
mod progress;
pub mod redaction;
pub mod report;
pub mod run;
pub mod selection;
pub mod servers;
pub mod settings;
pub mod tally;
pub mod waivers;
pub mod world;
