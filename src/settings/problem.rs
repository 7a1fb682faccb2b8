//! What is wrong with a settings file, shown where it stands, as rustc would.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::report::printable;

/// One thing wrong with the settings.
#[derive(Debug)]
pub struct Problem {
    title: String,
    place: Option<Box<Place>>,
    help: Option<String>,
}

#[derive(Debug)]
struct Place {
    path: PathBuf,
    text: String,
    span: Range<usize>,
    label: String,
}

impl Problem {
    /// Without a place in a file: an argument, an environment variable, a file that is not there.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), place: None, help: None }
    }

    /// At a place in a file; byte offsets.
    pub fn at(path: &Path, text: &str, span: Range<usize>, title: impl Into<String>) -> Self {
        let place = Place { path: path.to_owned(), text: harmless(text), span, label: String::new() };
        Self { title: title.into(), place: Some(Box::new(place)), help: None }
    }

    /// What is said under the place itself.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some(place) = &mut self.place {
            place.label = label.into();
        }
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The text for a terminal; colours are taken out by the stream that writes it where they are not wanted.
    pub fn rendered(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let title = printable(&self.title);
        let help = self.help.as_deref().map(printable);
        let mut group =
            Level::ERROR.primary_title(&*title).elements(Vec::<annotate_snippets::Element<'_>>::new());
        let shown = self.place.as_ref().map(|place| {
            let path = place.path.display().to_string();
            (place, printable(&path).into_owned(), printable(&place.label))
        });
        if let Some((place, path, label)) = &shown {
            let end = place.text.len();
            let span = place.span.start.min(end)..place.span.end.clamp(place.span.start.min(end), end);
            let annotation = AnnotationKind::Primary.span(span);
            let annotation = if label.is_empty() { annotation } else { annotation.label(&**label) };
            group = group
                .element(Snippet::source(place.text.as_str()).path(path.as_str()).annotation(annotation));
        }
        if let Some(help) = &help {
            group = group.element(Level::HELP.message(&**help));
        }
        renderer.render(&[group])
    }
}

/// The text with what the renderer would let through to a terminal taken out, each by something of the same length, so
/// that places stay what they were. It shows the control characters of ASCII by itself.
fn harmless(text: &str) -> String {
    let harmless = |c: char| {
        let safe = matches!(printable(c.encode_utf8(&mut [0; 4])), Cow::Borrowed(_));
        match c.len_utf8() {
            1 => c,
            _ if safe => c,
            2 => '\u{bf}',
            _ => '\u{fffd}',
        }
    };
    text.chars().map(harmless).collect()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered(false))
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_file_or_a_key_moves_the_cursor() {
        let text = "a = \"\u{9b}31m\u{202e}\u{61c}\u{1b}[0m\u{7f}é\"\nbad = 1\n";
        let start = text.find("bad").unwrap();
        let problem = Problem::at(Path::new("x\u{9b}.toml"), text, 0..start + 3, "unknown key `\u{1b}[31m`");
        let shown = problem.label("not \u{7} known").help("did you mean `\u{85}`?").to_string();
        let foul =
            shown.chars().find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{202e}' | '\u{61c}'));
        assert_eq!(foul, None, "{shown:?}");
        assert!(shown.contains('é') && shown.contains("unknown key `\\u{1b}[31m`"), "{shown}");
    }
}
