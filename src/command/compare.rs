//! `enrollcheck compare`: two reports, and what became of each finding between them.

use std::path::Path;

use anyhow::Context;

use super::{Exit, apply_colour, document, to_stdout, width};
use crate::arguments::{Compare, CompareFormat};
use crate::bounded;
use crate::comparison::{self, Comparison, Document, NotAReport};
use crate::report::write_json_pretty;
use crate::settings::Problem;

pub fn execute(arguments: &Compare) -> anyhow::Result<Exit> {
    apply_colour(arguments.show.color);
    let comparison = Comparison::of(read(&arguments.old)?, read(&arguments.new)?);
    let language = arguments.show.language();
    match arguments.format {
        CompareFormat::Human => {
            to_stdout(&arguments.show, |out| comparison::write_human(&comparison, language, width(), out))?
        }
        CompareFormat::Markdown => {
            document(|out| comparison::write_markdown(&comparison, language, out))?;
        }
        CompareFormat::Json => document(|out| {
            write_json_pretty(out, &comparison)?;
            writeln!(out)
        })?,
    }
    Ok(Exit(comparison.exit_code(arguments.fail_on)))
}

/// A report on thousands of domains has a few.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

fn read(path: &Path) -> anyhow::Result<Document> {
    let shown = path.display();
    let bytes = bounded::read(path, MOST_BYTES).with_context(|| format!("{shown} could not be read"))?;
    Document::read(&bytes).map_err(|why| {
        let problem = match why {
            NotAReport::Newer => Problem::new(format!("{shown} was written by a newer enrollcheck"))
                .help("compare it with the version that wrote it"),
            NotAReport::Malformed(why) => {
                Problem::new(format!("{shown} is no JSON report of enrollcheck: {why}"))
                    .help("make one with `enrollcheck run DOMAIN -o json=FILE`")
            }
        };
        problem.into()
    })
}
