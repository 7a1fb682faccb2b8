//! What is wrong with a settings file, shown where it stands, as rustc would.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

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
        let place = Place { path: path.to_owned(), text: text.to_owned(), span, label: String::new() };
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
        let mut group = Level::ERROR
            .primary_title(self.title.as_str())
            .elements(Vec::<annotate_snippets::Element<'_>>::new());
        let shown = self.place.as_ref().map(|place| (place, place.path.display().to_string()));
        if let Some((place, path)) = &shown {
            let end = place.text.len();
            let span = place.span.start.min(end)..place.span.end.clamp(place.span.start.min(end), end);
            let annotation = AnnotationKind::Primary.span(span);
            let annotation =
                if place.label.is_empty() { annotation } else { annotation.label(place.label.as_str()) };
            group = group
                .element(Snippet::source(place.text.as_str()).path(path.as_str()).annotation(annotation));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered(false))
    }
}

impl std::error::Error for Problem {}
