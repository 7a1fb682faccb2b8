//! A program that gives the verdict: in JSON, or by the exit codes of Nagios' plugins.

use facts::program::{Ran, Run};
use facts::{Facts, Unknown};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{NOT_ANSWERED, Own};
use crate::check::{Outcome, Reason, Status};
use crate::say;
use crate::text::{Message, Text};

/// A program as the settings name it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Programme {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The folder of the settings, where it is started.
    pub folder: String,
    pub timeout_ms: u32,
    /// What the tenants are called, and their domains: part of what it is asked.
    pub tenants: Vec<(String, Vec<String>)>,
}

impl Programme {
    pub(super) fn shown(&self) -> String {
        self.command.join(" ")
    }

    fn question(&self, own: &Own) -> Run {
        let tenants: Vec<Value> =
            self.tenants.iter().map(|(name, domains)| json!({ "name": name, "domains": domains })).collect();
        let input = json!({ "version": 1, "check": own.declaration.id, "tenants": tenants });
        Run {
            command: self.command.clone(),
            folder: self.folder.clone(),
            input: format!("{input}\n"),
            timeout_ms: self.timeout_ms,
        }
    }
}

const ITS_WORDS: Text = Text::new("Follow what the program says.", "Suivez ce que dit le programme.");
const FAILED: Reason = Reason::fail(
    "failed",
    Text::new("The program found a failure.", "Le programme a constaté un échec."),
    ITS_WORDS,
);
const WARNED: Reason = Reason::warn(
    "warned",
    Text::new("The program gave a warning.", "Le programme a donné un avertissement."),
    ITS_WORDS,
);
const FINE: Reason =
    Reason::pass("ok", Text::new("The program found all well.", "Le programme a tout trouvé en ordre."));
const NOT_APPLICABLE: Reason = Reason::skip(
    "not-applicable",
    Text::new("The program has nothing to check here.", "Le programme n’a rien à vérifier ici."),
);
const UNDETERMINED: Reason = Reason::unknown(
    "undetermined",
    Text::new("The program could not find out.", "Le programme n’a pas pu établir la réponse."),
    ITS_WORDS,
);
pub(super) const REASONS: &[Reason] = &[FAILED, WARNED, FINE, NOT_APPLICABLE, UNDETERMINED, NOT_ANSWERED];

pub(super) async fn judge(own: &Own, programme: &Programme, facts: &Facts) -> Result<Outcome, Unknown> {
    let shown = programme.shown();
    Ok(match &*facts.ask(programme.question(own)).await? {
        Ran::NotStarted(why) => NOT_ANSWERED.because(say!(
            en: "The program {shown} did not run: {why}.",
            fr: "Le programme {shown} n’a pas été exécuté : {why}."
        )),
        Ran::TimedOut => {
            let seconds = f64::from(programme.timeout_ms) / 1000.0;
            NOT_ANSWERED.because(say!(
                en: "The program {shown} had not ended after {seconds} s.",
                fr: "Le programme {shown} n’était pas terminé après {seconds} s."
            ))
        }
        Ran::Ended { code, output, complaint, .. } => read(own, &shown, *code, output, complaint),
    })
}

/// A verdict in JSON.
#[derive(Deserialize)]
struct Said {
    status: Status,
    summary: Words,
    remedy: Option<Words>,
    #[serde(default)]
    notes: Vec<Words>,
    #[serde(default)]
    evidence: Map<String, Value>,
    expires_at: Option<Timestamp>,
}

/// One text for both languages, or one for each.
#[derive(Deserialize)]
#[serde(untagged, expecting = "wanted a text, or one in each language: { \"en\": …, \"fr\": … }")]
enum Words {
    Both(String),
    Each { en: String, fr: String },
}

impl From<Words> for Message {
    fn from(words: Words) -> Self {
        match words {
            Words::Both(text) => Self::same(text),
            Words::Each { en, fr } => Self { en, fr },
        }
    }
}

fn read(own: &Own, shown: &str, code: Option<i32>, output: &str, complaint: &str) -> Outcome {
    // Programs on Windows begin with a byte order mark.
    let text = output.trim_start_matches('\u{feff}').trim();
    if begins(text, '{', &['"', '}']) {
        return match serde_json::from_str::<Said>(text) {
            Ok(said) if matches!(code, Some(0..=3)) => of_json(own, said),
            Ok(_) => ended_badly(shown, code, complaint),
            Err(why) => NOT_ANSWERED.because(say!(
                en: "The program {shown} gave a verdict that cannot be read: {why}.",
                fr: "Le programme {shown} a donné un verdict illisible : {why}."
            )),
        };
    }
    // What it means to say is not what it says: better unknown than passed by.
    if begins(text, '[', &['{', '[', '"', ']']) || text.lines().any(is_verdict) {
        return NOT_ANSWERED.because(say!(
            en: "The program {shown} gave a verdict in JSON that does not stand alone on its standard output.",
            fr: "Le programme {shown} a donné un verdict en JSON qui n’est pas seul sur sa sortie standard."
        ));
    }
    let last = last_line(complaint);
    // An interpreter that breaks down ends with 1: that is no warning.
    if let (Some(1), true, Some(last)) = (code, text.is_empty(), last) {
        return NOT_ANSWERED.because(say!(
            en: "The program {shown} broke down: {last}",
            fr: "Le programme {shown} s’est arrêté sur une erreur : {last}"
        ));
    }
    // The convention of Nagios: a line before the bar, figures after it, further lines below.
    let mut lines = text.lines().map(|line| line.split('|').next().unwrap_or_default().trim());
    let first = lines.next().filter(|line| !line.is_empty());
    let summary = first.map_or_else(
        || say!(en: "The program {shown} ended without a word.", fr: "Le programme {shown} s’est terminé sans un mot."),
        Message::same,
    );
    let status = match code {
        Some(0) => Status::Pass,
        Some(1) => Status::Warn,
        Some(2) => Status::Fail,
        Some(3) => Status::Unknown,
        _ => return ended_badly(shown, code, complaint),
    };
    let unsaid = last.filter(|_| text.is_empty()).map(Message::same);
    let notes = lines.filter(|line| !line.is_empty()).map(Message::same);
    outcome(own, status, summary).notes(notes).notes(unsaid)
}

/// Whether a text begins as JSON does: `[CRITICAL] disk full` is a line for people.
fn begins(text: &str, bracket: char, then: &[char]) -> bool {
    text.strip_prefix(bracket).is_some_and(|rest| rest.trim_start().starts_with(then))
}

/// A line that is a verdict among others that are not.
fn is_verdict(line: &str) -> bool {
    line.trim().starts_with('{') && serde_json::from_str::<Said>(line.trim()).is_ok()
}

fn last_line(complaint: &str) -> Option<&str> {
    complaint.lines().rev().map(str::trim).find(|line| !line.is_empty())
}

fn ended_badly(shown: &str, code: Option<i32>, complaint: &str) -> Outcome {
    let last = last_line(complaint).map(|last| format!(" ({last})")).unwrap_or_default();
    NOT_ANSWERED.because(match code {
        Some(code) => say!(
            en: "The program {shown} ended with exit code {code}, which is none of 0 to 3{last}.",
            fr: "Le programme {shown} s’est terminé avec le code {code}, qui n’est pas entre 0 et 3{last}."
        ),
        None => say!(
            en: "The program {shown} was ended by a signal{last}.",
            fr: "Le programme {shown} a été arrêté par un signal{last}."
        ),
    })
}

fn of_json(own: &Own, said: Said) -> Outcome {
    let mut outcome = outcome(own, said.status, said.summary.into());
    if let Some(remedy) = said.remedy {
        outcome = outcome.remedy(Message::from(remedy));
    }
    let mut outcome = outcome.notes(said.notes.into_iter().map(Message::from)).expires_at(said.expires_at);
    outcome.evidence.extend(said.evidence);
    outcome
}

fn outcome(own: &Own, status: Status, summary: Message) -> Outcome {
    let reason = match status {
        Status::Fail => FAILED,
        Status::Warn => WARNED,
        Status::Pass => FINE,
        Status::Skip => NOT_APPLICABLE,
        Status::Unknown => UNDETERMINED,
    };
    let outcome = own.remedied(reason.because(summary));
    match status {
        Status::Fail if own.declaration.warns => outcome.with_status(Status::Warn),
        _ => outcome,
    }
}
