//! Certificates, and the DER walk below signatures, lists and OCSP answers.
#![no_main]

use facts::der::{Signed, Walk};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let _ = facts::Certificate::parse(octets);
    let _ = Signed::parse(octets);
    let mut walk = Walk::over(octets);
    while let Ok(Some(item)) = walk.any("an item") {
        let _ = (item.time(), item.walk().is_over());
    }
});
