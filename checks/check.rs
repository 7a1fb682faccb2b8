//! A check is data plus one function.

use std::pin::Pin;

use facts::{Facts, Unknown};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::own::Own;
use crate::remedy::Remedy;
use crate::subject::{
    CertificateFile, Domain, Endpoint, Federation, Landscape, PushCertificate, ScepServer, Server,
};
use crate::text::{Message, Text};

/// How a finding counts. The order is the order of the ladder: the worst comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Does not apply, with the reason.
    Skip,
    Pass,
    Warn,
    /// Could not be carried out: never a pass, never a fail. It hides a warning, and no failure hides behind it.
    Unknown,
    Fail,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that a check can say: its stable name, how it counts unless a judgement says otherwise, what it
/// means and what to do about it in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    pub id: &'static str,
    pub status: Status,
    pub meaning: Text,
    pub remedy: Option<Text>,
}

impl Reason {
    pub const fn fail(id: &'static str, meaning: Text, remedy: Text) -> Self {
        Self { id, status: Status::Fail, meaning, remedy: Some(remedy) }
    }

    pub const fn warn(id: &'static str, meaning: Text, remedy: Text) -> Self {
        Self { id, status: Status::Warn, meaning, remedy: Some(remedy) }
    }

    pub const fn unknown(id: &'static str, meaning: Text, remedy: Text) -> Self {
        Self { id, status: Status::Unknown, meaning, remedy: Some(remedy) }
    }

    pub const fn pass(id: &'static str, meaning: Text) -> Self {
        Self { id, status: Status::Pass, meaning, remedy: None }
    }

    pub const fn skip(id: &'static str, meaning: Text) -> Self {
        Self { id, status: Status::Skip, meaning, remedy: None }
    }

    /// An outcome for this reason, in the words of the case.
    pub fn because(self, summary: Message) -> Outcome {
        Outcome {
            reason: self,
            status: self.status,
            summary,
            remedy: self.remedy.map(Remedy::from),
            affects: None,
            purpose: None,
            wanted: None,
            found: Vec::new(),
            notes: Vec::new(),
            evidence: Map::new(),
            expires_at: None,
        }
    }
}

/// What a judgement says of one subject.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub reason: Reason,
    pub status: Status,
    pub summary: Message,
    pub remedy: Option<Remedy>,
    /// Who notices, where that differs from subject to subject.
    pub affects: Option<Message>,
    /// What the subject is for, where that is not the check's own title.
    pub purpose: Option<Message>,
    /// What would have been right.
    pub wanted: Option<Message>,
    /// What was seen, and from whom.
    pub found: Vec<Message>,
    pub notes: Vec<Message>,
    /// The figures behind the summary; everything that was asked is added to it.
    pub evidence: Map<String, Value>,
    /// The first date after which what was seen is no longer valid.
    pub expires_at: Option<Timestamp>,
}

impl Outcome {
    /// The exact thing to do, instead of the reason's general remedy.
    pub fn remedy(mut self, remedy: impl Into<Remedy>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub fn affects(mut self, affects: Message) -> Self {
        self.affects = Some(affects);
        self
    }

    pub fn purpose(mut self, purpose: Message) -> Self {
        self.purpose = Some(purpose);
        self
    }

    pub fn wanted(mut self, wanted: Message) -> Self {
        self.wanted = Some(wanted);
        self
    }

    pub fn found(mut self, found: impl IntoIterator<Item = Message>) -> Self {
        self.found.extend(found);
        self
    }

    pub fn note(mut self, note: Message) -> Self {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
        self
    }

    pub fn notes(self, notes: impl IntoIterator<Item = Message>) -> Self {
        notes.into_iter().fold(self, Self::note)
    }

    pub fn evidence(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(key.to_owned(), value.into());
        self
    }

    pub fn expires_at(mut self, instant: Option<Timestamp>) -> Self {
        self.expires_at = instant;
        self
    }

    /// The same reason with another weight than its usual one.
    pub fn with_status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// The worst of several, the earliest in the check's own list among equals; what the others say becomes notes.
    pub fn worst_of(reasons: &[Reason], outcomes: impl IntoIterator<Item = Self>) -> Option<Self> {
        let place = |outcome: &Self| reasons.iter().position(|r| r.id == outcome.reason.id);
        let mut outcomes: Vec<Self> = outcomes.into_iter().collect();
        outcomes.sort_by(|a, b| b.status.cmp(&a.status).then_with(|| place(a).cmp(&place(b))));
        let mut outcomes = outcomes.into_iter();
        let mut worst = outcomes.next()?;
        for other in outcomes {
            if other.status > Status::Pass && other.summary != worst.summary {
                worst = worst.note(other.summary);
            }
            worst = worst.notes(other.notes);
        }
        Some(worst)
    }
}

/// Where a rule comes from, or where to read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    pub title: Text,
    pub url: &'static str,
}

pub type Judgement<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Unknown>> + Send + 'a>>;

/// What a check is put to, and the function that judges it.
#[derive(Clone, Copy)]
pub enum Judge {
    EachDomain(for<'a> fn(&'a Domain, &'a Facts) -> Judgement<'a>),
    EachEndpoint(for<'a> fn(&'a Endpoint, &'a Landscape, &'a Facts) -> Judgement<'a>),
    Network(for<'a> fn(&'a Landscape, &'a Facts) -> Judgement<'a>),
    ThisMachine(for<'a> fn(&'a Landscape, &'a Facts) -> Judgement<'a>),
    EachProxy(for<'a> fn(Option<&'a str>, &'a Landscape, &'a Facts) -> Judgement<'a>),
    EachCertificateFile(for<'a> fn(&'a CertificateFile, &'a Facts) -> Judgement<'a>),
    EachScepServer(for<'a> fn(&'a ScepServer, &'a Facts) -> Judgement<'a>),
    EachPushCertificate(for<'a> fn(&'a PushCertificate, &'a Facts) -> Judgement<'a>),
    EachServer(for<'a> fn(&'a Server, &'a Facts) -> Judgement<'a>),
    EachFederation(for<'a> fn(&'a Federation, &'a Facts) -> Judgement<'a>),
    /// A check of the user's own, as the settings declare it.
    Declared(for<'a> fn(&'a Own, &'a Facts) -> Judgement<'a>),
    /// The program itself finds these: they are about its settings, not about the world.
    Settings,
}

impl Judge {
    /// The catalogue's word for what the check is put to.
    pub fn subject(&self) -> &'static str {
        match self {
            Self::EachDomain(_) => "domain",
            Self::EachEndpoint(_) | Self::EachServer(_) => "host:port",
            Self::EachFederation(_) => "federation service",
            Self::EachScepServer(_) => "SCEP URL",
            Self::Network(_) => "network",
            Self::ThisMachine(_) => "this machine",
            Self::EachProxy(_) => "proxy",
            Self::EachCertificateFile(_) | Self::EachPushCertificate(_) => "certificate file",
            Self::Declared(_) => "as declared",
            Self::Settings => "waiver",
        }
    }
}

/// Everything there is to know about a check.
pub struct Check {
    /// `family.claim`, stable.
    pub id: &'static str,
    /// A claim that is true when all is well.
    pub title: Text,
    /// Why enrollment depends on it.
    pub why: Text,
    /// Who notices.
    pub affects: Text,
    /// In the order that decides among equals.
    pub reasons: &'static [Reason],
    pub references: &'static [Reference],
    /// What a user sees on the device when this is wrong.
    pub symptoms: &'static [Text],
    pub judge: Judge,
}

impl Check {
    pub fn family(&self) -> &'static str {
        self.id.split_once('.').map_or(self.id, |(family, _)| family)
    }

    /// The check's own reasons, without those that every check may give.
    pub fn reason(&self, id: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.id == id)
    }
}
