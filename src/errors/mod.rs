//! Enrollment errors as users and help desks meet them: what they mean, and which check can see the cause.

pub mod code;
mod search;

use std::sync::OnceLock;

use serde::Deserialize;

use crate::language::{Language, Said};
pub use code::{Code, HResult, Reading};
pub use search::Found;

const LIST: &str = include_str!("../../data/errors.toml");

/// The list as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The day on which the sources were read.
    pub date: String,
    #[serde(rename = "error")]
    pub errors: Vec<Error>,
    #[serde(rename = "facility")]
    facilities: Vec<Facility>,
    win32: Vec<Win32>,
    /// Made when the first text is looked for.
    #[serde(skip)]
    index: OnceLock<search::Index>,
}

/// One error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Error {
    pub id: String,
    pub codes: Vec<String>,
    /// Texts to recognise it by, in either language.
    pub messages: Vec<String>,
    pub platforms: Vec<String>,
    pub era: Era,
    pub title: Words,
    pub meaning: Words,
    pub cause: Words,
    pub remedy: Words,
    /// Ids of the checks that can see the cause from outside.
    pub checks: Vec<String>,
    pub seen: Seen,
    pub references: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Era {
    Current,
    /// The old PC client, connectors and integrations that are no longer offered.
    Legacy,
}

/// Where the cause can be seen at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    Network,
    NetworkPartly,
    Tenant,
    Device,
    Server,
    Nowhere,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    en: String,
    fr: String,
}

impl Said for Words {
    fn said(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Fr => &self.fr,
        }
    }
}

/// The part of Windows that an HRESULT comes from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facility {
    number: u32,
    pub name: String,
    pub about: Words,
}

/// An error of Windows below an HRESULT of facility WIN32.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Win32 {
    number: u32,
    pub name: String,
    pub meaning: Words,
    pub checks: Vec<String>,
}

impl List {
    /// The list of this program.
    pub fn built_in() -> anyhow::Result<Self> {
        toml::from_str(LIST).map_err(|bad| anyhow::anyhow!("the list of errors cannot be read: {bad}"))
    }

    pub fn facility(&self, number: u32) -> Option<&Facility> {
        self.facilities.iter().find(|facility| facility.number == number)
    }

    pub fn win32(&self, number: u32) -> Option<&Win32> {
        self.win32.iter().find(|known| known.number == number)
    }

    /// The errors whose cause a check can see.
    pub fn seen_by(&self, check: &str) -> impl Iterator<Item = &Error> {
        self.errors.iter().filter(move |error| error.checks.iter().any(|id| id == check))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_names_checks_that_exist_and_says_everything_in_both_languages() {
        let list = List::built_in().unwrap();
        let mut ids = BTreeSet::new();
        for error in &list.errors {
            assert!(ids.insert(&error.id), "{} stands twice", error.id);
            for check in &error.checks {
                assert!(checks::by_id(check).is_some(), "{}: no check {check}", error.id);
            }
            for words in [&error.title, &error.meaning, &error.cause, &error.remedy] {
                assert!(!words.en.is_empty() && !words.fr.is_empty() && words.en != words.fr, "{}", error.id);
                assert!(!words.fr.contains('\''), "{}: a typewriter's apostrophe", error.id);
            }
            let seen_from_outside = matches!(error.seen, Seen::Network | Seen::NetworkPartly);
            assert!(error.checks.is_empty() || seen_from_outside, "{}", error.id);
            assert!(!error.codes.is_empty() || !error.messages.is_empty(), "{} can be recognised", error.id);
        }
        for known in &list.win32 {
            assert!(known.checks.iter().all(|check| checks::by_id(check).is_some()), "{}", known.name);
        }
        assert!(list.errors.len() >= 114);
    }
}
