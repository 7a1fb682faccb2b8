//! Certificates, and the DER walk below signatures, lists and OCSP answers.
#![no_main]

use facts::Certificate;
use facts::der::{Signed, Walk, wrap};

/// What a report can hold of one certificate.
const LONGEST_SUMMARY: usize = 32 * 1024;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(view) = Certificate::parse(octets) {
        assert!(view.serial.len() <= 2 * octets.len() && view.serial.len() % 2 == 0);
        assert!(view.names.len() <= octets.len());
        let _ = (view.weak_signature(), view.short_name(), view.short_issuer(), view.may_be_issued_by(&view));
    }
    let summary = Certificate::summary(octets).to_string();
    assert!(summary.len() <= LONGEST_SUMMARY, "{} octets of summary", summary.len());
    let _ = Signed::parse(octets).map(|signed| signed.by(octets));
    let mut walk = Walk::over(octets);
    while let Ok(Some(item)) = walk.any("an item") {
        let _ = (item.time(), item.walk().is_over());
        let again = wrap(item.tag, item.contents);
        let read = Walk::over(&again).any("it").expect("what was wrapped").expect("an item");
        assert_eq!((read.tag, read.contents), (item.tag, item.contents));
    }
});
