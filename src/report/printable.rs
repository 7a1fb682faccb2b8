//! Text from the world, made harmless for a terminal.

use std::borrow::Cow;

/// The text with control characters, escapes and direction marks spelt out: what a server writes into a certificate
/// or a header moves no cursor and hides no word.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// The same for what stands on one line: a line break is spelt out as well, and no name begins a line of its own.
pub fn one_line(text: &str) -> Cow<'_, str> {
    match printable(text) {
        safe if safe.contains('\n') => Cow::Owned(safe.replace('\n', "\\n")),
        safe => safe,
    }
}

pub(super) fn is_unsafe(c: char) -> bool {
    let direction =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\n') || direction || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{one_line, printable};

    #[test]
    fn escapes_and_direction_marks_are_spelt_out() {
        assert_eq!(printable("plain é 株"), "plain é 株");
        assert_eq!(printable("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(printable("a\u{202e}b\rc"), "a\\u{202e}b\\u{d}c");
        assert_eq!(one_line("a\nNOT READY\u{7}"), "a\\nNOT READY\\u{7}");
    }
}
