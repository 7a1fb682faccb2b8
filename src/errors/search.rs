//! From what somebody typed or pasted to the errors that it most likely means.

use std::collections::{BTreeMap, BTreeSet};

use super::{Code, Error, List};

/// What a text led to.
pub enum Found<'a> {
    /// A code of the list: every error that shows it.
    Known(Vec<&'a Error>),
    /// A code that no error of the list shows: the one that is a single slip of the finger away, and others near it.
    UnknownCode {
        code: Code,
        likely: Option<&'a Error>,
        nearest: Vec<&'a Error>,
    },
    /// Errors whose texts are like it, the most alike first.
    Alike(Vec<&'a Error>),
    Nothing,
}

/// How many are worth showing beside the best.
const FEW: usize = 3;
/// A text is taken for a message from this share of its weight on.
const ALIKE: f64 = 0.55;
/// Others are mentioned that come this near to the best.
const NEARLY: f64 = 0.8;
/// A code is near another within so many mistyped digits.
const MISTYPED: usize = 2;

impl List {
    pub fn find(&self, text: &str) -> Found<'_> {
        let codes = Code::all_in(text);
        let mut by_word: Vec<&Error> = self.errors.iter().filter(|error| error.is_called(text)).collect();
        if !by_word.is_empty() {
            // The same code in another spelling is the same code.
            let same = |error: &&Error| {
                let alone = codes.iter().filter(|code| code.hresult().is_some() && is_alone(text));
                !error.is_called(text)
                    && alone.clone().any(|code| error.numbers().any(|number| number == *code))
            };
            by_word.extend(self.errors.iter().filter(same));
            return Found::Known(by_word);
        }
        // Looked up once: a log may be pasted that is full of numbers.
        let mut shown: BTreeMap<Code, Vec<&Error>> = BTreeMap::new();
        for error in self.errors.iter().filter(|_| !codes.is_empty()) {
            for number in error.numbers().collect::<BTreeSet<_>>() {
                shown.entry(number).or_default().push(error);
            }
        }
        for code in &codes {
            let known = shown.remove(code).unwrap_or_default();
            // A small number within a sentence may be anything; by itself it is a code.
            if !known.is_empty() && (code.0 > 0xffff || is_alone(text)) {
                return Found::Known(known);
            }
        }
        let long = codes.iter().find(|code| code.hresult().is_some()).or(codes.first());
        if let Some(code) = long.filter(|code| is_alone(text) || code.hresult().is_some()) {
            let (likely, nearest) = self.nearest(*code);
            return Found::UnknownCode { code: *code, likely, nearest };
        }
        match self.alike(text) {
            none if none.is_empty() => Found::Nothing,
            some => Found::Alike(some),
        }
    }

    /// Errors whose codes are within a slip of the finger, else the next ones of the same facility.
    fn nearest(&self, code: Code) -> (Option<&Error>, Vec<&Error>) {
        let typed = format!("{:08X}", code.0);
        let mut scored: Vec<((usize, u64), &Error)> = Vec::new();
        for error in &self.errors {
            let distance = |known: Code| {
                let slips = strsim::damerau_levenshtein(&format!("{:08X}", known.0), &typed);
                let same_part = known.0 >> 16 == code.0 >> 16;
                let near = slips <= MISTYPED || (same_part && code.hresult().is_some());
                near.then_some((slips.min(MISTYPED + 1), known.0.abs_diff(code.0)))
            };
            if let Some(best) = error.numbers().filter_map(distance).min() {
                scored.push((best, error));
            }
        }
        scored.sort_by_key(|(distance, _)| *distance);
        let slip = scored.iter().take_while(|((slips, _), _)| *slips == 1).count();
        let likely = scored.first().filter(|_| slip == 1).map(|(_, error)| *error);
        let others = scored.into_iter().skip(usize::from(likely.is_some())).take(FEW);
        (likely, others.map(|(_, error)| error).collect())
    }

    /// Errors whose texts share their telling words with this one.
    fn alike(&self, text: &str) -> Vec<&Error> {
        let Index { texts, known_in } = self.index.get_or_init(|| Index::of(&self.errors));
        // A mistyped word is meant as one that texts have.
        let meant = |word: String| match known_in.contains_key(&word) {
            true => word,
            false => known_in.keys().find(|known| alike(known, &word)).cloned().unwrap_or(word),
        };
        let asked: BTreeSet<String> = words(text).into_iter().map(meant).collect();
        // A word that many texts have says little.
        let weight = |word: &str| {
            let texts_with = known_in.get(word).copied().unwrap_or(1);
            (1.0 + texts.len() as f64 / texts_with as f64).ln()
        };
        let total = |words: &BTreeSet<String>| words.iter().map(|word| weight(word)).sum::<f64>();
        let all_asked = total(&asked);
        let mut best: BTreeMap<&str, (f64, &Error)> = BTreeMap::new();
        for (place, text) in texts {
            let Some(error) = self.errors.get(*place) else { continue };
            let shared: Vec<&String> = text.intersection(&asked).collect();
            if shared.is_empty() || (shared.len() == 1 && asked.len() > 1 && text.len() > 1) {
                continue;
            }
            let common: f64 = shared.iter().map(|word| weight(word)).sum();
            // A fragment of a message and a message within a log are both found; equal texts more surely.
            let (less, more) = match total(text) {
                of_text if of_text < all_asked => (of_text, all_asked),
                of_text => (all_asked, of_text),
            };
            let score = 0.8 * (common / less.max(f64::EPSILON)).min(1.0)
                + 0.2 * (common / more.max(f64::EPSILON)).min(1.0);
            let entry = best.entry(&error.id).or_insert((score, error));
            entry.0 = entry.0.max(score);
        }
        let mut best: Vec<(f64, &Error)> = best.into_values().filter(|(score, _)| *score >= ALIKE).collect();
        best.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
        let top = best.first().map_or(0.0, |(score, _)| *score);
        best.into_iter()
            .filter(|(score, _)| *score >= top * NEARLY)
            .take(FEW + 1)
            .map(|(_, error)| error)
            .collect()
    }
}

/// The texts of a list, taken apart once.
#[derive(Debug)]
pub(super) struct Index {
    /// The place of an error, and the words of one of its texts.
    texts: Vec<(usize, BTreeSet<String>)>,
    /// How many texts have a word.
    known_in: BTreeMap<String, usize>,
}

impl Index {
    fn of(errors: &[Error]) -> Self {
        let of_error = |(place, error): (usize, &Error)| -> Vec<(usize, BTreeSet<String>)> {
            error.texts().map(|text| (place, words(text))).collect()
        };
        let texts: Vec<_> = errors.iter().enumerate().flat_map(of_error).collect();
        let mut known_in: BTreeMap<String, usize> = BTreeMap::new();
        for word in texts.iter().flat_map(|(_, words)| words) {
            *known_in.entry(word.clone()).or_default() += 1;
        }
        Self { texts, known_in }
    }
}

impl Error {
    /// Whether a text is its id or one of its codes, letter for letter but for case.
    fn is_called(&self, text: &str) -> bool {
        let text = text.trim();
        self.id.eq_ignore_ascii_case(text) || self.codes.iter().any(|code| code.eq_ignore_ascii_case(text))
    }

    fn numbers(&self) -> impl Iterator<Item = Code> + '_ {
        self.codes.iter().filter_map(|code| Code::all_in(code).first().copied().filter(|_| is_alone(code)))
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let named = self.codes.iter().filter(|code| !code.starts_with("0x")).map(String::as_str);
        self.messages
            .iter()
            .map(String::as_str)
            .chain([self.title.en.as_str(), self.title.fr.as_str()])
            .chain(named)
    }
}

/// Whether a text is one word.
fn is_alone(text: &str) -> bool {
    text.split_whitespace().count() == 1
}

/// The words of a text without case, accents and punctuation; the commonest words of both languages left out.
fn words(text: &str) -> BTreeSet<String> {
    const COMMON: [&str; 46] = [
        "a", "an", "the", "is", "are", "was", "to", "of", "in", "on", "for", "and", "or", "your", "you",
        "this", "it", "that", "with", "be", "by", "from", "le", "la", "les", "un", "une", "des", "de", "du",
        "d", "l", "et", "ou", "a", "au", "aux", "en", "ce", "cette", "est", "que", "qui", "vous", "votre",
        "s",
    ];
    let folded: String = text.chars().flat_map(char::to_lowercase).map(plain).collect();
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.filter(|word| !COMMON.contains(word)).map(str::to_owned).collect()
}

/// A letter without its accent, as French has them.
fn plain(c: char) -> char {
    match c {
        'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        other => other,
    }
}

/// The same word, or one mistyped or inflected after its first letter.
fn alike(a: &str, b: &str) -> bool {
    let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
    let slips = shorter / 4;
    a == b
        || (slips > 0
            && longer - shorter <= slips
            && a.as_bytes().first() == b.as_bytes().first()
            && strsim::damerau_levenshtein(a, b) <= slips)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(text: &str) -> Option<String> {
        let list = List::built_in().unwrap();
        match list.find(text) {
            Found::Known(errors) | Found::Alike(errors) => errors.first().map(|error| error.id.clone()),
            Found::UnknownCode { likely, nearest, .. } => {
                likely.or(nearest.first().copied()).map(|error| error.id.clone())
            }
            Found::Nothing => None,
        }
    }

    #[test]
    fn every_error_is_found_by_its_own_codes_and_texts() {
        let list = List::built_in().unwrap();
        for error in &list.errors {
            let found_by = |text: &str| match list.find(text) {
                Found::Known(errors) | Found::Alike(errors) => {
                    errors.iter().any(|found| found.id == error.id)
                }
                _ => false,
            };
            for code in &error.codes {
                assert!(found_by(code), "{}: {code}", error.id);
                assert!(found_by(&code.to_lowercase()), "{}: {code} in lower case", error.id);
            }
            for message in &error.messages {
                let known = matches!(list.find(message), Found::Known(_));
                assert!(known || found_by(message), "{}: {message}", error.id);
            }
        }
    }

    #[test]
    fn every_spelling_of_a_code_finds_the_same_errors() {
        let list = List::built_in().unwrap();
        let found = |text: &str| match list.find(text) {
            Found::Known(errors) => errors.iter().map(|error| &error.id).collect::<BTreeSet<_>>(),
            _ => BTreeSet::new(),
        };
        let numbers = list.errors.iter().flat_map(Error::numbers).filter(|code| code.hresult().is_some());
        for Code(number) in numbers {
            let hex = found(&format!("0x{number:08X}"));
            assert!(!hex.is_empty());
            for other in [
                format!("0x{number:08x}"),
                format!("{number:08X}"),
                number.to_string(),
                number.cast_signed().to_string(),
            ] {
                assert_eq!(found(&other), hex, "{number:08X} as {other}");
            }
        }
    }

    #[test]
    fn what_people_type_leads_somewhere() {
        for (text, id) in [
            ("-2133916617", "clock-skew-pc"),
            ("0x80CF0473", "clock-skew-pc"),
            ("80CF437", "clock-skew-pc"),
            ("0x8018014", "platform-blocked-win"),
            ("80180O14", "platform-blocked-win"),
            ("noenrolmentpolicy", "apns-missing"),
            ("devicecapreached", "device-cap"),
            ("This user is not autorized to enroll", "not-authorized-win"),
            ("profile instalation failed a network error", "profile-failed-network"),
            ("l'appareil mobile certificat communiquer avec le réseau de votre entreprise", "apns-invalid"),
            ("Auto MDM Enroll: Failed (Unknown Win32 Error code: 0x8018002b)", "auto-mdm-failed"),
        ] {
            assert_eq!(top(text).as_deref(), Some(id), "{text}");
        }
        assert_eq!(top("the quick brown fox"), None);
    }
}
