//! The two languages of everything that people read.

use checks::{Message, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Language {
    En,
    Fr,
}

impl Language {
    /// The language of the system's locale; English where it is neither.
    pub fn of_the_system() -> Self {
        match sys_locale::get_locale() {
            Some(locale) if locale.to_ascii_lowercase().starts_with("fr") => Self::Fr,
            _ => Self::En,
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }
}

/// A fixed text in one language.
pub fn pick(text: Text, language: Language) -> &'static str {
    match language {
        Language::En => text.en,
        Language::Fr => text.fr,
    }
}

/// A colon and its spaces.
pub(crate) fn colon(language: Language) -> &'static str {
    match language {
        Language::En => ": ",
        Language::Fr => "\u{a0}: ",
    }
}

/// Something that can be said in either language.
pub trait Said {
    fn said(&self, language: Language) -> &str;
}

impl Said for Message {
    fn said(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Fr => &self.fr,
        }
    }
}

impl Said for Text {
    fn said(&self, language: Language) -> &str {
        match language {
            Language::En => self.en,
            Language::Fr => self.fr,
        }
    }
}
