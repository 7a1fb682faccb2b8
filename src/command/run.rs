//! `enrollcheck run`: plan, probe, judge, report.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use probes::recording::{BadRecording, End, Recording, Tape, Unfinished};

use super::watch;
use super::{Exit, apply_colour, block_on, document, to_stdout, width};
use crate::arguments::{self, Format as Wanted, Output};
use crate::atomic;
use crate::cut::Cut;
use crate::finding::Finding;
use crate::language::Language;
use crate::progress::Progress;
use crate::report::{
    Book, Csv, Format, Html, Human, Ics, Json, Jsonl, Junit, Markdown, Nagios, Prometheus, Report, Sarif,
};
use crate::run::{self, Keep, Observer};
use crate::settings::{self, Problem, Settings};
use crate::world::{Record, World};

pub fn execute(arguments: &arguments::Run) -> anyhow::Result<Exit> {
    apply_colour(arguments.show.color);
    own_places(arguments)?;
    let (world, settings, tape) = prepare(arguments)?;
    if settings.is_empty() {
        let problem = Problem::new("there is nothing to check");
        return Err(problem
            .help("name a domain, as in `enrollcheck run contoso.com`, or a settings file with -c")
            .into());
    }
    if let Some(every) = arguments.evidence.every {
        return watch::execute(arguments, every, &settings, world);
    }
    let Told { report, unfinished, streamed } = match arguments.format {
        Wanted::Jsonl => stream(&settings, &world, arguments)?,
        _ => watched(&settings, &world, arguments)?,
    };
    // Each of them whatever becomes of the others; files first.
    let recorded = tape.map_or(Ok(()), |tape| {
        let path = arguments.evidence.record.as_deref().unwrap_or(Path::new("")).display();
        tape.note_unfinished(&unfinished);
        tape.finish(end(report.cut)).with_context(|| format!("{path} could not be recorded"))
    });
    let saved: Vec<_> = arguments.outputs.iter().map(|output| save(output, &report)).collect();
    let written = match arguments.format {
        Wanted::Jsonl => streamed,
        _ => write_report(arguments, &report),
    };
    let mut failed: Vec<_> =
        [recorded].into_iter().chain(saved).chain([written]).filter_map(Result::err).collect();
    if let Some(last) = failed.pop() {
        failed.iter().for_each(|error| {
            Exit::refused(error);
        });
        return Err(last);
    }
    // Nobody interrupts a replay of what was interrupted.
    let cut = report.cut.filter(|_| world.past.is_none());
    if let Some(interrupted) = cut.and_then(Exit::of_cut) {
        return Ok(interrupted);
    }
    Ok(Exit(match arguments.format {
        Wanted::Nagios => Nagios::exit_code(&report),
        _ => report.open.exit_code(arguments.fail_on),
    }))
}

/// Every file that is written has a place of its own, and none is read.
fn own_places(arguments: &arguments::Run) -> Result<(), Problem> {
    if arguments.outputs.iter().any(|output| output.path.as_os_str() == "-") {
        return Err(Problem::new("-o writes to a file, and `-` is none")
            .help("-f FORMAT chooses what goes to standard output"));
    }
    let evidence = &arguments.evidence;
    for path in arguments.outputs.iter().map(|output| &output.path).chain(&evidence.state) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let why = match folder {
            _ if path.is_dir() => "it is a folder".to_owned(),
            Some(folder) if !folder.is_dir() => format!("there is no folder {}", folder.display()),
            _ => continue,
        };
        return Err(Problem::new(format!("{} cannot be written: {why}", path.display())));
    }
    let outputs = arguments.outputs.iter().map(|output| &output.path);
    let mut seen: Vec<&PathBuf> = evidence.replay.iter().collect();
    for path in outputs.chain(&evidence.record).chain(&evidence.state) {
        // Devices and pipes take more than one.
        let replaced = path.metadata().map_or(true, |there| there.is_file());
        if replaced && seen.contains(&path) {
            let twice = Problem::new(format!("{} is named twice", path.display()));
            return Err(twice.help("what one option reads or writes there another one would replace"));
        }
        seen.push(path);
    }
    Ok(())
}

/// The report on standard output.
pub(super) fn write_report(arguments: &arguments::Run, report: &Report) -> anyhow::Result<()> {
    match document_of(arguments.format) {
        Some(form) => document(|out| form.write(report, out)),
        None => {
            let (verbose, quiet) = (arguments.show.verbose, arguments.show.quiet);
            let human = Human { width: width(), verbose, quiet };
            to_stdout(&arguments.show, |out| human.write(report, out))
        }
    }
}

/// The world to judge, live or kept, and what to judge in it.
fn prepare(arguments: &arguments::Run) -> anyhow::Result<(World, Settings, Option<Tape>)> {
    let (domains, what, network) = (&arguments.domains, &arguments.what, &arguments.network);
    let evidence = &arguments.evidence;
    let judged = |now| evidence.at.map_or(now, |at| at.after(now));
    let record = evidence.record.clone().map(|path| Record { path, redact: evidence.redact });
    let Some(path) = &evidence.replay else {
        let settings = settings::resolve(domains, what, network)?;
        let record = record.filter(|_| !settings.is_empty());
        let (world, tape) = World::recorded(&settings, record.as_ref(), judged)?;
        return Ok((world, settings, tape));
    };
    let bad = |why: BadRecording| Problem::new(format!("{} cannot be replayed: {why}", path.display()));
    Ok(World::replayed(Recording::open(path).map_err(bad)?, record.as_ref(), |kept, now| {
        Ok((settings::overridden(kept, domains, what, network)?, judged(now)))
    })?)
}

fn end(cut: Option<Cut>) -> End {
    match cut {
        None => End::Complete,
        Some(Cut::Deadline) => End::Deadline,
        Some(Cut::Interrupt | Cut::Terminate) => End::Interrupted,
    }
}

/// The forms that are the same on a terminal and in a file.
fn document_of(format: Wanted) -> Option<&'static dyn Format> {
    Some(match format {
        Wanted::Human => return None,
        Wanted::Json => &Json,
        Wanted::Jsonl => &Jsonl,
        Wanted::Junit => &Junit,
        Wanted::Markdown => &Markdown,
        Wanted::Html => &Html,
        Wanted::Csv => &Csv,
        Wanted::Prometheus => &Prometheus,
        Wanted::Nagios => &Nagios,
        Wanted::Sarif => &Sarif,
        Wanted::Ics => &Ics,
    })
}

/// Whether a form shows what was asked; for the others it need not be kept.
fn shows_evidence(format: Wanted) -> bool {
    matches!(format, Wanted::Json | Wanted::Jsonl | Wanted::Html)
}

/// How wide a human report in a file is.
const FILE_WIDTH: usize = 100;

pub(super) fn save(output: &Output, report: &Report) -> anyhow::Result<()> {
    let human = Human { width: FILE_WIDTH, verbose: true, quiet: false };
    let write = |file: &mut dyn Write| match document_of(output.format) {
        Some(form) => form.write(report, file),
        None => {
            let mut styled = Vec::new();
            human.write(report, &mut styled)?;
            let text = String::from_utf8_lossy(&styled).into_owned();
            write!(file, "{}", anstream::adapter::strip_str(&text))
        }
    };
    atomic::write(&output.path, write)
        .with_context(|| format!("{} could not be written", output.path.display()))
}

/// A run that is over.
struct Told {
    report: Report,
    /// What it did not come to.
    unfinished: Vec<Unfinished>,
    /// What became of standard output, where findings went there as they came.
    streamed: anyhow::Result<()>,
}

fn watched(settings: &Settings, world: &World, arguments: &arguments::Run) -> anyhow::Result<Told> {
    let show = &arguments.show;
    let formats = || arguments.outputs.iter().map(|output| output.format).chain([arguments.format]);
    let keep = match formats().any(shows_evidence) {
        true => Keep::Everything,
        false => Keep::Findings,
    };
    let mut progress = Progress::new(!show.quiet && !show.no_progress, keep);
    let mut finished = block_on(run::run(settings, world, &mut progress))?;
    progress.clear();
    let unfinished = std::mem::take(&mut finished.unfinished);
    let report = Report::of(finished, settings, world, show.language());
    Ok(Told { report, unfinished, streamed: Ok(()) })
}

/// Findings as they come; a reader that goes away ends the writing, and the run is told at its end.
fn stream(settings: &Settings, world: &World, arguments: &arguments::Run) -> anyhow::Result<Told> {
    let language = arguments.show.language();
    let keep = match arguments.outputs.is_empty() {
        true => Keep::Counts,
        false => Keep::Everything,
    };
    let out = io::BufWriter::with_capacity(1 << 16, io::stdout());
    let wanted = arguments.evidence.record.is_some() || !arguments.outputs.is_empty();
    let mut lines = Lines { language, book: Book::compact(), out, failed: None, keep, wanted };
    let mut finished = block_on(run::run(settings, world, &mut lines))?;
    let unfinished = std::mem::take(&mut finished.unfinished);
    let report = Report::of(finished, settings, world, language);
    let end = match lines.failed {
        Some(error) => Err(error),
        None => Jsonl::end(&report, &mut lines.out).and_then(|()| lines.out.flush()),
    };
    Ok(Told { report, unfinished, streamed: end.context("the report could not be written") })
}

struct Lines {
    language: Language,
    book: Book,
    out: io::BufWriter<io::Stdout>,
    failed: Option<io::Error>,
    keep: Keep,
    /// The run is for files as well.
    wanted: bool,
}

impl Observer for Lines {
    fn planned(&mut self, _: usize) {}

    fn found(&mut self, finding: &Finding) {
        if self.failed.is_none() {
            self.failed = Jsonl::finding(finding, self.language, &self.book, &mut self.out).err();
        }
    }

    fn settled(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.flush().err();
        }
    }

    fn keeps(&self) -> Keep {
        self.keep
    }

    fn wants_more(&self) -> bool {
        self.wanted || self.failed.is_none()
    }
}
