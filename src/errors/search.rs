//! From what somebody typed or pasted to the errors that it most likely means.

use std::borrow::Cow;
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
        let alone = is_alone(text);
        let mut readings = Code::readings_in(text);
        if alone {
            readings.iter_mut().for_each(|reading| reading.sure = true);
        }
        let mut by_word: Vec<&Error> = self.errors.iter().filter(|error| error.is_called(text)).collect();
        by_word.sort_by_key(|error| !error.is_named(text));
        let sure: Vec<Code> = readings.iter().filter(|reading| reading.sure).map(|r| r.code).collect();
        let known = match by_word.is_empty() || sure.iter().any(|code| code.hresult().is_some()) {
            true => self.showing(by_word, &sure),
            false => by_word,
        };
        if !known.is_empty() {
            return Found::Known(known);
        }
        // Of a code without its 0x.
        let bare: Vec<Code> = if alone { Code::all_in(&format!("0x{text}")) } else { Vec::new() };
        let known = self.showing(Vec::new(), &bare);
        if readings.is_empty() && !known.is_empty() {
            return Found::Known(known);
        }
        let long = sure.iter().find(|code| code.hresult().is_some()).or(sure.first());
        if let Some(code) = long.filter(|code| alone || code.hresult().is_some()) {
            let (likely, nearest) = self.nearest(*code);
            return Found::UnknownCode { code: *code, likely, nearest };
        }
        match self.alike(text) {
            none if none.is_empty() => Found::Nothing,
            some => Found::Alike(some),
        }
    }

    /// The errors that show one of the codes, after those that are known already: all of the first code, of further
    /// ones so many as make few.
    fn showing<'a>(&'a self, known: Vec<&'a Error>, codes: &[Code]) -> Vec<&'a Error> {
        let mut found = known;
        for (place, code) in codes.iter().enumerate() {
            let room = if place == 0 { usize::MAX } else { FEW.saturating_sub(found.len()) };
            let shows = |error: &&Error| error.numbers().any(|number| number == *code);
            let more: Vec<&Error> = self
                .errors
                .iter()
                .filter(|error| !found.iter().any(|known| known.id == error.id))
                .filter(shows)
                .take(room)
                .collect();
            found.extend(more);
        }
        found
    }

    /// Errors whose codes are within a slip of the finger, else the next ones of the same facility.
    fn nearest(&self, code: Code) -> (Option<&Error>, Vec<&Error>) {
        // Success is near to nothing.
        if code.0 == 0 {
            return (None, Vec::new());
        }
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
        // A mistyped word is meant as one that texts have; a number is meant as it is.
        let is_number = |word: &str| word.contains(|c: char| c.is_ascii_digit());
        let meant = |word: String| match known_in.contains_key(&word) || is_number(&word) {
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
        if asked.iter().all(|word| is_number(word)) {
            return Vec::new();
        }
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
            error.texts().map(|text| (place, words(&text))).collect()
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
    fn is_named(&self, text: &str) -> bool {
        let text = text.trim();
        self.id.eq_ignore_ascii_case(text) || self.codes.iter().any(|code| code.eq_ignore_ascii_case(text))
    }

    /// The same, or one of its texts as a whole, but for case and punctuation.
    fn is_called(&self, text: &str) -> bool {
        let spelled: Vec<String> = folded(text).collect();
        self.is_named(text)
            || (spelled.len() > 1 && self.texts().any(|known| folded(&known).eq(spelled.iter().cloned())))
    }

    fn numbers(&self) -> impl Iterator<Item = Code> + '_ {
        self.codes.iter().filter_map(|code| Code::all_in(code).first().copied().filter(|_| is_alone(code)))
    }

    fn texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let named = || self.codes.iter().filter(|code| !code.starts_with("0x")).map(String::as_str);
        self.messages
            .iter()
            .map(String::as_str)
            .chain([self.title.en.as_str(), self.title.fr.as_str()])
            .chain(named())
            .map(Cow::Borrowed)
            .chain(named().filter_map(apart).map(Cow::Owned))
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
    folded(text).filter(|word| !COMMON.contains(&word.as_str())).collect()
}

/// The words of a text in their order, without case, accents and punctuation.
fn folded(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text.chars().flat_map(char::to_lowercase).map(plain).collect();
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// `AccountNotOnboarded` as people say it, in words.
fn apart(code: &str) -> Option<String> {
    let mut words = String::new();
    let mut before = ' ';
    let mut letters = code.chars().peekable();
    while let Some(c) = letters.next() {
        let begins = before.is_lowercase()
            || (before.is_uppercase() && letters.peek().is_some_and(|next| next.is_lowercase()));
        if c.is_uppercase() && begins {
            words.push(' ');
        }
        words.push(c);
        before = c;
    }
    (words.contains(' ') && !code.contains(' ')).then_some(words)
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
    fn a_number_is_meant_as_it_is_and_success_is_near_to_nothing() {
        let list = List::built_in().unwrap();
        for text in ["event 4008", "0", "1", "12", "4 0"] {
            let found = list.find(text);
            assert!(!matches!(found, Found::Known(_) | Found::Alike(_)), "{text}");
        }
        let none = matches!(list.find("0x0"), Found::UnknownCode { likely: None, nearest, .. } if nearest.is_empty());
        assert!(none);
        let Found::Known(both) = list.find("0x80180014/0x80072EE7") else { panic!("both are known") };
        assert!(both.iter().any(|error| error.id == "wpj-discovery"));
        let Found::Known(both) = list.find("company portal temporarily unavailable") else { panic!() };
        assert!(both.iter().any(|error| error.id == "device-cap"));
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
            ("MDM Enroll: Failed (Unknown Win32 Error code: 0x00000411)", "connector-diag-0x00000411"),
            ("l’erreur 0x00000411.", "connector-diag-0x00000411"),
            ("error code 0xAB2", "vbscript"),
            ("ab2", "vbscript"),
            ("Event ID 76", "auto-mdm-failed"),
            ("Invalid profile", "invalid-profile"),
            ("User Name Not Recognized", "no-licence-msg"),
            ("APNS certificate not valid", "apns-invalid"),
            ("account not onboarded", "apns-invalid"),
            ("certificat manquant", "android-cert"),
            ("un probleme est survenu", "oobeidps"),
            ("0x80180014/0x80072EE7", "platform-blocked-win"),
        ] {
            assert_eq!(top(text).as_deref(), Some(id), "{text}");
        }
        assert_eq!(top("the quick brown fox"), None);
    }
}
