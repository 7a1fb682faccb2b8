//! JSON of clouds and web servers: OpenID metadata, user realms, registration contracts, Apple's discovery document; and
//! the capabilities of SCEP servers.
#![no_main]

use checks::reading;
use facts::Octets;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Some(metadata) = reading::openid_metadata(octets) {
        let lengths = metadata.id.split('-').map(str::len);
        assert!(lengths.eq([8, 4, 4, 4, 12]), "{}", metadata.id);
        assert!(metadata.id.chars().all(|c| matches!(c, '-' | '0'..='9' | 'a'..='f')), "{}", metadata.id);
        assert!(metadata.region.is_none_or(|region| !region.is_empty()));
    }
    let _ = reading::is_unknown_tenant(octets);
    if let Some((kind, host)) = reading::realm_json(octets) {
        assert!(kind.len() <= 3 * octets.len());
        assert!(host.is_none_or(|host| !host.as_str().contains(['/', '@', '?', '#', ' '])));
    }
    let _ = reading::registration_contract(octets);
    if let Some(servers) = reading::apple_servers(octets) {
        assert!(servers.len() <= octets.len());
    }
    if let Some(words) = reading::capabilities(&Octets::from(octets)) {
        assert!((1..=64).contains(&words.len()));
        assert!(words.iter().all(|word| word.len() <= 32 && word.chars().all(|c| c.is_ascii_graphic())));
    }
});
