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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_people_say_them() {
        assert_eq!(listed(&["a"]).en, "a");
        assert_eq!(listed(&["a", "b", "c"]), Message { en: "a, b and c".into(), fr: "a, b et c".into() });
        assert_eq!(listed::<&str>(&[]).en, "");
    }
}
