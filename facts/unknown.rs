//! The one thing that is not an answer: we could not find out.

use serde::{Deserialize, Serialize};

/// Why a question has no answer. A refusal, a time-out or an error page is an answer; this is silence of our own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// The replayed recording does not hold this question.
    #[error("the recording does not hold this question")]
    NotRecorded,
    /// A recording held an answer of another kind.
    #[error("the recording holds an answer of another kind")]
    Mismatched,
    /// This machine could not put the question: out of sockets, no permission.
    #[error("this machine could not ask: {0}")]
    Local(String),
}
