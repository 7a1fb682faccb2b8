//! Whole worlds, kept: what each run saw, and what is said of it in both languages, word for word.
//!
//! `BLESS=1 cargo test --test environments` writes the reports anew from the evidence that is kept;
//! `BLESS=evidence` builds the worlds anew and records them. docs/environments.md says more.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(unreachable_pub)]
#![cfg(unix)]

#[path = "environments/judge.rs"]
mod judge;
#[path = "environments/laboratory.rs"]
mod laboratory;
mod support;
#[path = "environments/worlds/mod.rs"]
mod worlds;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use checks::Status;
use judge::Judged;
use worlds::World;

/// How many of the catalogue's failing and warning reasons occur in the worlds at least.
const REASONS: usize = 155;
/// All files together, in bytes.
const LARGEST: u64 = 6_000_000;

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/environments")
}

/// Every world as it is judged now; where that is wished, it is built or blessed first.
fn all() -> &'static [(World, Judged)] {
    static ALL: OnceLock<Vec<(World, Judged)>> = OnceLock::new();
    ALL.get_or_init(|| {
        let worlds = worlds::all();
        let bless = std::env::var("BLESS").unwrap_or_default();
        if bless == "evidence" {
            let wanted = std::env::var("ENVIRONMENT").unwrap_or_default();
            for world in worlds.iter().filter(|world| world.name.contains(&wanted)) {
                laboratory::record(world, &home().join(world.name));
            }
        }
        let judged = judge::each(&worlds, &home());
        if !bless.is_empty() {
            for (world, judged) in worlds.iter().zip(&judged) {
                judged.write(&home().join(world.name));
            }
        }
        worlds.into_iter().zip(judged).collect()
    })
}

#[test]
fn every_environment_is_judged_as_it_was() {
    let differing: Vec<String> =
        all().iter().flat_map(|(world, judged)| judged.differences(&home().join(world.name))).collect();
    assert!(
        differing.is_empty(),
        "{} reports differ; `BLESS=1 cargo test --test environments` writes them anew where that is meant\n\n{}",
        differing.len(),
        differing.join("\n")
    );
}

#[test]
fn every_folder_has_its_builder_and_every_builder_its_folder() {
    let built: Vec<&str> = all().iter().map(|(world, _)| world.name).collect();
    let names: BTreeSet<&str> = built.iter().copied().collect();
    assert_eq!(built.len(), names.len(), "a name stands twice");
    let folders: BTreeSet<String> = std::fs::read_dir(home())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir() && entry.file_name() != "worlds")
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(folders, names.into_iter().map(str::to_owned).collect());
    assert!(folders.len() >= 70, "{} worlds", folders.len());
    let compressed = folders.iter().filter(|name| home().join(name).join(judge::COMPRESSED).exists());
    assert!(compressed.count() <= 5, "whole tenants are large");
}

#[test]
fn each_world_shows_what_is_wrong_in_it() {
    for (world, judged) in all() {
        match world.shows {
            "" => assert_eq!(judged.trouble(), BTreeSet::new(), "{} has a red line", world.name),
            reason => assert!(judged.reasons.contains(reason), "{}: {:#?}", world.name, judged.reasons),
        }
    }
}

#[test]
fn nearly_every_failing_and_warning_reason_occurs() {
    let counts = |status| matches!(status, Status::Fail | Status::Warn);
    let catalogue: BTreeSet<String> = checks::all()
        .flat_map(|check| check.reasons.iter().map(move |reason| (check.id, reason)))
        .filter(|(_, reason)| counts(reason.status))
        .map(|(check, reason)| format!("{check}/{}", reason.id))
        .collect();
    let shown: BTreeSet<&String> = all().iter().flat_map(|(_, judged)| &judged.reasons).collect();
    let (occur, absent): (Vec<&String>, Vec<&String>) =
        catalogue.iter().partition(|reason| shown.contains(reason));
    println!("{} of {} reasons; not: {absent:#?}", occur.len(), catalogue.len());
    assert!(occur.len() >= REASONS, "{} of {}; not: {absent:#?}", occur.len(), catalogue.len());
}

#[test]
fn nothing_of_the_machine_is_in_the_files_and_they_are_small() {
    let user = std::env::var("HOME").unwrap_or_default();
    let user = format!("{user}/");
    let machine = [env!("CARGO_MANIFEST_DIR"), user.as_str(), "/tmp/", "/home/", "/root/", "/Users/"];
    let mut total = 0;
    for (world, judged) in all() {
        total += judged.size;
        for text in judged.texts(&home().join(world.name)) {
            for place in machine.iter().filter(|place| place.len() > 1) {
                assert!(!text.contains(place), "{}: {place} stands in it", world.name);
            }
        }
    }
    assert!(total < LARGEST, "{total} bytes");
}
