//! Lines of a terminal: labels on the left, text wrapped beside them, lines to copy left whole.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use checks::Status;

use super::group::Named;
use super::printable::printable;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const COPY: Style = AnsiColor::Cyan.on_default();

/// How wide the column of labels is, with its indent.
const LABELS: usize = 11;
/// Narrower than this nothing can be laid out; the terminal wraps by itself then.
const NARROWEST: usize = 24;

pub(crate) fn style(status: Status) -> Style {
    let style = match status {
        Status::Pass => AnsiColor::Green.on_default(),
        Status::Warn => AnsiColor::Yellow.on_default(),
        Status::Fail => AnsiColor::Red.on_default(),
        Status::Unknown => AnsiColor::Magenta.on_default(),
        Status::Skip => Style::new().dimmed(),
    };
    if status == Status::Skip { style } else { style.bold() }
}

/// Lines break at spaces alone: a host name or a URL with a line break in it cannot be copied.
pub(crate) fn options(width: usize) -> textwrap::Options<'static> {
    textwrap::Options::new(width)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::Custom(words))
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// Words as they may stand at the start of a line: in French a space stands before `;`, `:`, `?`, `!` and inside
/// quotation marks, where no line breaks.
fn words(line: &str) -> Box<dyn Iterator<Item = textwrap::core::Word<'_>> + '_> {
    let mut rest = line;
    Box::new(std::iter::from_fn(move || {
        let mut end = 0;
        loop {
            end += rest.get(end..)?.find(' ').map_or(rest.len() - end, |place| place + 1);
            let after = rest.get(end..)?.trim_start_matches(' ');
            let opened = rest.get(..end)?.trim_end().ends_with('«');
            if after.is_empty() || !(opened || after.starts_with([';', ':', '?', '!', '»'])) {
                break;
            }
            end = rest.len() - after.len();
        }
        end = rest.len() - rest.get(end..)?.trim_start_matches(' ').len();
        let word = rest.get(..end).filter(|word| !word.is_empty())?;
        rest = rest.get(end..)?;
        Some(textwrap::core::Word::from(word))
    }))
}

/// How many characters of a styled text are seen.
fn columns(styled: &str) -> usize {
    let mut in_style = false;
    let seen = styled.chars().filter(|c| {
        let seen = !in_style && *c != '\u{1b}';
        in_style = (in_style || *c == '\u{1b}') && *c != 'm';
        seen
    });
    seen.count()
}

/// A page of a given width.
pub(crate) struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
}

impl<'a> Page<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, width: usize) -> Self {
        Self { out, width: width.max(NARROWEST) }
    }

    pub(crate) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line as it stands.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Parts of one line, on as many lines as the width needs; a part is never broken.
    pub(crate) fn parts(&mut self, parts: &[String], between: &str) -> io::Result<()> {
        let gap = between.chars().count();
        let mut used = 0;
        for (place, part) in parts.iter().enumerate() {
            let size = columns(part);
            if place > 0 && used + gap + size > self.width {
                write!(self.out, "\n  ")?;
                used = 2;
            } else if place > 0 {
                write!(self.out, "{between}")?;
                used += gap;
            }
            write!(self.out, "{part}")?;
            used += size;
        }
        writeln!(self.out)
    }

    /// A line that may be longer than the page: wrapped at spaces, without indent.
    pub(crate) fn flow(&mut self, text: &str) -> io::Result<()> {
        for line in textwrap::wrap(text, options(self.width)) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// One of several, with a dash.
    pub(crate) fn item(&mut self, text: &str) -> io::Result<()> {
        self.wrapped("  - ", "    ", text)
    }

    /// Text on its own, indented and wrapped.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.wrapped("  ", "  ", text)
    }

    /// A label and its text; further lines stand under the text.
    pub(crate) fn labelled(&mut self, label: &str, text: &str) -> io::Result<()> {
        let first =
            format!("  {DIM}{label}{DIM:#}{}", " ".repeat(LABELS.saturating_sub(label.chars().count() + 2)));
        let narrow = self.width < 50;
        if narrow {
            if !label.is_empty() {
                self.line(&format!("  {DIM}{label}{DIM:#}"))?;
            }
            return self.wrapped("    ", "    ", text);
        }
        self.wrapped(&first, &" ".repeat(LABELS), text)
    }

    /// Subjects to copy with what each is for: beside them where there is room for some words, or below.
    pub(super) fn table(&mut self, named: &[Named<'_>]) -> io::Result<()> {
        let widest = named.iter().map(|named| named.subject.chars().count()).max().unwrap_or_default();
        let beside = self.width >= 4 + widest + 2 + NARROWEST;
        for Named { subject, purpose } in named {
            let subject = printable(subject);
            let purpose = purpose.unwrap_or_default();
            let copied = format!("    {COPY}{subject}{COPY:#}");
            if beside && !purpose.is_empty() {
                let gap = " ".repeat(widest.saturating_sub(subject.chars().count()) + 2);
                self.wrapped(&format!("{copied}{gap}"), &" ".repeat(4 + widest + 2), purpose)?;
            } else {
                self.line(&copied)?;
                if !purpose.is_empty() {
                    self.wrapped("      ", "      ", purpose)?;
                }
            }
        }
        Ok(())
    }

    /// A line to copy: never broken, so that what is pasted is what was meant.
    pub(crate) fn copy(&mut self, text: &str) -> io::Result<()> {
        let indent = if self.width < 50 { 4 } else { LABELS + 2 };
        for line in text.lines() {
            let line = printable(line);
            writeln!(self.out, "{}{COPY}{line}{COPY:#}", " ".repeat(indent))?;
        }
        Ok(())
    }

    fn wrapped(&mut self, first: &str, rest: &str, text: &str) -> io::Result<()> {
        let room = self.width.saturating_sub(rest.chars().count()).max(NARROWEST / 2);
        let options = options(room);
        let text = printable(text);
        let mut lead = first;
        for paragraph in text.split('\n') {
            for line in textwrap::wrap(paragraph, &options) {
                writeln!(self.out, "{lead}{line}")?;
                lead = rest;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_takes_no_column() {
        assert_eq!(columns(&format!("{BOLD}mémo{BOLD:#} {COPY}m{COPY:#}")), 6);
        assert_eq!(columns(""), 0);
    }

    #[test]
    fn no_line_begins_with_a_french_mark() {
        let wrapped = |text: &str| textwrap::wrap(text, options(12)).join("|");
        assert_eq!(wrapped("une phrase ; une autre : « mot » fin"), "une phrase ;|une autre :|« mot » fin");
        assert_eq!(wrapped("plain words, as ever"), "plain words,|as ever");
        assert_eq!(wrapped("  two  spaces "), "  two|spaces");
        assert_eq!(wrapped(""), "");
    }
}
