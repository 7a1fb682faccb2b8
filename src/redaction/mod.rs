//! Evidence for strangers: names, addresses and mailboxes replaced, the same ones always by the same.
//!
//! What is replaced keeps its length and its kind of characters, so that certificates and documents stay what they
//! are; their keys, serial numbers and signatures are replaced as well, because public logs know whose they are. Which
//! signatures were good is written down beside them.

mod addresses;
mod der;
mod program;
mod text;
mod words;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use probes::recording::{Header, Line};
use serde_json::Value;

use self::der::Certificates;
use self::words::Words;

/// A recording as a stranger may have it.
pub fn rewrite(mut header: Header, lines: Vec<Line>) -> (Header, Vec<Line>) {
    let mut values: Vec<Value> = lines.iter().filter_map(|line| serde_json::to_value(line).ok()).collect();
    let words = Words::of(&header.settings, &values);
    let mut certificates = Certificates::new(&words);
    let mut note = |octets: &[u8], own: bool| certificates.note(octets, own);
    each_octets(&header.settings, &mut |octets| note(octets, true));
    values.iter().for_each(|value| each_octets(value, &mut |octets| note(octets, false)));
    let redactor = Redactor { words: &words, certificates: &certificates };
    redactor.rewrite_settings(&mut header.settings, "");
    header.redacted = true;
    for value in &mut values {
        redactor.rewrite(value, "");
    }
    // What no longer reads as a line is left out: better unknown than told.
    let mut lines: Vec<Line> =
        values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect();
    let proofs = facts::signatures::noted().into_iter().map(|mut proof| {
        proof.key = certificates.redacted(&proof.key);
        proof.message = certificates.redacted(&proof.message);
        proof.signature = certificates.signature(&proof.signature);
        Line::Signed(proof.digest())
    });
    let end = lines.iter().position(|line| matches!(line, Line::End(_))).unwrap_or(lines.len());
    lines.splice(end..end, proofs);
    (header, lines)
}

/// Keys of the settings whose values are words of the format, and patterns over names that are not replaced.
const FORMAT: [&str; 9] = ["cloud", "platforms", "kind", "status", "only", "skip", "check", "reason", "id"];

struct Redactor<'a> {
    words: &'a Words,
    certificates: &'a Certificates<'a>,
}

impl Redactor<'_> {
    fn rewrite(&self, value: &mut Value, key: &str) {
        match value {
            Value::String(text) => *text = self.string(key, text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.rewrite(value, key)),
            Value::Object(map) => {
                map.iter_mut().for_each(|(key, value)| self.rewrite(value, key));
            }
            _ => {}
        }
    }

    /// The settings but for the words of their format: a tenant may be called what a cloud is.
    fn rewrite_settings(&self, value: &mut Value, key: &str) {
        match value {
            Value::String(_) if FORMAT.contains(&key) => {}
            Value::Array(values) => values.iter_mut().for_each(|value| self.rewrite_settings(value, key)),
            Value::Object(map) => {
                map.iter_mut().for_each(|(key, value)| self.rewrite_settings(value, key));
            }
            other => self.rewrite(other, key),
        }
    }

    fn string(&self, key: &str, text: &str) -> String {
        match key {
            "output" => return program::output(text, &|text| self.words.scrambled(text)),
            "input" => {
                if let Some(asked) = program::input(text, &|text| self.words.replaced(text)) {
                    return asked;
                }
            }
            // Of a certificate that was not seen.
            "ca_thumbprint" if self.certificates.in_hex(text) == text => return self.words.hexadecimal(text),
            // A check may be called like a host, and is none.
            "check" => return text.to_owned(),
            _ => {}
        }
        // What people wrote for people is nobody else's business, word by word.
        if matches!(key, "because" | "owner" | "en" | "fr" | "complaint" | "command") {
            return self.words.scrambled(text);
        }
        match octets(key, text) {
            Some(octets) if der::is_der(&octets) => STANDARD.encode(self.certificates.redacted(&octets)),
            Some(octets) => match std::str::from_utf8(&octets) {
                Ok(body) => STANDARD.encode(self.document(body)),
                // Of another encoding: an octet is a character.
                Err(_) => {
                    let body: String = octets.iter().copied().map(char::from).collect();
                    let new = self.document(&body);
                    let new: Option<Vec<u8>> = new.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
                    STANDARD.encode(new.unwrap_or_default())
                }
            },
            None => self.certificates.in_hex(&self.words.replaced(text)),
        }
    }

    /// A document may hold certificates of its own, in base64.
    fn document(&self, body: &str) -> String {
        let body = text::each_run(body, text::is_base64, 200, |run| {
            let octets = STANDARD.decode(run).ok().filter(|octets| der::is_der(octets))?;
            Some(STANDARD.encode(self.certificates.redacted(&octets)))
        });
        self.certificates.in_hex(&self.words.replaced(&body))
    }
}

/// Octets as evidence writes them down: DER anywhere, and the bodies of answers.
fn octets(key: &str, text: &str) -> Option<Vec<u8>> {
    let plausible = text.len() >= 24 && text.len().is_multiple_of(4) && text.chars().all(text::is_base64);
    if key != "body" && !plausible {
        return None;
    }
    let octets = STANDARD.decode(text).ok()?;
    (key == "body" || der::is_der(&octets)).then_some(octets)
}

/// Visits everything that is octets, also within documents.
fn each_octets(value: &Value, visit: &mut dyn FnMut(&[u8])) {
    each_string(value, "", &mut |key, text| {
        let Some(octets) = octets(key, text) else { return };
        if der::is_der(&octets) {
            return visit(&octets);
        }
        if let Ok(body) = std::str::from_utf8(&octets) {
            text::each_run(body, text::is_base64, 200, |run| {
                let inner = STANDARD.decode(run).ok().filter(|octets| der::is_der(octets));
                inner.iter().for_each(|inner| visit(inner));
                None
            });
        }
    });
}

/// Visits every text with the key that it stands under.
fn each_string<'a>(value: &'a Value, key: &'a str, visit: &mut dyn FnMut(&'a str, &'a str)) {
    match value {
        Value::String(text) => visit(key, text),
        Value::Array(values) => values.iter().for_each(|value| each_string(value, key, visit)),
        Value::Object(map) => map.iter().for_each(|(key, value)| each_string(value, key, visit)),
        _ => {}
    }
}
