//! Where a served chain ends: in a public root, in the organisation's own, in one that nobody knows, or nowhere.

mod anchors;
mod fault;
mod path;
mod signatures;
mod verdict;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use facts::der::{self, Signed};
use facts::{Certificate, Octets};
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, ServerName};
use webpki::{EndEntityCert, Error};

use self::anchors::Anchors;
pub use self::anchors::NotAnAnchor;
use self::fault::{culprit, in_words, is_about_dates};
use self::path::Path;
pub use self::verdict::{Broken, Ends, Identity, Verdict};
use crate::dated::is_out_of_date;
use crate::roots::{self, Programme, Programmes};

/// The anchors of a run. What was verified once is remembered: many hosts serve the same chain.
pub struct Trust {
    public: Anchors,
    enterprise: Anchors,
    verdicts: Mutex<HashMap<Key, Slot>>,
}

type Key = (String, Timestamp, Vec<Octets>);
/// Filled by the first who asks; the others wait for it.
type Slot = Arc<OnceLock<Arc<Verdict>>>;

impl Trust {
    /// `public` replaces the built-in sets of all programmes where it is given (laboratories).
    pub fn new(public: Option<&[Octets]>, enterprise: &[Octets]) -> Result<Self, NotAnAnchor> {
        let public = public.map_or_else(|| Ok(Anchors::programmes()), Anchors::of)?;
        Ok(Self { public, enterprise: Anchors::of(enterprise)?, verdicts: Mutex::default() })
    }

    /// Judges a served chain for a host as of `now`.
    pub fn judge(&self, chain: &[Octets], host: &str, now: Timestamp) -> Arc<Verdict> {
        let slot = {
            let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(verdicts.entry((host.to_owned(), now, chain.to_vec())).or_default())
        };
        Arc::clone(slot.get_or_init(|| Arc::new(self.verify(chain, host, now))))
    }

    /// On which platforms a chain is trusted from what is served alone. `verdict` is its judgement.
    pub fn programmes(&self, verdict: &Verdict, chain: &[Octets], now: Timestamp) -> Programmes {
        let Ends::Public { programmes, .. } = &verdict.ends else { return Programmes::NONE };
        let reaches = |programme: &Programme| {
            programmes.has(*programme) || {
                // The path that was found ends in another programme's root; there may be one more (cross-signing).
                let anchors = self.public.of_programme(*programme);
                let (chain, served) = readable(chain);
                with_path(&chain, &served, now, |path| path.to(&anchors).0.is_ok()).unwrap_or(false)
            }
        };
        Programme::ALL.into_iter().filter(reaches).collect()
    }

    /// Whether the leaf still reaches an anchor when one of the served certificates is left out.
    pub fn does_without(&self, chain: &[Octets], left_out: usize, now: Timestamp) -> bool {
        let mut rest = chain.to_vec();
        if left_out == 0 || left_out >= rest.len() {
            return false;
        }
        rest.remove(left_out);
        let (rest, served) = readable(&rest);
        let sets = [&self.public.anchors, &self.enterprise.anchors];
        let reaches = |path: &Path<'_>| sets.iter().any(|set| path.at(set, now).is_ok());
        with_path(&rest, &served, now, reaches).unwrap_or(false)
    }

    /// Who signed a certificate: an anchor, which ends every path, or else one of the served certificates. Names lead
    /// there, and the signature proves it.
    pub fn issuer_of(&self, certificate: &[u8], served: &[Octets]) -> Option<Issuer> {
        let view = Certificate::parse(certificate).ok()?;
        let signed = Signed::parse(certificate).ok()?;
        let name = roots::contents(&view.issuer_der)?;
        let anchors = self.public.anchors.iter().chain(&self.enterprise.anchors);
        let anchors = anchors.filter(|anchor| *anchor.subject == *name).map(|anchor| Issuer {
            public_key: der::wrap(der::SEQUENCE, &anchor.subject_public_key_info),
            served: None,
        });
        let served = served.iter().filter_map(|der| {
            let candidate = Certificate::parse(der).ok().filter(|c| view.may_be_issued_by(c))?;
            Some(Issuer { public_key: candidate.public_key, served: Some(der.clone()) })
        });
        anchors.chain(served).find(|issuer| signed.by(&issuer.public_key))
    }

    fn verify(&self, chain: &[Octets], host: &str, now: Timestamp) -> Verdict {
        let (readable, served) = readable(chain);
        let mut verdict = Verdict {
            ends: Ends::Nowhere(Broken::Unparsable),
            out_of_date: None,
            named: false,
            all_readable: served.len() == chain.len(),
            served,
            path: vec![0],
        };
        let Some(leaf) = verdict.served.first().filter(|_| readable.first() == chain.first()) else {
            verdict.served.clear();
            return verdict;
        };
        verdict.out_of_date = is_out_of_date(leaf, now).then(|| Box::new(leaf.clone()));
        let followed = with_path(&readable, &verdict.served, now, |path| {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let fits = |name| path.end_entity.verify_is_valid_for_subject_name(&name).is_ok();
            (ServerName::try_from(bare).is_ok_and(fits), self.follow(path))
        });
        match followed {
            Ok((named, followed)) => {
                (verdict.named, verdict.ends, verdict.path) = (named, followed.ends, followed.path);
                // RFC 5280, 4.2.1.9, which the verifier does not enforce.
                if leaf.signs_certificates && !leaf.authority && !matches!(verdict.ends, Ends::Nowhere(_)) {
                    verdict.ends = Ends::Nowhere(Broken::Invalid(fault::MAY_SIGN.into(), Some(0)));
                }
                verdict.out_of_date = verdict.out_of_date.or(followed.late.map(Box::new));
            }
            Err(_) if leaf.self_issued() => {
                verdict.ends = Ends::Nowhere(Broken::SelfSigned(Identity::of(leaf)));
            }
            Err(error) => verdict.ends = Ends::Nowhere(Broken::Invalid(in_words(&error), Some(0))),
        }
        verdict
    }

    /// The first set of anchors that the chain reaches; dates are looked at apart from trust.
    fn follow(&self, path: &Path<'_>) -> Followed {
        let (public, late) = path.to(&self.public.anchors);
        let first_error = match public {
            Ok(reached) => {
                let root = self.public.at(reached.anchor);
                let ends = Ends::Public { root: root.name, programmes: root.programmes };
                return Followed { ends, late, path: reached.path };
            }
            Err(error) => error,
        };
        if let (Ok(reached), late) = path.to(&self.enterprise.anchors) {
            let ends = Ends::Enterprise { root: self.enterprise.at(reached.anchor).name };
            return Followed { ends, late, path: reached.path };
        }
        let up = path.up();
        let Some(top) = up.last().and_then(|place| path.served.get(*place)) else {
            return Followed { ends: Ends::Nowhere(Broken::Unparsable), late, path: vec![0] };
        };
        let invalid =
            |error: &Error| Broken::Invalid(in_words(error), culprit(error, path.served, path.chain, &up));
        let ends = if is_about_dates(&first_error) {
            // No day on which every part was valid: the verifier cannot say what the path would be worth.
            match path.by_hand(&self.public.anchors, &up) {
                Some(place) => {
                    let root = self.public.at(place);
                    Ends::Public { root: root.name, programmes: root.programmes }
                }
                None => match path.by_hand(&self.enterprise.anchors, &up) {
                    Some(place) => Ends::Enterprise { root: self.enterprise.at(place).name },
                    None => Ends::Nowhere(Broken::NeverValidTogether),
                },
            }
        } else if top.self_issued() && up.len() == 1 {
            Ends::Nowhere(Broken::SelfSigned(Identity::of(top)))
        } else if top.self_issued() {
            let own = up.last().and_then(|place| path.chain.get(*place)).and_then(|der| roots::anchor(der));
            match own.map(|anchor| path.to(&[anchor]).0) {
                Some(Ok(_)) => Ends::UnknownRoot(Identity::of(top)),
                Some(Err(error)) => Ends::Nowhere(invalid(&error)),
                None => Ends::Nowhere(invalid(&first_error)),
            }
        } else if matches!(first_error, Error::UnknownIssuer) {
            Ends::Nowhere(Broken::Incomplete(Identity::of_issuer(top)))
        } else {
            Ends::Nowhere(invalid(&first_error))
        };
        Followed { ends, late, path: up }
    }
}

/// The authority above a certificate; its name is the one that the certificate gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// Its own certificate, where the server sends it and it is no anchor.
    pub served: Option<Octets>,
}

struct Followed {
    ends: Ends,
    late: Option<Certificate>,
    path: Vec<usize>,
}

/// The certificates that can be read, as served and as views.
fn readable(chain: &[Octets]) -> (Vec<Octets>, Vec<Certificate>) {
    chain.iter().filter_map(|der| Some((der.clone(), Certificate::parse(der).ok()?))).unzip()
}

/// Lays a readable chain out for the verifier; an error where the leaf is nothing that it takes.
fn with_path<T>(
    chain: &[Octets],
    served: &[Certificate],
    now: Timestamp,
    see: impl FnOnce(&Path<'_>) -> T,
) -> Result<T, Error> {
    let leaf = CertificateDer::from(chain.first().map_or(&[][..], |der| der));
    let end_entity = EndEntityCert::try_from(&leaf)?;
    let intermediates: Vec<CertificateDer<'_>> =
        chain.iter().skip(1).map(|der| CertificateDer::from(&**der)).collect();
    let path = Path { end_entity: &end_entity, intermediates: &intermediates, chain, served, now };
    Ok(see(&path))
}
