//! A program of the user's that answers a question of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One run of a program, with what it reads on standard input.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Run {
    /// The program and its arguments; a path is relative to the folder.
    pub command: Vec<String>,
    /// Where it is started.
    pub folder: String,
    /// A JSON document.
    pub input: String,
    pub timeout_ms: u32,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ran {
    Ended {
        /// None: a signal ended it.
        code: Option<i32>,
        output: String,
        /// The end of what it said on standard error.
        complaint: String,
        /// It said more than is kept.
        truncated: bool,
    },
    TimedOut,
    /// In the operating system's own words.
    NotStarted(String),
}

impl Ran {
    pub fn evidence(&self) -> Value {
        match self {
            Self::Ended { code, output, complaint, truncated } => {
                json!({ "exit_code": code, "output": output, "complaint": complaint, "truncated": truncated })
            }
            Self::TimedOut => json!({ "failure": "timed out" }),
            Self::NotStarted(why) => json!({ "failure": why }),
        }
    }
}
