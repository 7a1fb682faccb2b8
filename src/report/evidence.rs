//! Evidence in reports: the figures of a judgement, and behind them everything that was asked.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Display;
use std::rc::Rc;

use facts::{Answer, Asked};
use serde::ser::{Error, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::finding::Finding;

/// Several findings lean on the same answers: each is written out once, and copied from then on.
pub struct Book {
    /// By the answer's place in memory; the answer is kept with it, so that no other can take the place.
    ready: RefCell<HashMap<usize, (Answer, Rc<RawValue>)>>,
    /// What stands before each further line of an entry; none for reports of one line.
    indent: Option<&'static str>,
}

/// How many answers are kept ready; more than that are of findings far apart.
const KEPT: usize = 4_000;
/// Where an entry stands in a report that is written for reading: `findings`, `evidence`, `asked`.
const INDENT: &str = "\n          ";

impl Book {
    /// For a document with a line for each value.
    pub(super) fn pretty() -> Self {
        Self { ready: RefCell::default(), indent: Some(INDENT) }
    }

    /// For the evidence of one finding by itself.
    pub(super) fn alone() -> Self {
        Self { ready: RefCell::default(), indent: Some("\n    ") }
    }

    /// For one line.
    pub fn compact() -> Self {
        Self { ready: RefCell::default(), indent: None }
    }

    fn entry(&self, asked: &Asked) -> serde_json::Result<Rc<RawValue>> {
        let Ok(answer) = &asked.answer else { return self.write(asked).map(Rc::from) };
        if let Some((_, ready)) = self.ready.borrow().get(&answer.address()) {
            return Ok(Rc::clone(ready));
        }
        let written: Rc<RawValue> = Rc::from(self.write(asked)?);
        let mut ready = self.ready.borrow_mut();
        if ready.len() >= KEPT {
            ready.clear();
        }
        ready.insert(answer.address(), (answer.clone(), Rc::clone(&written)));
        Ok(written)
    }

    fn write(&self, asked: &Asked) -> serde_json::Result<Box<RawValue>> {
        let entry = Entry(asked);
        let text = match self.indent {
            Some(indent) => serde_json::to_string_pretty(&entry)?.replace('\n', indent),
            None => serde_json::to_string(&entry)?,
        };
        RawValue::from_string(text)
    }
}

struct Entry<'a>(&'a Asked);

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        if let Ok(answer) = &self.0.answer {
            map.serialize_entry("answer", &Shown(answer))?;
        }
        map.serialize_entry("question", &Text(&self.0.question))?;
        if let Err(unknown) = &self.0.answer {
            map.serialize_entry("unknown", &Text(unknown))?;
        }
        map.end()
    }
}

struct Shown<'a>(&'a Answer);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_evidence(serializer)
    }
}

struct Text<'a, T>(&'a T);

impl<T: Display> Serialize for Text<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

pub(super) struct Evidence<'a> {
    pub(super) finding: &'a Finding,
    pub(super) book: &'a Book,
}

impl Serialize for Evidence<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.finding.outcome.evidence {
            map.serialize_entry(key, value)?;
        }
        if !self.finding.asked.is_empty() {
            map.serialize_entry("asked", &AllAsked(self))?;
        }
        map.end()
    }
}

struct AllAsked<'a>(&'a Evidence<'a>);

impl Serialize for AllAsked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Evidence { finding, book } = self.0;
        let mut all = serializer.serialize_seq(Some(finding.asked.len()))?;
        for asked in &finding.asked {
            all.serialize_element(&*book.entry(asked).map_err(S::Error::custom)?)?;
        }
        all.end()
    }
}
