//! Evidence in reports: the figures of a judgement, and behind them everything that was asked.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use facts::Asked;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::finding::Finding;

/// Several findings lean on the same answers: each is made ready for the report once.
#[derive(Default)]
pub(super) struct Book {
    /// By the answer's place in memory, which holds still while a report is written.
    ready: RefCell<HashMap<usize, Rc<Value>>>,
}

/// How many answers are kept ready; more than that are of findings far apart.
const KEPT: usize = 20_000;

impl Book {
    fn answer(&self, asked: &Asked) -> Rc<Value> {
        let Ok(answer) = &asked.answer else { return Rc::new(Value::Null) };
        let mut ready = self.ready.borrow_mut();
        if ready.len() >= KEPT {
            ready.clear();
        }
        Rc::clone(ready.entry(answer.address()).or_insert_with(|| Rc::new(answer.evidence())))
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
            all.serialize_element(&One { asked, book })?;
        }
        all.end()
    }
}

struct One<'a> {
    asked: &'a Asked,
    book: &'a Book,
}

impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("question", &self.asked.question.to_string())?;
        match &self.asked.answer {
            Ok(_) => map.serialize_entry("answer", &*self.book.answer(self.asked))?,
            Err(unknown) => map.serialize_entry("unknown", &unknown.to_string())?,
        }
        map.end()
    }
}
