//! A code in any spelling, and what an HRESULT says of itself.

use std::collections::BTreeSet;

/// A number that somebody was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u64);

/// A number in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub code: Code,
    /// Written as a code is, or too large for anything else: a small number in a sentence may be anything.
    pub sure: bool,
}

impl Code {
    /// Every number in a text that can be a code, in the order of the text: `0x80CF0437`, `80cf0437`, `-2133917641`,
    /// `2161049655`, also within a sentence, and one code with its digits in groups.
    pub fn readings_in(text: &str) -> Vec<Reading> {
        let text = text.replace(['\u{2212}', '\u{2010}', '\u{2011}', '\u{2013}'], "-");
        if let Some(code) = Self::grouped(&text) {
            return vec![Reading { code, sure: true }];
        }
        let mut readings = Vec::new();
        let mut seen = BTreeSet::new();
        let separators = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.');
        for word in text.split(separators) {
            let word = word.trim_matches('.');
            let written = word.starts_with("0x") || word.starts_with("0X") || word.starts_with('-');
            for code in Self::readings(word) {
                if seen.insert(code) {
                    readings.push(Reading { code, sure: written || code.0 > 0xffff });
                }
            }
        }
        readings
    }

    pub fn all_in(text: &str) -> Vec<Self> {
        Self::readings_in(text).into_iter().map(|reading| reading.code).collect()
    }

    /// A text that is one code and nothing else: `-2 145 910 764`, `0x8018 0014`.
    fn grouped(text: &str) -> Option<Self> {
        let gap = |c: char| c.is_whitespace() || matches!(c, ',' | '.' | '\'' | '’' | '_');
        let text = text.trim();
        let joined: String = text.chars().filter(|c| !gap(*c)).collect();
        if joined.len() == text.len() {
            return None;
        }
        Self::readings(&joined).into_iter().find(|code| code.hresult().is_some())
    }

    /// A number of 64 bits whose upper half repeats the sign is one of 32.
    fn of(number: u64) -> Self {
        let signed = number >> 32 == 0xffff_ffff && number >> 31 & 1 == 1;
        Self(if signed { number & 0xffff_ffff } else { number })
    }

    /// What a word can mean as a number: eight digits may be hexadecimal or decimal.
    fn readings(word: &str) -> Vec<Self> {
        let (negative, digits) = match word.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, word),
        };
        let lower = as_digits(without_suffix(digits));
        let prefixed = lower.strip_prefix("0x").or_else(|| lower.strip_suffix('h'));
        if let Some(hex) = prefixed.filter(|hex| !hex.is_empty() && hex.len() <= 16) {
            return u64::from_str_radix(hex, 16).ok().map(Self::of).into_iter().collect();
        }
        if negative {
            // A signed 32-bit number, as PowerShell and event logs print it.
            let signed = lower.parse::<u32>().ok().and_then(|n| i32::try_from(-i64::from(n)).ok());
            return signed.map(|n| Self(u64::from(n.cast_unsigned()))).into_iter().collect();
        }
        let mut readings = Vec::new();
        let hex_digits = lower.len() >= 7 && lower.len() <= 9 && lower.chars().all(|c| c.is_ascii_hexdigit());
        if hex_digits && let Ok(number) = u64::from_str_radix(&lower, 16) {
            readings.push(Self(number));
        }
        if lower.len() >= 3
            && let Ok(number) = lower.parse()
        {
            readings.push(Self::of(number));
        }
        readings
    }

    /// As an HRESULT, if it is one: a failure in 32 bits.
    pub fn hresult(self) -> Option<HResult> {
        let bits = u32::try_from(self.0).ok()?;
        (bits >> 31 == 1).then_some(HResult { bits })
    }
}

/// A literal of C without its type: `0x80180014L`.
fn without_suffix(word: &str) -> &str {
    let bare = word.trim_end_matches(['l', 'L', 'u', 'U']);
    let whole = |hex: &str| hex.len() == 8 && hex.chars().all(|c| c.is_ascii_hexdigit());
    let hex = bare.strip_prefix("0x").or_else(|| bare.strip_prefix("0X"));
    if hex.is_some_and(whole) { bare } else { word }
}

/// In lower case; letters that are taken for digits are digits where most of the word is.
fn as_digits(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    match lower.chars().filter(char::is_ascii_digit).count() {
        ..5 => lower,
        _ => lower.replace('o', "0").replace(['l', 'i'], "1"),
    }
}

/// A 32-bit result code of Windows: [MS-ERREF] 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HResult {
    bits: u32,
}

impl HResult {
    /// The part of Windows that it comes from.
    pub fn facility(self) -> u32 {
        self.bits >> 16 & 0x7ff
    }

    /// The number within that part.
    pub fn low(self) -> u32 {
        self.bits & 0xffff
    }

    /// The same as PowerShell prints it.
    pub fn signed(self) -> i32 {
        self.bits.cast_signed()
    }

    pub fn is_win32(self) -> bool {
        self.facility() == 7
    }

    /// The status of an HTTP answer.
    pub fn http_status(self) -> Option<u32> {
        (self.facility() == 25 && (100..600).contains(&self.low())).then_some(self.low())
    }
}

impl std::fmt::Display for HResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "0x{:08X}", self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_spelling() {
        let wanted = Code(0x80CF_0437);
        for text in [
            "0x80CF0437",
            "0X80cf0437",
            "80cf0437",
            "80CF0437h",
            "-2133916617",
            "\u{2212}2133916617",
            "2161050679",
            "Error code: 0x80CF0437.",
            "(Failed: 3, 0x80CF0437)",
            "0x0000000080CF0437",
            "0xFFFFFFFF80CF0437",
            "18446744071575634999",
            "0x80CF0437L",
            "0x80CF0437UL",
            "0x80CF 0437",
            "80CF 0437",
            "-2 133 916 617",
            "-2\u{202f}133\u{202f}916\u{202f}617",
            "2,161,050,679",
        ] {
            assert!(Code::all_in(text).contains(&wanted), "{text}: {:x?}", Code::all_in(text));
        }
        assert_eq!(Code::all_in("no code at all"), []);
        assert_eq!(Code::all_in("--9223372036854775808 --5 -2147483649"), [], "no sign stands twice");
        assert_eq!(Code::all_in("-2147483648"), [Code(0x8000_0000)]);
        assert_eq!(Code::all_in("-99999999999999999999 0x 0xffffffffffffffffff"), []);
    }

    #[test]
    fn an_hresult_says_where_it_comes_from() {
        let timeout = Code(0x8007_2EE2).hresult().unwrap();
        assert!(timeout.is_win32());
        assert_eq!((timeout.low(), timeout.to_string().as_str()), (12002, "0x80072EE2"));
        assert_eq!(Code(0x8019_0194).hresult().unwrap().http_status(), Some(404));
        assert_eq!(Code(0xCAA9_001F).hresult().unwrap().facility(), 681);
        assert_eq!(Code(0x80CF_0437).hresult().unwrap().signed(), -2133916617);
        assert_eq!(Code(0x400).hresult(), None);
    }
}
