//! Words in both languages. A sentence that lacks its French does not compile.

use serde::{Deserialize, Serialize};

/// A fixed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub en: &'static str,
    pub fr: &'static str,
}

impl Text {
    pub const fn new(en: &'static str, fr: &'static str) -> Self {
        Self { en, fr }
    }

    /// The same words in both languages: names of products, protocols, settings.
    pub const fn same(text: &'static str) -> Self {
        Self { en: text, fr: text }
    }
}

/// A text with values in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub en: String,
    pub fr: String,
}

impl Message {
    /// The same words in both languages.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { en: text.clone(), fr: text }
    }
}

impl From<Text> for Message {
    fn from(text: Text) -> Self {
        Self { en: text.en.to_owned(), fr: text.fr.to_owned() }
    }
}

/// A message in both languages; placeholders are checked by the compiler.
#[macro_export]
macro_rules! say {
    (en: $en:literal, fr: $fr:literal $(, $($value:tt)*)?) => {
        $crate::text::Message { en: format!($en $(, $($value)*)?), fr: format!($fr $(, $($value)*)?) }
    };
}

/// Items as people list them: `a, b and c`.
pub fn listed<T: AsRef<str>>(items: &[T]) -> Message {
    let join = |and: &str| match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} {and} {}", head.join(", "), last.as_ref())
        }
    };
    Message { en: join("and"), fr: join("et") }
}

/// The same where there may be any number: a few of them, and how many more.
pub fn listed_in_part<T: AsRef<str>>(items: &[T]) -> Message {
    const SHOWN: usize = 8;
    let (shown, rest) = items.split_at(items.len().min(SHOWN));
    let more = |en_or_fr: &str| {
        let shown = shown.iter().map(|item| item.as_ref().to_owned());
        shown.chain([format!("{} {en_or_fr}", rest.len())]).collect::<Vec<_>>()
    };
    match rest.len() {
        0 | 1 => listed(items),
        _ => Message { en: listed(&more("more")).en, fr: listed(&more("autres")).fr },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_people_say_them() {
        assert_eq!(listed(&["a"]).en, "a");
        assert_eq!(listed(&["a", "b", "c"]), Message { en: "a, b and c".into(), fr: "a, b et c".into() });
        assert_eq!(listed::<&str>(&[]).en, "");
        let many: Vec<String> = (0..100).map(|i| format!("n{i}")).collect();
        assert_eq!(listed_in_part(&many).en, "n0, n1, n2, n3, n4, n5, n6, n7 and 92 more");
        assert_eq!(listed_in_part(&many).fr, "n0, n1, n2, n3, n4, n5, n6, n7 et 92 autres");
        assert_eq!(listed_in_part(&many[..9]), listed(&many[..9]));
    }
}
