//! The verifier against cases in the shape of x509-limbo (github.com/C2SP/x509-limbo): our own few, and the published
//! ones where a path to them is given:
//!
//! `LIMBO_CASES=limbo.json LIMBO_EXCEPTIONS=exceptions.json cargo test --test limbo`
//!
//! Two kinds are left out: revocation lists (the verifier judges paths, lists are `tls.revocation`'s business), and a
//! chain depth that the caller wants (devices have no such setting).

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use checks::chain::Trust;
use facts::Octets;
use facts::file::Contents;
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
struct Suite {
    testcases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    #[serde(default)]
    features: Vec<String>,
    validation_kind: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<String>,
    expected_peer_name: Option<PeerName>,
    expected_result: String,
}

#[derive(Deserialize)]
struct PeerName {
    value: String,
}

#[derive(Deserialize)]
struct Exception {
    actual: String,
    reason: String,
}

fn der(pem: &str) -> Octets {
    match probes::file::parse(pem.as_bytes(), None) {
        Contents::Certificates { certificates, .. } => certificates[0].clone(),
        Contents::Unreadable(why) => panic!("{why:?}"),
    }
}

fn verify(case: &Case) -> &'static str {
    let anchors: Vec<Octets> = case.trusted_certs.iter().map(|pem| der(pem)).collect();
    let chain: Vec<Octets> = std::iter::once(&case.peer_certificate)
        .chain(&case.untrusted_intermediates)
        .map(|pem| der(pem))
        .collect();
    let now = case.validation_time.as_deref().map_or_else(Timestamp::now, |time| time.parse().unwrap());
    let host = case.expected_peer_name.as_ref().map_or("", |name| name.value.as_str());
    let Ok(trust) = Trust::new(Some(&anchors), &[]) else { return "FAILURE" };
    if trust.judge(&chain, host, now).is_sound() { "SUCCESS" } else { "FAILURE" }
}

/// Every case that ends otherwise than it should, but for the exceptions.
fn differences(suite: &Suite, exceptions: &BTreeMap<String, Exception>) -> (usize, Vec<String>) {
    let not_ours =
        |case: &&Case| case.features.iter().any(|f| matches!(f.as_str(), "has-crl" | "max-chain-depth"));
    let cases = suite.testcases.iter().filter(|case| case.validation_kind == "SERVER");
    let cases: Vec<&Case> = cases.filter(|case| !not_ours(case)).collect();
    let differs = |case: &&&Case| {
        let wanted = exceptions.get(&case.id).map_or(&case.expected_result, |exception| &exception.actual);
        verify(case) != wanted
    };
    let told = |case: &&Case| {
        let why = exceptions.get(&case.id).map_or("", |exception| exception.reason.as_str());
        format!("{}: wanted {}, got {} {why}", case.id, case.expected_result, verify(case))
    };
    (cases.len(), cases.iter().filter(differs).map(told).collect())
}

#[test]
fn our_own_cases() {
    let suite: Suite = serde_json::from_str(include_str!("limbo/own.json")).unwrap();
    let (count, differences) = differences(&suite, &BTreeMap::new());
    assert!(count >= 10, "{count}");
    assert_eq!(differences, Vec::<String>::new());
}

#[test]
fn the_published_cases_where_their_path_is_given() {
    let Ok(path) = std::env::var("LIMBO_CASES") else { return };
    let suite: Suite = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let exceptions = std::env::var("LIMBO_EXCEPTIONS").map_or_else(
        |_| BTreeMap::new(),
        |path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(),
    );
    let (count, differences) = differences(&suite, &exceptions);
    println!("{count} cases");
    assert_eq!(differences, Vec::<String>::new());
}
