//! Reading XML of strangers: no document types, no entities of their own, a bounded depth.

use std::collections::BTreeMap;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::text::Message;

/// No honest document of ours is nested deeper.
const DEPTH: usize = 64;

/// Why a document is not read: the text says where it broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a readable XML document: {0}")]
pub(crate) struct NotXml(pub(crate) String);

impl NotXml {
    /// The same as people read it; what the reader of XML itself says stays as it is.
    pub(crate) fn in_words(&self) -> Message {
        let fr = match self.0.as_str() {
            "it breaks off" => "il s’interrompt",
            "it holds no element" => "il ne contient aucun élément",
            "a document type is not accepted" => "un type de document n’est pas accepté",
            "not UTF-8" => "ce n’est pas de l’UTF-8",
            other => other,
        };
        Message { en: self.0.clone(), fr: fr.to_owned() }
    }
}

/// A part of a document, in its order.
pub(crate) enum Part<'a> {
    Open(Element<'a>),
    /// Character data, decoded; it may come in pieces.
    Text(&'a str),
    Close,
}

/// An element's local name and its attributes.
pub(crate) struct Element<'a> {
    start: &'a BytesStart<'a>,
}

impl Element<'_> {
    /// The name without its prefix.
    pub(crate) fn name(&self) -> String {
        AsRef::<str>::as_ref(&self.start.local_name()).to_owned()
    }

    pub(crate) fn attribute(&self, local_name: &str) -> Option<String> {
        let mut attributes = self.start.attributes();
        let found = attributes
            .with_checks(false)
            .flatten()
            .find(|a| AsRef::<str>::as_ref(&a.key.local_name()) == local_name)?;
        quick_xml::escape::unescape(&found.value).ok().map(std::borrow::Cow::into_owned)
    }
}

/// Shows every part of a document; ends with the first thing that is not well-formed.
pub(crate) fn walk(document: &[u8], mut see: impl FnMut(Part<'_>)) -> Result<(), NotXml> {
    let text = std::str::from_utf8(document).map_err(|_| NotXml("not UTF-8".to_owned()))?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let (mut depth, mut elements) = (0_usize, 0_usize);
    let broken = |why: String| Err(NotXml(why));
    loop {
        match reader.read_event().map_err(|why| NotXml(why.to_string()))? {
            Event::Start(start) => {
                depth += 1;
                elements += 1;
                if depth > DEPTH {
                    return broken(format!("nested deeper than {DEPTH}"));
                }
                see(Part::Open(Element { start: &start }));
            }
            Event::Empty(start) => {
                elements += 1;
                see(Part::Open(Element { start: &start }));
                see(Part::Close);
            }
            Event::End(_) => {
                depth -= 1;
                see(Part::Close);
            }
            Event::Text(text) => see(Part::Text(&text)),
            Event::CData(data) => see(Part::Text(&data)),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|why| NotXml(why.to_string()))?;
                match (character, resolve_xml_entity(&reference)) {
                    (Some(character), _) => see(Part::Text(character.encode_utf8(&mut [0; 4]))),
                    (None, Some(text)) => see(Part::Text(text)),
                    (None, None) => return broken(format!("the entity &{}; is not defined", &*reference)),
                }
            }
            // The way to a bomb, and to files of this machine.
            Event::DocType(_) => return broken("a document type is not accepted".to_owned()),
            Event::Eof if depth > 0 => return broken("it breaks off".to_owned()),
            Event::Eof if elements == 0 => return broken("it holds no element".to_owned()),
            Event::Eof => return Ok(()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

/// The text of the first element of each name.
pub(crate) fn texts(document: &[u8], names: &[&str]) -> Result<BTreeMap<String, String>, NotXml> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut open: Vec<Option<String>> = Vec::new();
    walk(document, |part| match part {
        Part::Open(element) => {
            let name = element.name();
            let wanted = names.contains(&name.as_str()) && !found.contains_key(&name);
            if wanted {
                found.insert(name.clone(), String::new());
            }
            open.push(wanted.then_some(name));
        }
        Part::Text(text) => {
            let kept = open.last().and_then(Option::as_ref).and_then(|name| found.get_mut(name));
            if let Some(kept) = kept {
                kept.push_str(text);
            }
        }
        Part::Close => {
            open.pop();
        }
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded_and_taken_from_the_first_element_of_a_name() {
        let document = b"\xef\xbb\xbf<?xml version='1.0'?><r xmlns:x='u'><x:A>1 &amp; &#50;<![CDATA[<3>]]></x:A><A>4</A><B/></r>";
        let texts = texts(document, &["A", "B", "C"]).unwrap();
        assert_eq!(texts["A"], "1 & 2<3>");
        assert_eq!(texts["B"], "");
        assert!(!texts.contains_key("C"));
    }

    #[test]
    fn bombs_and_broken_documents_are_refused() {
        let laughs = "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><r>&b;</r>";
        let deep = "<a>".repeat(100_000);
        for document in [laughs, &deep, "", "plain", "<a>", "<a></b>", "<a>&b;</a>", "{\"a\":1}", "<a"] {
            assert!(walk(document.as_bytes(), |_| ()).is_err(), "{}", document.get(..20).unwrap_or(document));
        }
        assert!(walk(&[0xff, 0xfe, b'<', 0], |_| ()).is_err());
    }
}
