//! PEM as people have it: with a byte order mark, in UTF-16 from a shell's redirection, with CRLF and notes around.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use x509_parser::pem::Pem;

/// One armoured block.
pub(crate) struct Block {
    pub(crate) label: String,
    /// Whether a header says that the contents are encrypted (RFC 1421, as OpenSSL writes old keys).
    pub(crate) encrypted: bool,
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
    let (tidy, encrypted) = tidy(text);
    let mut blocks = Vec::new();
    for block in Pem::iter_from_buffer(tidy.as_bytes()) {
        let block = block.map_err(|error| format!("block {}: {error}", blocks.len() + 1))?;
        let encrypted = encrypted.get(blocks.len()).copied().unwrap_or_default();
        blocks.push(Block { label: block.label, encrypted, contents: block.contents });
    }
    Ok(blocks)
}

/// The text without what copying leaves behind, and without headers inside blocks; and for each block whether its
/// headers say that it is encrypted.
fn tidy(text: &str) -> (String, Vec<bool>) {
    // Files that were joined without a line break between them.
    let apart = text.replace("----------BEGIN ", "-----\n-----BEGIN ");
    let mut encrypted: Vec<bool> = Vec::new();
    let mut inside = false;
    let mut tidy = String::with_capacity(apart.len());
    for line in apart.lines().map(str::trim) {
        if line.starts_with("-----") {
            inside = line.starts_with("-----BEGIN ");
            encrypted.extend(inside.then_some(false));
        } else if inside && line.contains(':') {
            if let Some(last) = encrypted.last_mut() {
                *last |= line.starts_with("Proc-Type:") && line.contains("ENCRYPTED");
            }
            continue;
        }
        tidy.push_str(line);
        tidy.push('\n');
    }
    (tidy, encrypted)
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

    #[test]
    fn files_that_were_joined_and_keys_with_headers_are_read() {
        let joined = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE----------BEGIN RSA PRIVATE KEY-----\n\
                      Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\nAAED\n-----END RSA PRIVATE KEY-----\n";
        let blocks = blocks(joined).unwrap();
        let shown: Vec<_> =
            blocks.iter().map(|b| (b.label.as_str(), b.encrypted, b.contents.len())).collect();
        assert_eq!(shown, [("CERTIFICATE", false, 3), ("RSA PRIVATE KEY", true, 3)]);
    }
}
