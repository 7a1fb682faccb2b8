//! Signatures that were verified once: many servers send the same intermediates.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use ring::digest::{Context, SHA256};
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use webpki::ALL_VERIFICATION_ALGS;

/// The verifier's algorithms, each with a memory of what fitted.
pub(super) fn algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    static ALL: LazyLock<Vec<&'static dyn SignatureVerificationAlgorithm>> = LazyLock::new(|| {
        let remembering = |inner: &&'static dyn SignatureVerificationAlgorithm| {
            // Made once and kept for good.
            let leaked: &'static Remembering = Box::leak(Box::new(Remembering { inner: *inner }));
            leaked as &dyn SignatureVerificationAlgorithm
        };
        ALL_VERIFICATION_ALGS.iter().map(remembering).collect()
    });
    &ALL
}

/// Digests of key, message and signature that fit together.
static FITTED: LazyLock<Mutex<HashSet<[u8; 32]>>> = LazyLock::new(Mutex::default);
/// Enough for the intermediates of any fleet; leaves need no memory of long standing.
const REMEMBERED: usize = 50_000;

#[derive(Debug)]
struct Remembering {
    inner: &'static dyn SignatureVerificationAlgorithm,
}

impl SignatureVerificationAlgorithm for Remembering {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let digest = self.digest(&[key, message, signature]);
        let fitted = || FITTED.lock().unwrap_or_else(PoisonError::into_inner);
        if digest.is_some_and(|digest| fitted().contains(&digest)) {
            return Ok(());
        }
        let kind = [&*self.public_key_alg_id(), &*self.signature_alg_id()].concat();
        let verify = || self.inner.verify_signature(key, message, signature).is_ok();
        if !facts::signatures::fits(&kind, key, message, signature, verify) {
            return Err(InvalidSignature);
        }
        if let Some(digest) = digest {
            let mut fitted = fitted();
            if fitted.len() >= REMEMBERED {
                fitted.clear();
            }
            fitted.insert(digest);
        }
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.inner.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.inner.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.inner.fips()
    }
}

impl Remembering {
    /// The algorithm counts too, and each part with its length, so that no two questions look alike.
    fn digest(&self, parts: &[&[u8]]) -> Option<[u8; 32]> {
        let mut context = Context::new(&SHA256);
        let (key_kind, signature_kind) = (self.public_key_alg_id(), self.signature_alg_id());
        for part in [&*key_kind, &*signature_kind].iter().chain(parts) {
            context.update(&part.len().to_be_bytes());
            context.update(part);
        }
        context.finish().as_ref().try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_that_fitted_once_fits_that_message_and_key_alone() {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["contoso.com".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (_, parsed) = x509_parser::parse_x509_certificate(certificate.der()).unwrap();
        let message: &[u8] = parsed.tbs_certificate.as_ref();
        let signature: &[u8] = &parsed.signature_value.data;
        let point = &parsed.public_key().subject_public_key.data;
        let other = rcgen::KeyPair::generate().unwrap();
        let fits = |key: &[u8], message: &[u8]| {
            algorithms().iter().any(|algorithm| algorithm.verify_signature(key, message, signature).is_ok())
        };
        for _ in 0..2 {
            assert!(fits(point, message));
            assert!(!fits(point, &message[1..]));
            assert!(!fits(rcgen::PublicKeyData::der_bytes(&other), message));
        }
    }
}
