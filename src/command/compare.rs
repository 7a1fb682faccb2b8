//! `enrollcheck compare`: two reports, and what became of each finding between them.

use std::path::Path;

use anyhow::Context;

use super::{Exit, apply_colour, document, to_stdout, width};
use crate::arguments::{Compare, CompareFormat};
use crate::bounded;
use crate::comparison::{self, Comparison, Document};
use crate::report::SCHEMA_VERSION;
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
            serde_json::to_writer_pretty(&mut *out, &comparison)?;
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
    // A report of a newer program may have another shape: its version speaks first.
    #[derive(serde::Deserialize)]
    struct Version {
        schema_version: u32,
    }
    let no_report = |why: serde_json::Error| {
        Problem::new(format!("{shown} is no JSON report of enrollcheck: {why}"))
            .help("make one with `enrollcheck run DOMAIN -o json=FILE`")
    };
    let Version { schema_version } = serde_json::from_slice(&bytes).map_err(no_report)?;
    if schema_version > SCHEMA_VERSION {
        let problem = Problem::new(format!("{shown} was written by a newer enrollcheck"));
        return Err(problem.help("compare it with the version that wrote it").into());
    }
    Ok(serde_json::from_slice(&bytes).map_err(no_report)?)
}
