//! PEM, DER, PKCS#7 in DER and BER (the answers of SCEP servers too), PKCS#12: whatever comes, no panic and no hang.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let _ = probes::file::parse(octets, None);
});
