//! Recordings: read or refused, judged without the network, the same twice; and redacted, whatever stands in them.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use enrollcheck::language::Language;
use enrollcheck::report::{Format, Json, Report};
use enrollcheck::run::{self, Unobserved};
use enrollcheck::world::World;
use probes::recording::{Line, Recording};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime"));

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let Some(recording) = read(octets) else { return };
    let header = recording.header.clone();
    let lines: Vec<Line> = octets
        .split(|octet| *octet == b'\n')
        .skip(1)
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let (mut redacted, kept) = enrollcheck::redaction::rewrite(header, lines.clone());
    assert!(redacted.redacted);
    // Again it changes names, and nothing else: what is left out is left out at once.
    redacted.redacted = false;
    assert_eq!(enrollcheck::redaction::rewrite(redacted, kept.clone()).1.len(), kept.len());
    let Some(first) = judged(recording) else { return };
    assert_eq!(judged(read(octets).expect("read before")), Some(first));
});

fn read(octets: &[u8]) -> Option<Recording> {
    Recording::read(octets, octets.len() as u64).ok()
}

/// The findings as JSON; none where the settings are refused.
fn judged(recording: Recording) -> Option<String> {
    let (mut world, mut settings, _) =
        World::replayed(recording, None, |settings, now| Ok((settings, now))).ok()?;
    settings.deadline = settings.deadline.min(Duration::from_secs(5));
    // A date of its own each would be another judgement, and no error.
    world = world.at("2026-11-21T00:00:00Z".parse().expect("a date"));
    let finished = RUNTIME.block_on(run::run(&settings, &world, &mut Unobserved));
    let panicked = finished.findings.iter().find(|finding| finding.outcome.reason.id == "check-failed");
    assert!(panicked.is_none(), "{:?}", panicked.map(|finding| finding.check.id));
    let mut report = Report::of(finished, &settings, &world, Language::En);
    report.elapsed_ms = 0;
    report.findings.iter_mut().for_each(|finding| finding.elapsed_ms = 0);
    let mut text = Vec::new();
    Json.write(&report, &mut text).expect("written to memory");
    Some(String::from_utf8(text).expect("UTF-8"))
}
