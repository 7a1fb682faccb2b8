//! Users' own checks: a declared question and an expectation, or a program that answers.
//!
//! They are made from the settings, and from then on are checks like any other: planned, recorded, replayed, listed,
//! explained and waived. Their ids begin with `own.`.

mod connection;
mod document;
mod page;
mod program;
mod record;
mod server;

use std::sync::Arc;

use facts::{Facts, Unknown};
use serde::{Deserialize, Serialize};

use crate::check::{Check, Judge, Outcome, Reason};
use crate::say;
use crate::subject::{Given, HostPort};
use crate::text::{Message, Text};

pub use program::Programme;
pub use record::Expected;

/// A check as the settings declare it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Declaration {
    pub id: String,
    pub title: Message,
    pub remedy: Option<Message>,
    /// An unmet expectation is a warning, not a failure.
    pub warns: bool,
    pub what: What,
}

/// What is asked, and what is expected.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Record { name: facts::Name, kind: facts::dns::Kind, expected: Expected },
    Connection { at: HostPort, open: bool },
    Server { at: HostPort, trusted: bool },
    Page { url: url::Url, status: u16, contains: Option<String> },
    File { path: String, shown: String, there: bool, contains: Option<String> },
    Program(Programme),
}

impl What {
    /// The subject of the finding.
    pub fn subject(&self) -> String {
        match self {
            Self::Record { name, .. } => name.to_string(),
            Self::Connection { at, .. } | Self::Server { at, .. } => at.to_string(),
            Self::Page { url, .. } => url.to_string(),
            Self::File { shown, .. } => shown.clone(),
            Self::Program(programme) => programme.shown(),
        }
    }

    /// Whether a name may have to be looked up.
    pub fn needs_network(&self) -> bool {
        !matches!(self, Self::File { .. } | Self::Program(_))
    }
}

/// A declared check in a run.
pub struct Own {
    pub declaration: Declaration,
    pub check: &'static Check,
    /// The tenant that it belongs to, by its place; none where it counts for all.
    pub tenant: Option<usize>,
    pub given: Arc<Given>,
}

impl Own {
    pub fn new(declaration: Declaration, tenant: Option<usize>, given: Arc<Given>) -> Self {
        Self { check: check_of(&declaration), declaration, tenant, given }
    }

    /// What the finding says where the expectation is not met.
    fn unexpected(&self, summary: Message) -> Outcome {
        let reason = if self.declaration.warns { UNEXPECTED_WARNING } else { UNEXPECTED };
        self.remedied(reason.because(summary))
    }

    fn remedied(&self, outcome: Outcome) -> Outcome {
        match &self.declaration.remedy {
            Some(remedy) => outcome.remedy(remedy.clone()),
            None => outcome,
        }
    }
}

const WHY: Text = Text::new(
    "A check of your own, declared in the settings.",
    "Une vérification à vous, déclarée dans les paramètres.",
);
const AFFECTS: Text =
    Text::new("whoever depends on what it checks", "ceux qui dépendent de ce que cette vérification examine");
const LOOK: Text = Text::new(
    "Compare what was found with the expectation in the settings, and mend whichever is wrong.",
    "Comparez ce qui a été trouvé à ce qu’attendent les paramètres, et corrigez ce qui est faux.",
);
const UNMET: Text = Text::new(
    "What was found is not what the settings expect.",
    "Ce qui a été trouvé n’est pas ce qu’attendent les paramètres.",
);
const UNEXPECTED: Reason = Reason::fail("unexpected", UNMET, LOOK);
const UNEXPECTED_WARNING: Reason = Reason::warn("unexpected", UNMET, LOOK);
const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "What was found is what the settings expect.",
        "Ce qui a été trouvé est ce qu’attendent les paramètres.",
    ),
);
const NOT_ANSWERED: Reason = Reason::unknown(
    "not-answered",
    Text::new("There was no answer to compare.", "Il n’y a pas eu de réponse à comparer."),
    Text::new(
        "See what kept it from answering, then run again.",
        "Voyez ce qui a empêché la réponse, puis relancez.",
    ),
);
const FAILING: &[Reason] = &[UNEXPECTED, OK, NOT_ANSWERED];
const WARNING: &[Reason] = &[UNEXPECTED_WARNING, OK, NOT_ANSWERED];

/// The check of a declaration. It lives as long as the program, like the built-in ones: settings are read once.
fn check_of(declaration: &Declaration) -> &'static Check {
    let kept = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let reasons = match (&declaration.what, declaration.warns) {
        (What::Program(_), _) => program::REASONS,
        (_, true) => WARNING,
        (_, false) => FAILING,
    };
    Box::leak(Box::new(Check {
        id: kept(&declaration.id),
        title: Text { en: kept(&declaration.title.en), fr: kept(&declaration.title.fr) },
        why: WHY,
        affects: AFFECTS,
        reasons,
        references: &[],
        symptoms: &[],
        judge: Judge::Declared(|own, facts| Box::pin(judge(own, facts))),
    }))
}

async fn judge(own: &Own, facts: &Facts) -> Result<Outcome, Unknown> {
    match &own.declaration.what {
        What::Record { name, kind, expected } => record::judge(own, name, *kind, expected, facts).await,
        What::Connection { at, open } => connection::judge(own, at, *open, facts).await,
        What::Server { at, trusted } => server::judge(own, at, *trusted, facts).await,
        What::Page { url, status, contains } => {
            page::judge(own, url, *status, contains.as_deref(), facts).await
        }
        What::File { path, shown, there, contains } => {
            document::judge(own, path, shown, *there, contains.as_deref(), facts).await
        }
        What::Program(programme) => program::judge(own, programme, facts).await,
    }
}

/// The way to a host could not be found: nothing can be compared.
fn not_resolved(at: &HostPort) -> Outcome {
    let host = &at.host;
    NOT_ANSWERED.because(say!(
        en: "No address was found for {host}.",
        fr: "Aucune adresse n’a été trouvée pour {host}."
    ))
}
