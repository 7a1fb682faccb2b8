//! What to do, and the lines to copy.

use crate::text::{Message, Text};

/// An instruction, and what can be pasted as it stands: a record, a command, a list of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    pub prose: Message,
    pub copies: Vec<Copy>,
}

/// Lines to copy, under a label where there is more than one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub label: Option<Text>,
    pub text: String,
}

impl Remedy {
    /// Lines that complete the instruction's sentence.
    pub fn copy(mut self, text: impl Into<String>) -> Self {
        self.copies.push(Copy { label: None, text: text.into() });
        self
    }

    /// Another way to the same end.
    pub fn or(mut self, label: Text, text: impl Into<String>) -> Self {
        self.copies.push(Copy { label: Some(label), text: text.into() });
        self
    }

    /// Everything in one text, in both languages.
    pub fn text(&self) -> Message {
        Message { en: self.joined(&self.prose.en, |t| t.en), fr: self.joined(&self.prose.fr, |t| t.fr) }
    }

    fn joined(&self, prose: &str, word: fn(&Text) -> &'static str) -> String {
        let mut text = prose.to_owned();
        for copy in &self.copies {
            match &copy.label {
                Some(label) => {
                    text.push('\n');
                    text.push_str(word(label));
                    text.push(' ');
                }
                None if copy.text.contains('\n') => text.push('\n'),
                None => text.push(' '),
            }
            text.push_str(&copy.text);
        }
        text
    }
}

impl From<Message> for Remedy {
    fn from(prose: Message) -> Self {
        Self { prose, copies: Vec::new() }
    }
}

impl From<Text> for Remedy {
    fn from(prose: Text) -> Self {
        Message::from(prose).into()
    }
}
