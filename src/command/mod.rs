//! The commands, a file each, and what they share.

pub mod compare;
pub mod completions;
pub mod explain;
pub mod init;
pub mod list;
pub mod run;
pub mod schema;
mod watch;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::arguments::{Color, Show};
use crate::cut::Cut;
use crate::settings::Problem;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    pub const READY: Self = Self(0);
    /// Usage or settings: nothing was probed. Also a report that could not be written.
    pub const REFUSED: Self = Self(2);

    /// The end of a run that somebody stopped.
    pub fn of_cut(cut: Cut) -> Option<Self> {
        match cut {
            Cut::Deadline => None,
            Cut::Interrupt => Some(Self(130)),
            Cut::Terminate => Some(Self(143)),
        }
    }

    /// Says what is wrong on standard error.
    pub fn refused(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<Problem>() {
            Some(problem) => anstream::eprintln!("{}", problem.rendered(true)),
            None if is_broken_pipe(error) => {}
            None => anstream::eprintln!("error: {error:#}"),
        }
        Self::REFUSED
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// Help and version are wished for; everything else about the command line is an error.
pub fn usage(error: &clap::Error) -> ExitCode {
    let wished = !error.use_stderr();
    let _ = error.print();
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && facts::Name::parse_domain(word).is_ok()
    {
        anstream::eprintln!("\nA domain is looked at with `enrollcheck run {word}`.");
    }
    if wished { ExitCode::SUCCESS } else { Exit::REFUSED.into() }
}

/// A reader that has seen enough closes the pipe; that is no fault worth a word.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// Writes text for people to standard output, with colours where they are wanted.
pub(crate) fn to_stdout(
    show: &Show,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    apply_colour(show.color);
    let choice = anstream::AutoStream::choice(&io::stdout());
    let mut stream = io::BufWriter::new(anstream::AutoStream::new(io::stdout().lock(), choice));
    write(&mut stream).and_then(|()| stream.flush()).context("the report could not be written")
}

/// Writes a document for machines to standard output, as it is.
pub(crate) fn document(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut stream = io::BufWriter::new(io::stdout().lock());
    write(&mut stream).and_then(|()| stream.flush()).context("the report could not be written")
}

/// The user's wish about colour, for both streams.
pub(crate) fn apply_colour(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// The width of the terminal that shows the report; what a file or a pipe gets is as wide as the usual one.
pub(crate) fn width() -> usize {
    const USUAL: usize = 80;
    const WIDEST: usize = 120;
    if !io::stdout().is_terminal() {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        return columns.unwrap_or(USUAL);
    }
    terminal_size::terminal_size().map_or(USUAL, |(width, _)| usize::from(width.0)).min(WIDEST)
}

/// A runtime with its own threads; it is left behind at the end rather than waited for, because a key derivation
/// that runs too long cannot be stopped.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no asynchronous runtime can be started")?;
    let output = runtime.block_on(future);
    runtime.shutdown_background();
    Ok(output)
}
