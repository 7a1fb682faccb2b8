//! Any source, written down as it answers. A recording that fails never fails the run; it is told at the end.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use facts::Question;
use facts::memory::{Answering, Source};
use facts::vantage::Proxies;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::{End, Header, Line, Proxied, Unfinished};
use crate::replacing::Draft;

/// Answers that wait to be written; a run that is faster than the disk waits for it.
const WAITING: usize = 4096;

/// After so long without an answer the file is brought up to date.
const IDLE: Duration = Duration::from_millis(200);
const PAGE: usize = 64 * 1024;

/// A source whose answers are written down.
pub struct Recorder {
    source: Box<dyn Source>,
    lines: SyncSender<Line>,
}

impl Source for Recorder {
    fn answer<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(async move {
            let answer = self.source.answer(question).await;
            // Nobody reads any more where the disk is full; the tape tells at its end.
            let _ = self.lines.send(Line::Asked(question.clone(), answer.clone()));
            answer
        })
    }
}

/// Proxies whose choices are written down.
struct Noted {
    proxies: Arc<dyn Proxies>,
    lines: SyncSender<Line>,
    seen: Mutex<BTreeSet<Proxied>>,
}

impl Proxies for Noted {
    fn proxy_for(&self, host: &str, port: u16, https: bool) -> Option<String> {
        let by = self.proxies.proxy_for(host, port, https)?;
        let proxied = Proxied { host: host.to_owned(), port, https, by: by.clone() };
        if self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(proxied.clone()) {
            let _ = self.lines.send(Line::Proxied(proxied));
        }
        Some(by)
    }
}

/// What makes of a whole recording another one.
pub type Rewrite = fn(Header, Vec<Line>) -> (Header, Vec<Line>);

/// The file under way: beside its place until it is whole.
pub struct Tape {
    lines: SyncSender<Line>,
    writer: JoinHandle<io::Result<()>>,
    draft: Draft,
}

impl Tape {
    /// Begins a recording; `.gz` at the end of the name compresses it. One that is to be rewritten is held in memory
    /// until its end: nothing of it lies on the disk as it was.
    pub fn begin(path: &Path, header: Header, rewrite: Option<Rewrite>) -> io::Result<Self> {
        let compressed = match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => true,
            Some(ending @ ("zst" | "xz" | "bz2" | "zip" | "br" | "lz4")) => {
                let why = format!("recordings are compressed as .gz, not as .{ending}");
                return Err(io::Error::new(io::ErrorKind::Unsupported, why));
            }
            _ => false,
        };
        let (draft, file) = Draft::begin(path)?;
        let file = BufWriter::new(file);
        let mut out = if compressed {
            // Small pieces cost a call of the compressor each: a page at a time.
            let compressor = GzEncoder::new(file, Compression::fast());
            Out::Compressed(Box::new(BufWriter::with_capacity(PAGE, compressor)))
        } else {
            Out::Plain(file)
        };
        let (lines, waiting) = sync_channel(WAITING);
        let writer = std::thread::spawn(move || match rewrite {
            None => {
                write_line(&mut out, &header)?;
                write(out, &waiting)
            }
            Some(rewrite) => {
                let mut held = Vec::new();
                for line in waiting {
                    let last = matches!(line, Line::End(_));
                    held.push(line);
                    if last {
                        break;
                    }
                }
                let (header, lines) = rewrite(header, held);
                write_line(&mut out, &header)?;
                lines.iter().try_for_each(|line| write_line(&mut out, line))?;
                close(out)
            }
        });
        Ok(Self { lines, writer, draft })
    }

    /// A source that is written down from here on.
    pub fn record(&self, source: impl Source + 'static) -> Recorder {
        Recorder { source: Box::new(source), lines: self.lines.clone() }
    }

    /// Signatures that were found good by those who could still verify them.
    pub fn note_signed<'a>(&self, digests: impl IntoIterator<Item = &'a String>) {
        for digest in digests {
            let _ = self.lines.send(Line::Signed(digest.clone()));
        }
    }

    pub fn note_unfinished<'a>(&self, unfinished: impl IntoIterator<Item = &'a Unfinished>) {
        for what in unfinished {
            let _ = self.lines.send(Line::Unfinished(what.clone()));
        }
    }

    pub fn proxies(&self, proxies: Arc<dyn Proxies>) -> Arc<dyn Proxies> {
        Arc::new(Noted { proxies, lines: self.lines.clone(), seen: Mutex::default() })
    }

    /// Puts the whole file in its place; what stood there before stands until then.
    pub fn finish(self, end: End) -> io::Result<()> {
        let _ = self.lines.send(Line::End(end));
        let written = self.writer.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
        written.and_then(|()| self.draft.finish())
    }
}

enum Out {
    Plain(BufWriter<File>),
    Compressed(Box<BufWriter<GzEncoder<BufWriter<File>>>>),
}

impl Write for Out {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(octets),
            Self::Compressed(file) => file.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Compressed(file) => file.flush(),
        }
    }
}

/// Writes what comes until the end; what has come goes to the file whenever nothing comes for a while, so that a run
/// that is killed leaves what it knew.
fn write(mut out: Out, lines: &Receiver<Line>) -> io::Result<()> {
    let mut waits = false;
    loop {
        match lines.recv_timeout(IDLE) {
            Ok(line) => {
                write_line(&mut out, &line)?;
                waits = true;
                if matches!(line, Line::End(_)) {
                    break;
                }
            }
            Err(RecvTimeoutError::Timeout) if waits => {
                out.flush()?;
                waits = false;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    close(out)
}

fn close(out: Out) -> io::Result<()> {
    let file = match out {
        Out::Plain(file) => file,
        Out::Compressed(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?,
    };
    // Not synchronised with the disk: a run that waited for that would be slower for being recorded.
    file.into_inner().map_err(io::IntoInnerError::into_error).map(drop)
}

fn write_line(out: &mut Out, line: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
