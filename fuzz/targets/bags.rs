//! PEM, DER, PKCS#7 in DER and BER (the answers of SCEP servers too), PKCS#12: whatever comes, no panic and no hang, no
//! more certificates than were there, and no word of the password or of a private key.
#![no_main]

use facts::file::Contents;
use probes::secret::SecretString;

/// Of the seeds that need one. `openssl pkcs12 -iter 10` keeps their key derivation cheap.
const PASSWORD: &str = "s3cret-of-the-seeds";
const ROUNDS: u64 = 100;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    look(octets, None);
    look(octets, Some(&SecretString::from(PASSWORD)));
});

fn look(octets: &[u8], password: Option<&SecretString>) {
    let contents = probes::file::parse_within(octets, password, ROUNDS);
    if let Contents::Certificates { certificates, .. } = &contents {
        assert!(!certificates.is_empty());
        // A definite length may take more octets than an indefinite one.
        let sum: usize = certificates.iter().map(|certificate| certificate.len()).sum();
        assert!(sum <= 2 * octets.len(), "{sum} octets of certificates out of {}", octets.len());
    }
    let told = contents.evidence().to_string();
    let own = octets.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
    assert!(own || !told.contains(PASSWORD), "{told}");
}
