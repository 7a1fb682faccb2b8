//! JSON whose strings move no cursor and hide no word, whatever prints it.

use std::io::{self, Write};

use super::printable::is_unsafe;

/// Takes what `serde_json` writes, a string's characters whole, and spells the unsafe ones as JSON does.
pub struct InertJson<'a>(pub &'a mut dyn Write);

impl Write for InertJson<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.write_all(octets)?;
        Ok(octets.len())
    }

    fn write_all(&mut self, octets: &[u8]) -> io::Result<()> {
        // Below these JSON spells everything out itself.
        let plain = octets.iter().all(|octet| *octet < 0x7f);
        let text = Some(octets).filter(|_| !plain).and_then(|octets| std::str::from_utf8(octets).ok());
        let Some(text) = text.filter(|text| text.chars().any(is_unsafe)) else {
            return self.0.write_all(octets);
        };
        let mut units = [0; 2];
        for c in text.chars() {
            match is_unsafe(c) {
                true => {
                    c.encode_utf16(&mut units).iter().try_for_each(|unit| write!(self.0, "\\u{unit:04x}"))?
                }
                false => write!(self.0, "{c}")?,
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unsafe_is_spelled_out_and_read_as_it_was() {
        let said = "é株 \u{202e}gpj\u{9b}31m\u{7f}\u{2028}\u{feff}\n\"";
        let mut written = Vec::new();
        serde_json::to_writer_pretty(InertJson(&mut written), &[said]).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert!(text.contains("é株 \\u202egpj\\u009b31m\\u007f\\u2028\\ufeff\\n\\\""), "{text}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [said]);
    }
}
