//! `enrollcheck run`: plan, probe, judge, report.

use std::io::{self, Write};

use anyhow::Context;

use super::{Exit, apply_colour, block_on, document, mention_idle, to_stdout, width};
use crate::arguments::{self, Format as Wanted};
use crate::finding::{Finding, exit_code};
use crate::language::Language;
use crate::progress::Progress;
use crate::report::{Book, Format, Human, Json, Jsonl, Report};
use crate::run::{self, Observer};
use crate::settings::{self, Problem, Settings};
use crate::world::World;

pub fn execute(arguments: &arguments::Run) -> anyhow::Result<Exit> {
    apply_colour(arguments.show.color);
    let settings = settings::resolve(&arguments.domains, &arguments.what, &arguments.network)?;
    if settings.is_empty() {
        let problem = Problem::new("there is nothing to check");
        return Err(problem
            .help("name a domain, as in `enrollcheck run contoso.com`, or a settings file with -c")
            .into());
    }
    mention_idle(&settings);
    let world = World::live(&settings)?;
    let language = arguments.show.language();
    let report = match arguments.format {
        Wanted::Jsonl => stream(&settings, &world, language)?,
        format => {
            let report = watched(&settings, &world, arguments)?;
            if format == Wanted::Json {
                document(|out| Json.write(&report, out))?;
            } else {
                let (verbose, quiet) = (arguments.show.verbose, arguments.show.quiet);
                let human = Human { width: width(), verbose, quiet };
                to_stdout(&arguments.show, |out| human.write(&report, out))?;
            }
            report
        }
    };
    let interrupted = report.cut.and_then(Exit::of_cut);
    Ok(interrupted.unwrap_or_else(|| Exit(exit_code(&report.findings, arguments.fail_on))))
}

fn watched(settings: &Settings, world: &World, arguments: &arguments::Run) -> anyhow::Result<Report> {
    let show = &arguments.show;
    let mut progress = Progress::new(!show.quiet && !show.no_progress);
    let finished = block_on(run::run(settings, world, &mut progress))?;
    progress.clear();
    Ok(Report::of(finished, settings, world, show.language()))
}

/// Findings as they come; a reader that goes away ends the writing, and the run is told at its end.
fn stream(settings: &Settings, world: &World, language: Language) -> anyhow::Result<Report> {
    let mut lines = Lines { language, book: Book::compact(), failed: None };
    let finished = block_on(run::run(settings, world, &mut lines))?;
    let report = Report::of(finished, settings, world, language);
    let end = match lines.failed {
        Some(error) => Err(error),
        None => Jsonl::end(&report, &mut io::stdout().lock()),
    };
    end.context("the report could not be written")?;
    Ok(report)
}

struct Lines {
    language: Language,
    book: Book,
    failed: Option<io::Error>,
}

impl Observer for Lines {
    fn planned(&mut self, _: usize) {}

    fn found(&mut self, finding: &Finding) {
        if self.failed.is_none() {
            let mut out = io::stdout().lock();
            let written =
                Jsonl::finding(finding, self.language, &self.book, &mut out).and_then(|()| out.flush());
            self.failed = written.err();
        }
    }
}
