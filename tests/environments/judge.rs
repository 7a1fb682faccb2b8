//! A kept world judged again: the same run in both languages, without a network and without a clock.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use checks::Status;
use enrollcheck::language::Language;
use enrollcheck::report::{Format, Human, Json, Report};
use enrollcheck::run::{self, Unobserved};
use enrollcheck::world::World as Source;
use probes::recording::Recording;
use serde_json::Value;

use crate::worlds::World;

pub const PLAIN: &str = "evidence.jsonl";
pub const COMPRESSED: &str = "evidence.jsonl.gz";
const REPORTS: [&str; 3] = ["report.en.txt", "report.fr.txt", "report.json"];

/// What is said of one world.
pub struct Judged {
    /// In the order of `REPORTS`.
    reports: [String; 3],
    /// Every `check/reason` with its status.
    said: BTreeSet<(Status, String)>,
    /// Every `check/reason` that is in it.
    pub reasons: BTreeSet<String>,
    /// Of all its files together, in bytes.
    pub size: u64,
}

/// Every world, several at once.
pub fn each(worlds: &[World], home: &Path) -> Vec<Judged> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((place, world)) = claim(&next, worlds) {
                    let judged = judge(&home.join(world.name));
                    done.lock().unwrap().push((place, judged));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, judged)| judged).collect()
}

fn claim<'a>(next: &AtomicUsize, worlds: &'a [World]) -> Option<(usize, &'a World)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    worlds.get(place).map(|world| (place, world))
}

pub fn evidence(folder: &Path) -> PathBuf {
    let compressed = folder.join(COMPRESSED);
    if compressed.exists() { compressed } else { folder.join(PLAIN) }
}

fn judge(folder: &Path) -> Judged {
    let path = evidence(folder);
    let recording = Recording::open(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let (source, settings, _) = Source::replayed(recording, None, |settings, now| Ok((settings, now)))
        .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let finished = runtime.block_on(run::run(&settings, &source, &mut Unobserved));
    let mut report = Report::of(finished, &settings, &source, Language::En);
    let said: BTreeSet<(Status, String)> =
        report.findings.iter().map(|finding| (finding.status(), finding.reason_id())).collect();
    // What changes without any change of a judgement.
    report.elapsed_ms = 0;
    report.findings.iter_mut().for_each(|finding| finding.elapsed_ms = 0);
    report.catalogue_date = "1970-01-01".to_owned();
    let human = Human { width: 100, verbose: true, quiet: false };
    let (english, json) = (write(&human, &report), dense(&write(&Json, &report)));
    report.language = Language::Fr;
    let reports = [english, write(&human, &report), json];
    let size = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    Judged {
        reasons: said.iter().map(|(_, reason)| reason.clone()).collect(),
        said,
        reports,
        size: [PLAIN, COMPRESSED].iter().chain(&REPORTS).map(|name| size(name)).sum(),
    }
}

fn write(form: &dyn Format, report: &Report) -> String {
    let mut octets = Vec::new();
    form.write(report, &mut octets).unwrap();
    let text = String::from_utf8(octets).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    anstream::adapter::strip_str(&text)
        .to_string()
        .replacen(&format!("enrollcheck {version}"), "enrollcheck", 1)
        .replacen(&format!("\"version\": \"{version}\""), "\"version\": \"0\"", 1)
}

/// The same document with a finding a line: half the size, and compared as well.
fn dense(json: &str) -> String {
    let report: Value = serde_json::from_str(json).unwrap();
    let field = |(name, value): (&String, &Value)| match (name.as_str(), value) {
        ("findings", Value::Array(findings)) => {
            let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
            format!("\"findings\": [\n{}\n]", findings.join(",\n"))
        }
        _ => format!("\"{name}\": {value}"),
    };
    let fields: Vec<String> = report.as_object().unwrap().iter().map(field).collect();
    format!("{{\n{}\n}}\n", fields.join(",\n"))
}

impl Judged {
    /// Everything that is neither passed nor skipped.
    pub fn trouble(&self) -> BTreeSet<&str> {
        let bad = |status: &Status| !matches!(status, Status::Pass | Status::Skip);
        self.said.iter().filter(|(status, _)| bad(status)).map(|(_, reason)| reason.as_str()).collect()
    }

    pub fn write(&self, folder: &Path) {
        for (name, text) in REPORTS.iter().zip(&self.reports) {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }

    /// Each report that is not what is kept, line by line.
    pub fn differences(&self, folder: &Path) -> Vec<String> {
        let differing = REPORTS.iter().zip(&self.reports).filter_map(|(name, now)| {
            let path = folder.join(name);
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            let world = folder.file_name().unwrap_or_default().to_string_lossy();
            (kept != *now).then(|| format!("== {world}/{name}\n{}", difference(&kept, now)))
        });
        differing.collect()
    }

    /// Everything that is kept of the world, unpacked.
    pub fn texts(&self, folder: &Path) -> Vec<String> {
        let path = evidence(folder);
        let mut file = std::fs::File::open(&path).unwrap();
        let mut text = String::new();
        let read = match path.ends_with(COMPRESSED) {
            true => flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text),
            false => file.read_to_string(&mut text),
        };
        read.unwrap();
        self.reports.iter().cloned().chain([text]).collect()
    }
}

/// The lines that only one of both has, in order; long ones from where they differ.
pub fn difference(kept: &str, now: &str) -> String {
    const MOST: usize = 24;
    let (kept, now): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), now.lines().collect());
    let mut shown = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < kept.len() || b < now.len() {
        let (gone, come) = until_equal(&kept[a..], &now[b..]);
        for place in 0..gone.max(come) {
            let old = (place < gone).then(|| kept[a + place]);
            let new = (place < come).then(|| now[b + place]);
            shown.extend(old.map(|line| format!("- {}", clipped(line, new))));
            shown.extend(new.map(|line| format!("+ {}", clipped(line, old))));
        }
        (a, b) = (a + gone + 1, b + come + 1);
    }
    let more = shown.len().saturating_sub(MOST);
    shown.truncate(MOST);
    if more > 0 {
        shown.push(format!("... and {more} more lines"));
    }
    shown.join("\n") + "\n"
}

/// How many lines of each stand before the next one that both have.
fn until_equal(kept: &[&str], now: &[&str]) -> (usize, usize) {
    for distance in 0..=kept.len() + now.len() {
        for gone in 0..=distance.min(kept.len()) {
            let come = distance - gone;
            let (old, new) = (kept.get(gone), now.get(come));
            if come <= now.len() && (old == new) && (old.is_some() || distance == kept.len() + now.len()) {
                return (gone, come);
            }
        }
    }
    (kept.len(), now.len())
}

fn clipped(line: &str, other: Option<&str>) -> String {
    const WIDTH: usize = 160;
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    let same = line.chars().zip(other.unwrap_or_default().chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(WIDTH / 4);
    let dots = if from > 0 { "…" } else { "" };
    format!("{dots}{}…", line.chars().skip(from).take(WIDTH).collect::<String>())
}
