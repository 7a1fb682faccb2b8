//! What a server says to the ClientHello for old servers: a bounded chain, or a failure, and nothing in between.
#![no_main]

use facts::tls::Handshake;

/// What the prober listens to in all, and the certificates that it takes.
const MOST_OCTETS: usize = 128 * 1024;
const MOST_CERTIFICATES: usize = 100;
const VERSIONS: [&str; 4] = ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"];

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let shaken = probes::reading::server_hello(octets);
    assert!(shaken.failure.is_some() || shaken.capture.is_some());
    if let Some(capture) = &shaken.capture {
        assert!((1..=MOST_CERTIFICATES).contains(&capture.chain.len()));
        let sum: usize = capture.chain.iter().map(|der| der.len()).sum();
        assert!(sum <= octets.len().min(MOST_OCTETS));
        assert!(capture.version.as_deref().is_some_and(|version| VERSIONS.contains(&version)), "{capture:?}");
        assert!(!capture.proved_key);
    }
    if let Some(failure) = &shaken.failure {
        let text = failure.to_string();
        assert!(text.len() < 200 && !text.contains(char::is_control), "{text:?}");
    }
    // What comes after the end is not listened to.
    if shaken.failure.is_none() {
        let more = [octets, b"more"].concat();
        assert_eq!(probes::reading::server_hello(&more), shaken);
    }
    let _ = shaken.evidence();
    let written = serde_json::to_vec(&shaken).expect("written");
    assert_eq!(serde_json::from_slice::<Handshake>(&written).expect("read again"), shaken);
});
