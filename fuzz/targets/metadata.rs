//! XML of strangers: federation metadata, metadata exchange, user realms. No bombs, and nothing grows.
#![no_main]

use checks::reading;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    match reading::federation_metadata(octets) {
        Ok(federation) => {
            assert!(!federation.entity_id.is_empty() && federation.entity_id.chars().count() <= 256);
            assert!(!federation.signing.is_empty());
            let sum: usize = federation.signing.iter().map(|der| der.len()).sum();
            assert!(sum <= octets.len());
            for der in &federation.signing {
                facts::Certificate::parse(der).expect("only what can be read is kept");
            }
        }
        Err(why) => assert!(!why.en.is_empty() && !why.fr.is_empty()),
    }
    if let Ok(paths) = reading::metadata_exchange(octets) {
        // Escaping in paths takes three octets for one.
        assert!(paths.iter().map(String::len).sum::<usize>() <= 3 * octets.len() + paths.len());
        assert!(paths.iter().all(|path| path.is_ascii() && !path.ends_with('/')), "{paths:?}");
    }
    if let Some((certificate, _)) = reading::realm_xml(octets) {
        assert!(certificate.is_none_or(|der| !der.is_empty() && der.len() <= octets.len()));
    }
});
