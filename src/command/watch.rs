//! `enrollcheck run --every`: the same run again and again, and a word only where something changed.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use super::run::{save, write_report};
use super::{Exit, block_on, document, to_stdout, width};
use crate::arguments::{self, Format};
use crate::atomic;
use crate::comparison::{self, Became, Comparison, Document};
use crate::cut::{self, Cut};
use crate::report::{Book, Jsonl, Report, write_json};
use crate::run::{self, Unobserved};
use crate::settings::Settings;
use crate::world::World;

/// Repeats until somebody stops it.
pub(super) fn execute(
    arguments: &arguments::Run,
    every: Duration,
    settings: &Settings,
    world: World,
) -> anyhow::Result<Exit> {
    let mut watch = Watch {
        arguments,
        known: arguments.evidence.state.as_deref().and_then(read),
        begun: false,
        behind: false,
    };
    let cut = block_on(watch.repeat(every, settings, world))??;
    Ok(Exit::of_cut(cut).unwrap_or(Exit::READY))
}

struct Watch<'a> {
    arguments: &'a arguments::Run,
    /// What the last whole run found.
    known: Option<Document>,
    /// A first turn has been told; from then on nothing but its reader ends the watch.
    begun: bool,
    /// The files could not be written at the last turn.
    behind: bool,
}

impl Watch<'_> {
    async fn repeat(
        &mut self,
        every: Duration,
        settings: &Settings,
        mut world: World,
    ) -> anyhow::Result<Cut> {
        let mut turns = tokio::time::interval(every);
        // A run that takes longer than its turn is followed by the next one at once, not by all that were missed.
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let stop = cut::interrupted();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                biased;
                cut = &mut stop => return Ok(cut),
                _ = turns.tick() => {}
            }
            let finished = run::run(settings, &world, &mut Unobserved).await;
            let cut = finished.cut;
            let report = Report::of(finished, settings, &world, self.arguments.show.language());
            match cut {
                Some(cut @ (Cut::Interrupt | Cut::Terminate)) => return Ok(cut),
                // What a run that was cut short did not learn is no change of the world.
                Some(Cut::Deadline) => anstream::eprintln!(
                    "note: the run of {} was cut short by its deadline; nothing is compared with it",
                    report.started_at.strftime("%Y-%m-%d %H:%M UTC")
                ),
                None => self.tell(&report)?,
            }
            world = world.again();
        }
    }

    /// Tells what changed, writes the files that show it, and remembers it.
    fn tell(&mut self, report: &Report) -> anyhow::Result<()> {
        let now = Document::of(report);
        let change = self.known.take().map(|known| Comparison::of(known, now.clone()));
        let changed = change.as_ref().is_none_or(|comparison| !comparison.changes.is_empty());
        let mut written = Ok(());
        for output in &self.arguments.outputs {
            // Metrics tell also when the last run was.
            if changed || self.behind || output.format == Format::Prometheus {
                written = written.and(save(output, report));
            }
        }
        match &change {
            None => write_report(self.arguments, report)?,
            Some(comparison) if changed => self.print(comparison, report)?,
            Some(_) => {}
        }
        if let Some(path) = &self.arguments.evidence.state {
            let kept = remember(path, &now);
            written = written.and(kept.with_context(|| format!("{} could not be written", path.display())));
        }
        self.known = Some(now);
        self.behind = written.is_err();
        match written {
            Err(error) if self.begun => anstream::eprintln!("warning: {error:#}; the next turn tries again"),
            first => first?,
        }
        self.begun = true;
        Ok(())
    }

    fn print(&self, comparison: &Comparison, report: &Report) -> anyhow::Result<()> {
        let (show, language) = (&self.arguments.show, self.arguments.show.language());
        match self.arguments.format {
            Format::Human => to_stdout(show, |out| {
                comparison::write_human(comparison, language, width(), out)?;
                writeln!(out)
            }),
            Format::Markdown => document(|out| comparison::write_markdown(comparison, language, out)),
            Format::Json => document(|out| {
                write_json(out, comparison)?;
                writeln!(out)
            }),
            Format::Jsonl => document(|out| changed_lines(comparison, report, out)),
            _ => write_report(self.arguments, report),
        }
    }
}

/// The findings that are other than before, and the last line of every report.
fn changed_lines(comparison: &Comparison, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let book = Book::compact();
    let there = comparison.changes.iter().filter(|change| change.change != Became::Gone);
    for change in there {
        let key = (change.tenant.as_str(), change.check.as_str(), change.subject.as_str());
        // Both are in the order of keys.
        if let Ok(place) = report.findings.binary_search_by(|finding| finding.key().cmp(&key))
            && let Some(finding) = report.findings.get(place)
        {
            Jsonl::finding(finding, report.language, &book, out)?;
        }
    }
    Jsonl::end(report, out)
}

/// The state of an earlier watch; what cannot be read is told, and the watch begins anew.
fn read(path: &Path) -> Option<Document> {
    let octets = match std::fs::read(path) {
        Ok(octets) => octets,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            anstream::eprintln!("note: {} cannot be read ({error}); the watch begins anew", path.display());
            return None;
        }
    };
    let read: serde_json::Result<Document> = serde_json::from_slice(&octets);
    match read {
        Ok(known) if known.schema_version == comparison::STATE_VERSION => Some(known),
        Ok(_) => {
            anstream::eprintln!("note: {} is of another version; the watch begins anew", path.display());
            None
        }
        Err(error) => {
            anstream::eprintln!("note: {} is damaged ({error}); the watch begins anew", path.display());
            None
        }
    }
}

fn remember(path: &Path, known: &Document) -> io::Result<()> {
    atomic::write(path, |file| {
        serde_json::to_writer(&mut *file, known)?;
        writeln!(file)
    })
}
