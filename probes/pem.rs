//! PEM as people have it: with a byte order mark, in UTF-16 from a shell's redirection, with CRLF and notes around.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use x509_parser::pem::Pem;

/// One armoured block.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) contents: Vec<u8>,
}

/// The text of a file that is text: a byte order mark decides, else the pattern that UTF-16 leaves in ASCII.
pub(crate) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, damaged) = encoding.decode_without_bom_handling(bytes.get(mark..)?);
        return (!damaged).then_some(text);
    }
    let encoding = match bytes {
        [0, first, ..] if first.is_ascii() => Some(UTF_16BE),
        [first, 0, ..] if first.is_ascii() => Some(UTF_16LE),
        _ => None,
    };
    match encoding {
        Some(encoding) => {
            let (text, damaged) = encoding.decode_without_bom_handling(bytes);
            (!damaged).then_some(text)
        }
        None => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

/// The blocks of a PEM text, in order; an error says in which block the armour or its base64 breaks.
pub(crate) fn blocks(text: &str) -> Result<Vec<Block>, String> {
    // White space before and after lines is what copying from a page or a mail leaves behind.
    let tidy: String = text.lines().map(|line| format!("{}\n", line.trim())).collect();
    let mut blocks = Vec::new();
    for block in Pem::iter_from_buffer(tidy.as_bytes()) {
        let block = block.map_err(|error| format!("block {}: {error}", blocks.len() + 1))?;
        blocks.push(Block { label: block.label, contents: block.contents });
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "note\r\n-----BEGIN CERTIFICATE-----\r\nAAEC\r\n-----END CERTIFICATE-----\r\n";

    fn contents(bytes: &[u8]) -> Vec<u8> {
        blocks(&text(bytes).unwrap()).unwrap().remove(0).contents
    }

    #[test]
    fn every_encoding_that_shells_write_is_read() {
        let utf16 = |big: bool, mark: bool| -> Vec<u8> {
            let units = mark.then_some(0xFEFF).into_iter().chain(BLOCK.encode_utf16());
            units.flat_map(|u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
        };
        let with_mark = [b"\xEF\xBB\xBF", BLOCK.as_bytes()].concat();
        let files = [BLOCK.into(), with_mark, utf16(false, true), utf16(true, true), utf16(false, false)];
        for file in files {
            assert_eq!(contents(&file), [0, 1, 2]);
        }
    }

    #[test]
    fn a_block_that_breaks_off_is_an_error_not_a_certificate() {
        let cut = BLOCK.replace("-----END CERTIFICATE-----", "");
        assert!(blocks(&cut).is_err());
        let garbled = BLOCK.replace("AAEC", "A?EC");
        assert!(blocks(&garbled).is_err());
    }
}
