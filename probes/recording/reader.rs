//! A recording as a source: it answers what it holds, and nothing else.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use facts::memory::{Answering, Source};
use facts::vantage::Proxies;
use facts::{Answer, Question, Unknown};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use super::{End, FORMAT, Header, Line, Proxied, Unfinished};

/// No honest recording is larger when it is unpacked: tens of thousands of tenants have a part of it.
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;
const MOST_PIPED: u64 = 32 * 1024 * 1024;
/// A file that unpacks to more than so many times its size is a bomb.
const MOST_RATIO: u64 = 128;

/// Why a file cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum BadRecording {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("it is larger than any recording, or unpacks to more; of a pipe 32 MB are read")]
    TooLarge,
    #[error("it is no recording of enrollcheck: {0}")]
    NoHeader(serde_json::Error),
    #[error("it was written by a newer enrollcheck (format {0})")]
    Newer(u32),
    #[error("line {line} cannot be read: {why}")]
    Line { line: usize, why: serde_json::Error },
}

/// Everything that was asked and answered.
#[derive(Debug)]
pub struct Recording {
    pub header: Header,
    /// None: the run was killed before its end.
    pub end: Option<End>,
    text: Vec<u8>,
    /// Where the line of a question stands; questions of one digest follow one another.
    places: HashMap<u64, Vec<Range<usize>>>,
    proxied: BTreeMap<(String, u16, bool), String>,
    /// Digests of signatures that were found good.
    signed: HashSet<String>,
    unfinished: HashSet<Unfinished>,
}

impl Recording {
    pub fn open(path: &Path) -> Result<Self, BadRecording> {
        let file = File::open(path)?;
        let kind = file.metadata()?;
        match kind.is_file() {
            true => Self::read(file, kind.len()),
            // What has no size, a pipe or a device, is read as far as memory is nobody's concern.
            false => Self::unpack(file, 0, [MOST_PIPED; 2]),
        }
    }

    /// Reads a recording of so many bytes, compressed or not.
    pub fn read(file: impl Read, size: u64) -> Result<Self, BadRecording> {
        let packed = MOST_BYTES.min(size.saturating_mul(MOST_RATIO).max(1 << 20));
        Self::unpack(file, size, [MOST_BYTES, packed])
    }

    /// The bounds are those of the text, as it stands there and out of its compression.
    fn unpack(mut file: impl Read, size: u64, [plain, packed]: [u64; 2]) -> Result<Self, BadRecording> {
        let mut start = [0; 2];
        let mut begun = 0;
        while begun < start.len() {
            match file.read(start.get_mut(begun..).unwrap_or_default())? {
                0 => break,
                read => begun += read,
            }
        }
        let start = start.get(..begun).unwrap_or_default();
        let whole = start.chain(file);
        let mut text = Vec::new();
        let most = if start == [0x1f, 0x8b] {
            let unpacked = MultiGzDecoder::new(whole).take(packed + 1).read_to_end(&mut text);
            // What a killed run left is cut in the middle of its compression.
            match unpacked {
                Err(cut) if cut.kind() == io::ErrorKind::UnexpectedEof => {}
                Err(error) => return Err(error.into()),
                Ok(_) => {}
            }
            packed
        } else {
            // In one piece, or growing would hold it twice. What is said of the size may be wrong: then it grows.
            let _ = usize::try_from(size.min(plain)).map(|size| text.try_reserve_exact(size + 1));
            whole.take(plain + 1).read_to_end(&mut text)?;
            plain
        };
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > most {
            return Err(BadRecording::TooLarge);
        }
        Self::parse(text)
    }

    fn parse(text: Vec<u8>) -> Result<Self, BadRecording> {
        let first = text.iter().position(|octet| *octet == b'\n').unwrap_or(text.len());
        let head = text.get(..first).unwrap_or_default();
        // The format speaks first: a newer header may have another shape.
        #[derive(Deserialize)]
        struct Format {
            recording: u32,
        }
        let Format { recording } = serde_json::from_slice(head).map_err(BadRecording::NoHeader)?;
        if recording > FORMAT {
            return Err(BadRecording::Newer(recording));
        }
        let header = serde_json::from_slice(head).map_err(BadRecording::NoHeader)?;
        let mut read = Self {
            header,
            end: None,
            text: Vec::new(),
            places: HashMap::new(),
            proxied: BTreeMap::new(),
            signed: HashSet::new(),
            unfinished: HashSet::new(),
        };
        let mut start = first + 1;
        let mut number = 2;
        while start < text.len() {
            let rest = text.get(start..).unwrap_or_default();
            let length = rest.iter().position(|octet| *octet == b'\n');
            let place = start..start + length.unwrap_or(rest.len());
            let line = text.get(place.clone()).unwrap_or_default();
            match read.take(line, place.clone()) {
                Ok(()) => {}
                // The last line of a killed run is a part of one.
                Err(_) if length.is_none() => break,
                Err(why) => return Err(BadRecording::Line { line: number, why }),
            }
            start = place.end + 1;
            number += 1;
        }
        read.text = text;
        Ok(read)
    }

    fn take(&mut self, line: &[u8], place: Range<usize>) -> serde_json::Result<()> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        match serde_json::from_slice::<Outline>(line)? {
            Outline::Asked(question, _) => self.places.entry(digest(&question)).or_default().push(place),
            Outline::Proxied(Proxied { host, port, https, by }) => {
                self.proxied.insert((host, port, https), by);
            }
            Outline::Signed(digest) => {
                self.signed.insert(digest);
            }
            Outline::Unfinished(what) => {
                self.unfinished.insert(what);
            }
            Outline::End(end) => self.end = Some(end),
        }
        Ok(())
    }

    /// How many answers it holds.
    pub fn answers(&self) -> usize {
        self.places.values().map(Vec::len).sum()
    }

    /// Signatures that were found good where what they sign has been replaced.
    pub fn signed(&self) -> &HashSet<String> {
        &self.signed
    }

    /// What the run did not come to before it was cut short.
    pub fn unfinished(&self) -> &HashSet<Unfinished> {
        &self.unfinished
    }

    /// The proxies that the run took.
    pub fn proxies(&self) -> impl Proxies + 'static {
        Known(self.proxied.clone())
    }

    fn look_up(&self, asked: &Question) -> Result<Answer, Unknown> {
        let places = self.places.get(&digest(asked)).map_or(&[][..], Vec::as_slice);
        for place in places {
            let line = self.text.get(place.clone()).unwrap_or_default();
            match serde_json::from_slice::<Line>(line) {
                Ok(Line::Asked(question, answer)) if question == *asked => return answer,
                Ok(_) => {}
                Err(_) => return Err(Unknown::Mismatched),
            }
        }
        Err(Unknown::NotRecorded)
    }
}

impl Source for Recording {
    fn answer<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(async move { self.look_up(question) })
    }
}

/// A line whose answer is left unread until somebody asks.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outline {
    Asked(Question, serde::de::IgnoredAny),
    Proxied(Proxied),
    Signed(String),
    Unfinished(Unfinished),
    End(End),
}

struct Known(BTreeMap<(String, u16, bool), String>);

impl Proxies for Known {
    fn proxy_for(&self, host: &str, port: u16, https: bool) -> Option<String> {
        self.0.get(&(host.to_owned(), port, https)).cloned()
    }
}

/// The same in one process; nothing of it is written down.
fn digest(question: &Question) -> u64 {
    let mut hasher = DefaultHasher::new();
    question.hash(&mut hasher);
    hasher.finish()
}
