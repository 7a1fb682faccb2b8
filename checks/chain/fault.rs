//! What the verifier objects to, and which certificate is at fault: its errors do not say.

use facts::{Certificate, Octets};
use webpki::Error;

use crate::text::{Message, Text};

/// What the verifier itself lets pass.
pub(super) const MAY_SIGN: Text = Text::new(
    "the server's certificate may sign others and is not an authority's",
    "le certificat du serveur a le droit d’en signer d’autres et n’est pas d’une autorité",
);

/// What the verifier objects to, as an administrator would say it.
pub(super) fn in_words(error: &Error) -> Message {
    let text = match error {
        Error::InvalidSignatureForPublicKey => Text::new(
            "a signature does not fit the issuer's key",
            "une signature ne correspond pas à la clé de l’émetteur",
        ),
        Error::RequiredEkuNotFoundContext(_) => Text::new(
            "the certificate is not one for servers",
            "le certificat n’est pas destiné à un serveur",
        ),
        Error::CaUsedAsEndEntity => Text::new(
            "an authority's certificate is used for a server",
            "un certificat d’autorité sert pour un serveur",
        ),
        Error::EndEntityUsedAsCa => Text::new(
            "a certificate signs others and is not an authority's",
            "un certificat qui n’est pas d’une autorité en signe d’autres",
        ),
        Error::NameConstraintViolation => Text::new(
            "an authority signs a name that it may not sign",
            "une autorité signe un nom qu’elle n’a pas le droit de signer",
        ),
        Error::PathLenConstraintViolated => Text::new(
            "the chain is longer than an authority allows",
            "la chaîne est plus longue que ne l’autorise une autorité",
        ),
        Error::UnsupportedCertVersion => Text::new(
            "the certificate is older than X.509 version 3",
            "le certificat est antérieur à X.509 version 3",
        ),
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Text::new(
            "a signature algorithm is no longer accepted (SHA-1, MD5)",
            "un algorithme de signature n’est plus accepté (SHA-1, MD5)",
        ),
        other => return Message::same(other.to_string()),
    };
    text.into()
}

pub(super) fn is_about_dates(error: &Error) -> bool {
    matches!(error, Error::CertExpired { .. } | Error::CertNotValidYet { .. })
}

/// The place among the served of the certificate that the error is about, walking up the issuers from the leaf.
pub(super) fn culprit(
    error: &Error,
    served: &[Certificate],
    chain: &[Octets],
    up: &[usize],
) -> Option<usize> {
    let links = || up.iter().zip(up.iter().skip(1));
    let authorities = || {
        up.iter().enumerate().skip(1).filter_map(|(depth, place)| Some((depth, *place, served.get(*place)?)))
    };
    match error {
        Error::InvalidSignatureForPublicKey => links()
            .find(|(child, issuer)| match (chain.get(**child), chain.get(**issuer)) {
                (Some(child), Some(issuer)) => !facts::certificate::is_signed_by(child, issuer),
                _ => false,
            })
            .map(|(child, _)| *child),
        Error::EndEntityUsedAsCa => authorities().find(|(_, _, c)| !c.authority).map(|(_, place, _)| place),
        Error::PathLenConstraintViolated => authorities()
            .find(|(depth, _, c)| c.path_length.is_some_and(|most| most as usize + 1 < *depth))
            .map(|(_, place, _)| place),
        Error::NameConstraintViolation => {
            authorities().find(|(_, _, c)| c.constrained).map(|(_, place, _)| place)
        }
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            let weak = |place: &&usize| {
                served.get(**place).is_some_and(|c| !c.self_issued() && c.weak_signature().is_some())
            };
            up.iter().find(weak).copied()
        }
        Error::RequiredEkuNotFoundContext(_) => {
            up.iter().find(|place| served.get(**place).is_some_and(|c| c.for_servers == Some(false))).copied()
        }
        Error::CaUsedAsEndEntity | Error::UnsupportedCertVersion => up.first().copied(),
        _ => None,
    }
}
