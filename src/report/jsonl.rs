//! One finding a line as they come, then everything else on a last line.

use std::io::{self, Write};

use super::evidence::Book;
use super::json::{FindingDocument, Head};
use super::{Format, Report, write_json};
use crate::finding::Finding;
use crate::language::Language;

pub struct Jsonl;

impl Jsonl {
    /// A finding, as soon as it is there.
    pub fn finding(
        finding: &Finding,
        language: Language,
        book: &Book,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        write_json(out, &FindingDocument::of(finding, language, book))?;
        writeln!(out)
    }

    /// The last line.
    pub fn end(report: &Report, out: &mut dyn Write) -> io::Result<()> {
        write_json(out, &Head::of(report))?;
        writeln!(out)
    }
}

impl Format for Jsonl {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let book = Book::compact();
        for finding in &report.findings {
            Self::finding(finding, report.language, &book, out)?;
        }
        Self::end(report, out)
    }
}
