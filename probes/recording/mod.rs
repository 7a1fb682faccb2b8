//! The evidence of a run in a file: every question with its answer, a line each, so that it can be judged again.
//!
//! The first line is the header, the last one says how the run ended. A run that was killed leaves a file without its
//! last line, which is read as far as it goes. Format 1; a newer one is refused, for it may mean something else.

mod reader;
mod recorder;

use facts::{Answer, Question, Unknown};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use reader::{BadRecording, Recording};
pub use recorder::{Recorder, Rewrite, Tape};

/// Grows when a reader of the last format would misread the new one.
pub const FORMAT: u32 = 1;

/// Where and when the evidence was gathered, and what it was gathered for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    pub recording: u32,
    /// The program's version.
    pub version: String,
    pub started_at: Timestamp,
    /// The time of judgement.
    pub now: Timestamp,
    /// Names, addresses and mailboxes were replaced.
    #[serde(default)]
    pub redacted: bool,
    /// The effective settings, in the program's own shape.
    pub settings: Value,
}

/// How the run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    Complete,
    Deadline,
    Interrupted,
}

/// A connection that went through a proxy; all others were direct.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Proxied {
    pub host: String,
    pub port: u16,
    pub https: bool,
    /// The proxy's URL without credentials.
    pub by: String,
}

/// What a run that was cut short did not come to: judged again, it is as unknown as it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unfinished {
    Case {
        tenant: String,
        check: String,
        subject: String,
    },
    /// Where the tenant lives, which decides about endpoints.
    Needs {
        tenant: String,
    },
    /// How the tenant signs in, which decides about servers.
    Federations {
        tenant: String,
    },
}

/// One line after the header.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// A question and what came of it.
    Asked(Question, Result<Answer, Unknown>),
    Proxied(Proxied),
    /// A signature that was found good: the digest of key, message and signature. Only where what was signed is
    /// replaced, so that it can no longer be verified.
    Signed(String),
    Unfinished(Unfinished),
    End(End),
}
