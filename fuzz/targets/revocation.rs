//! OCSP answers and revocation lists. Nothing that the authority did not sign is believed: no change to a seed makes a
//! certificate good, revoked or stale.
#![no_main]

use std::sync::LazyLock;

use checks::reading::{self, Ocsp};
use facts::crl::{Fetched, List};
use facts::der::{Signed, Walk};
use facts::{Certificate, Octets};
use jiff::Timestamp;

/// What the authority of the unit tests said of its leaf, and its own certificate.
const LEAF: &[u8] = include_bytes!("../../checks/revocation/testdata/leaf.der");
const CA: &[u8] = include_bytes!("../../checks/revocation/testdata/ca.der");
const ANSWERS: [&[u8]; 2] = [
    include_bytes!("../../checks/revocation/testdata/good.der"),
    include_bytes!("../../checks/revocation/testdata/revoked.der"),
];
/// Another authority, whose key is gone, and all the lists that it ever signed.
const ISSUER: &[u8] = include_bytes!("../seeds/revocation/issuer.der");
const LISTS: [&[u8]; 3] = [
    include_bytes!("../seeds/revocation/list.crl"),
    include_bytes!("../seeds/revocation/empty.crl"),
    include_bytes!("../seeds/revocation/scoped.crl"),
];

struct Known {
    leaf: Certificate,
    ca: Certificate,
    signer: Octets,
    now: Timestamp,
    answers: Vec<&'static [u8]>,
    lists: Vec<List>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let view = |der| Certificate::parse(der).expect("a certificate of our own");
    let signer = Octets::from(view(ISSUER).public_key);
    let list = |der: &&[u8]| list(der, &signer).filter(|list| list.signed).expect("a list of our own");
    Known {
        leaf: view(LEAF),
        ca: view(CA),
        now: "2026-11-22T00:00:00Z".parse().expect("a date"),
        answers: ANSWERS.iter().map(|answer| signed_part(answer).expect("an answer")).collect(),
        lists: LISTS.iter().map(list).collect(),
        signer,
    }
});

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let known = &*KNOWN;
    let said = reading::ocsp_answer(octets, &known.leaf, &known.ca.public_key, known.now);
    if !matches!(said, Ocsp::Unusable(_)) {
        let message = signed_part(octets).expect("a signed part");
        assert!(known.answers.contains(&message), "{said:?} by somebody else's word");
    }
    if let Some(list) = list(octets, &known.signer) {
        assert!(list.revoked.is_sorted() && list.points.len() <= 16);
        assert!(list.revoked.len() <= octets.len() && list.octets <= octets.len());
        for entry in list.revoked.iter().take(8) {
            assert!(list.revoked_since(&entry.serial).is_some());
        }
        if list.signed {
            let same = |other: &List| List { octets: list.octets, ..other.clone() } == list;
            assert!(known.lists.iter().any(same), "signed by somebody else: {list:?}");
        }
    }
});

fn list(octets: &[u8], signer: &Octets) -> Option<List> {
    match probes::reading::revocation_list(octets, signer) {
        Fetched::List(list) => Some(list),
        other => {
            let _ = other.evidence();
            None
        }
    }
}

/// What is signed in an OCSP answer: status, then `[0]` with the kind and the octets of a basic answer.
fn signed_part(answer: &[u8]) -> Option<&[u8]> {
    let mut outer = Walk::over(answer).any("it").ok()??.walk();
    outer.any("the status").ok()??;
    let mut inner = outer.any("the contents").ok()??.walk().any("the contents").ok()??.walk();
    inner.any("the kind").ok()??;
    let basic = inner.any("the basic answer").ok()??;
    Some(Signed::parse(basic.contents).ok()?.message.raw)
}
