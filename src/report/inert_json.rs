//! JSON whose strings move no cursor and hide no word, whatever prints it.

use std::io::{self, Write};

use serde::Serialize;

use super::printable::is_unsafe;

/// Looked through at once: a call for each of `serde_json`'s small pieces would cost more than the pieces.
const CHUNK: usize = 1 << 14;

/// A value on one line.
pub fn write_json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut inert = Inert { out, held: Vec::with_capacity(2 * CHUNK) };
    serde_json::to_writer(&mut inert, value)?;
    inert.release()
}

/// A value on many lines, with indents.
pub fn write_json_pretty(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut inert = Inert { out, held: Vec::with_capacity(2 * CHUNK) };
    serde_json::to_writer_pretty(&mut inert, value)?;
    inert.release()
}

/// Takes pieces of whole characters, as `serde_json` writes them, and spells the unsafe ones as JSON does.
struct Inert<'a> {
    out: &'a mut dyn Write,
    held: Vec<u8>,
}

impl Inert<'_> {
    fn release(&mut self) -> io::Result<()> {
        let text = Some(&*self.held).filter(|held| has_unsafe(held));
        match text.and_then(|held| std::str::from_utf8(held).ok()) {
            None => self.out.write_all(&self.held)?,
            Some(text) => spell(text, self.out)?,
        }
        self.held.clear();
        Ok(())
    }
}

impl Write for Inert<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(octets);
        if self.held.len() >= CHUNK {
            self.release()?;
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.release()?;
        self.out.flush()
    }
}

fn spell(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut units = [0; 2];
    text.chars().try_for_each(|c| match is_unsafe(c) {
        true => c.encode_utf16(&mut units).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}")),
        false => write!(out, "{c}"),
    })
}

/// Whether an unsafe character is in there, by its octets in UTF-8; those below DEL JSON spells out itself.
fn has_unsafe(octets: &[u8]) -> bool {
    if octets.is_ascii() {
        return octets.contains(&0x7f);
    }
    let at = |place: usize| octets.get(place).copied().unwrap_or_default();
    octets.iter().enumerate().any(|(place, octet)| match octet {
        0x7f => true,
        0xc2 => matches!(at(place + 1), 0x80..=0x9f),
        0xd8 => at(place + 1) == 0x9c,
        0xe2 => {
            matches!((at(place + 1), at(place + 2)), (0x80, 0x8e | 0x8f | 0xa8..=0xae) | (0x81, 0xa6..=0xa9))
        }
        0xef => (at(place + 1), at(place + 2)) == (0xbb, 0xbf),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unsafe_is_spelled_out_and_read_as_it_was() {
        let said = "é株 \u{202e}gpj\u{9b}31m\u{7f}\u{2028}\u{feff}\n\"".repeat(3000);
        let mut written = Vec::new();
        write_json_pretty(&mut written, &[&said]).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert!(text.contains("é株 \\u202egpj\\u009b31m\\u007f\\u2028\\ufeff\\n\\\""));
        assert!(!text.chars().any(is_unsafe));
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [said]);
    }

    #[test]
    fn octets_and_characters_agree_on_what_is_unsafe() {
        for c in '\u{7f}'..=char::MAX {
            let text = format!("é{c}…");
            assert_eq!(has_unsafe(text.as_bytes()), is_unsafe(c), "{c:?}");
        }
    }
}
