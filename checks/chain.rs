//! Where a served chain ends: in a public root, in the organisation's own, in one that nobody knows, or nowhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use facts::der::{self, Signed};
use facts::{Certificate, Octets};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage};

use crate::roots;
use crate::say;
use crate::text::{Message, Text};

/// The anchors of a run. What was verified once is remembered: many hosts serve the same chain.
pub struct Trust {
    public: Anchors,
    enterprise: Anchors,
    verdicts: Mutex<HashMap<Key, Arc<Verdict>>>,
}

type Key = (String, Timestamp, Vec<Octets>);

/// Anchors, and at the same place what is known of each.
#[derive(Default)]
struct Anchors {
    known: Vec<Known>,
    anchors: Vec<TrustAnchor<'static>>,
}

#[derive(Clone, Default)]
struct Known {
    name: String,
    apple: bool,
}

/// A file given as a root holds something else.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate that can be a trust anchor")]
pub struct NotAnAnchor;

impl Anchors {
    fn of(certificates: &[Octets]) -> Result<Self, NotAnAnchor> {
        let mut set = Self::default();
        for der in certificates {
            set.anchors.push(roots::anchor(der).ok_or(NotAnAnchor)?);
            let name = Certificate::parse(der).map(|c| c.subject).unwrap_or_default();
            // In a laboratory its root stands for every programme.
            set.known.push(Known { name, apple: true });
        }
        Ok(set)
    }

    fn programmes() -> Self {
        let known = |root: &roots::Root| Known { name: root.subject.clone(), apple: root.apple };
        let (known, anchors) = roots::all().iter().map(|root| (known(root), root.anchor.clone())).unzip();
        Self { known, anchors }
    }

    fn at(&self, place: usize) -> Known {
        self.known.get(place).cloned().unwrap_or_default()
    }
}

impl Trust {
    /// `public` replaces the built-in sets of all programmes where it is given (laboratories).
    pub fn new(public: Option<&[Octets]>, enterprise: &[Octets]) -> Result<Self, NotAnAnchor> {
        let public = public.map_or_else(|| Ok(Anchors::programmes()), Anchors::of)?;
        Ok(Self { public, enterprise: Anchors::of(enterprise)?, verdicts: Mutex::default() })
    }

    /// Judges a served chain for a host as of `now`.
    pub fn judge(&self, chain: &[Octets], host: &str, now: Timestamp) -> Arc<Verdict> {
        let key = (host.to_owned(), now, chain.to_vec());
        let known = |map: &HashMap<Key, Arc<Verdict>>| map.get(&key).cloned();
        if let Some(verdict) = known(&self.verdicts.lock().unwrap_or_else(PoisonError::into_inner)) {
            return verdict;
        }
        let verdict = Arc::new(self.verify(chain, host, now));
        let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(verdicts.entry(key).or_insert(verdict))
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
        let mut verdict = Verdict {
            ends: Ends::Nowhere(Broken::Unparsable),
            out_of_date: None,
            named: false,
            served: Vec::new(),
        };
        let Some(leaf) = chain.first().and_then(|der| Certificate::parse(der).ok()) else {
            return verdict;
        };
        verdict.served = std::iter::once(leaf.clone())
            .chain(chain.iter().skip(1).filter_map(|der| Certificate::parse(der).ok()))
            .collect();
        verdict.out_of_date = out_of_date(&leaf, now).then(|| Box::new(leaf.clone()));
        let der = CertificateDer::from(chain.first().map_or(&[][..], |der| der));
        let end_entity = match EndEntityCert::try_from(&der) {
            Ok(end_entity) => end_entity,
            Err(_) if leaf.self_issued() => {
                verdict.ends = Ends::Nowhere(Broken::SelfSigned(Identity::of(&leaf)));
                return verdict;
            }
            Err(error) => {
                verdict.ends = Ends::Nowhere(Broken::Invalid(in_words(&error)));
                return verdict;
            }
        };
        verdict.named = ServerName::try_from(host)
            .is_ok_and(|name| end_entity.verify_is_valid_for_subject_name(&name).is_ok());
        let intermediates: Vec<CertificateDer<'_>> =
            chain.iter().skip(1).map(|der| CertificateDer::from(&**der)).collect();
        let path =
            Path { end_entity: &end_entity, intermediates: &intermediates, served: &verdict.served, now };
        let (ends, late) = self.follow(&path);
        verdict.ends = ends;
        verdict.out_of_date = verdict.out_of_date.or(late.map(Box::new));
        verdict
    }

    /// The first set of anchors that the chain reaches; dates are looked at apart from trust.
    fn follow(&self, path: &Path<'_>) -> (Ends, Option<Certificate>) {
        let (public, late) = path.to(&self.public.anchors);
        let first_error = match public {
            Ok(place) => {
                let root = self.public.at(place);
                return (Ends::Public { root: root.name, apple: root.apple }, late);
            }
            Err(error) => error,
        };
        if let (Ok(place), late) = path.to(&self.enterprise.anchors) {
            return (Ends::Enterprise { root: self.enterprise.at(place).name }, late);
        }
        let Some(top) = path.top() else {
            return (Ends::Nowhere(Broken::Unparsable), None);
        };
        let leaf = path.served.first();
        let ends = if is_about_dates(&first_error) {
            // No day on which every part was valid: what a path would be worth cannot be said.
            return (Ends::Nowhere(Broken::NeverValidTogether), None);
        } else if top.self_issued() && leaf == Some(top) {
            Ends::Nowhere(Broken::SelfSigned(Identity::of(top)))
        } else if top.self_issued() {
            let own = path.top_der(top).and_then(roots::anchor);
            match own.map(|anchor| path.to(&[anchor])) {
                Some((Ok(_), _)) => Ends::UnknownRoot(Identity::of(top)),
                Some((Err(error), _)) => Ends::Nowhere(Broken::Invalid(in_words(&error))),
                None => Ends::Nowhere(Broken::Invalid(in_words(&first_error))),
            }
        } else if matches!(first_error, Error::UnknownIssuer) {
            Ends::Nowhere(Broken::Incomplete(Identity::of_issuer(top)))
        } else {
            Ends::Nowhere(Broken::Invalid(in_words(&first_error)))
        };
        (ends, None)
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

fn out_of_date(certificate: &Certificate, now: Timestamp) -> bool {
    now < certificate.not_before || now > certificate.not_after
}

/// What the verifier objects to, as an administrator would say it.
fn in_words(error: &Error) -> Message {
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

fn is_about_dates(error: &Error) -> bool {
    matches!(error, Error::CertExpired { .. } | Error::CertNotValidYet { .. })
}

struct Path<'a> {
    end_entity: &'a EndEntityCert<'a>,
    intermediates: &'a [CertificateDer<'a>],
    served: &'a [Certificate],
    now: Timestamp,
}

impl Path<'_> {
    /// Which anchor is reached, and which certificate on the way is out of date.
    fn to(&self, anchors: &[TrustAnchor<'_>]) -> (Result<usize, Error>, Option<Certificate>) {
        match self.at(anchors, self.now) {
            Err(error) if is_about_dates(&error) => {
                let late = self.served.iter().find(|c| out_of_date(c, self.now)).cloned();
                // Asked again as of days on which what was served was valid: trust and dates are two things.
                let days = self.served.iter().flat_map(|c| [c.not_before, c.not_after]);
                let trusted = days.map(|day| self.at(anchors, day)).find_map(Result::ok);
                (trusted.ok_or(error), late)
            }
            result => (result, None),
        }
    }

    fn at(&self, anchors: &[TrustAnchor<'_>], instant: Timestamp) -> Result<usize, Error> {
        let seconds = u64::try_from(instant.as_second()).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let usage = KeyUsage::server_auth();
        let path = self.end_entity.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            anchors,
            self.intermediates,
            time,
            usage,
            None,
            None,
        )?;
        let reached = path.anchor();
        let same = |a: &TrustAnchor<'_>| {
            a.subject == reached.subject && a.subject_public_key_info == reached.subject_public_key_info
        };
        anchors.iter().position(same).ok_or(Error::UnknownIssuer)
    }

    /// The last certificate that issuer names lead to, from the leaf up.
    fn top(&self) -> Option<&Certificate> {
        let mut top = self.served.first()?;
        for _ in 0..self.served.len() {
            if top.self_issued() {
                break;
            }
            match self.served.iter().find(|c| *c != top && top.may_be_issued_by(c)) {
                Some(issuer) => top = issuer,
                None => break,
            }
        }
        Some(top)
    }

    fn top_der(&self, top: &Certificate) -> Option<&[u8]> {
        let fits = |der: &&CertificateDer<'_>| Certificate::parse(der).is_ok_and(|c| c.sha256 == top.sha256);
        self.intermediates.iter().find(fits).map(|der| &**der)
    }
}

/// What a served chain is worth.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub ends: Ends,
    /// The certificate that is expired or not yet valid, nearest to the leaf.
    pub out_of_date: Option<Box<Certificate>>,
    /// Whether the certificate is for the host.
    pub named: bool,
    /// What could be read of the chain, leaf first.
    pub served: Vec<Certificate>,
}

impl Verdict {
    /// Trusted by the public, in date and for this host: what a browser would accept.
    pub fn is_sound(&self) -> bool {
        matches!(self.ends, Ends::Public { .. }) && self.out_of_date.is_none() && self.named
    }

    /// What is wrong with it, for a client that knows public roots alone; none if nothing is.
    pub fn objection(&self) -> Option<Message> {
        if let Some(late) = &self.out_of_date {
            let (name, until) = (late.short_name(), late.not_after);
            return Some(say!(
                en: "the certificate {name} is out of date (valid until {until})",
                fr: "le certificat {name} n’est pas en cours de validité (valable jusqu’au {until})"
            ));
        }
        if !self.named {
            return Some(Text::new("it is for another host", "il est destiné à un autre hôte").into());
        }
        self.ends.objection()
    }

    /// When the first certificate of the chain expires.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.served.iter().filter(|c| !c.self_issued()).map(|c| c.not_after).min()
    }

    /// Who signed the leaf, as a person names it.
    pub fn signer(&self) -> String {
        match &self.ends {
            Ends::Public { root, .. } | Ends::Enterprise { root } => root.clone(),
            Ends::UnknownRoot(identity) => identity.name.clone(),
            Ends::Nowhere(Broken::SelfSigned(identity) | Broken::Incomplete(identity)) => {
                identity.name.clone()
            }
            Ends::Nowhere(_) => self.served.first().map(|c| c.issuer.clone()).unwrap_or_default(),
        }
    }
}

/// Where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ends {
    Public {
        root: String,
        apple: bool,
    },
    Enterprise {
        root: String,
    },
    /// Complete up to a self-signed authority that no programme and no setting knows.
    UnknownRoot(Identity),
    Nowhere(Broken),
}

impl Ends {
    fn objection(&self) -> Option<Message> {
        Some(match self {
            Self::Public { .. } => return None,
            Self::Enterprise { root } => say!(
                en: "it was signed by the organisation's own authority {root}",
                fr: "il a été signé par l’autorité {root}, propre à l’organisation"
            ),
            Self::UnknownRoot(identity) => {
                let name = &identity.name;
                say!(
                    en: "it ends in the root {name}, which no platform knows",
                    fr: "elle aboutit à la racine {name}, qu’aucune plateforme ne connaît"
                )
            }
            Self::Nowhere(broken) => broken.in_words(),
        })
    }
}

/// Why there is no path at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    SelfSigned(Identity),
    /// The issuer that is neither served nor known.
    Incomplete(Identity),
    /// What the verifier objects to.
    Invalid(Message),
    /// There is no day on which all its certificates are valid, so nothing else can be verified.
    NeverValidTogether,
    Unparsable,
}

impl Broken {
    pub fn in_words(&self) -> Message {
        match self {
            Self::SelfSigned(_) => {
                Text::new("the certificate is self-signed", "le certificat est auto-signé").into()
            }
            Self::Incomplete(identity) => {
                let name = &identity.name;
                say!(
                    en: "the chain stops below {name}, which is neither sent nor known",
                    fr: "la chaîne s’arrête sous {name}, qui n’est ni envoyée ni connue"
                )
            }
            Self::Invalid(Message { en, fr }) => {
                say!(en: "the chain does not verify: {en}", fr: "la chaîne ne se vérifie pas : {fr}")
            }
            Self::NeverValidTogether => Text::new(
                "its certificates are never valid on the same day",
                "ses certificats ne sont jamais valables le même jour",
            )
            .into(),
            Self::Unparsable => {
                Text::new("the certificate cannot be read", "le certificat est illisible").into()
            }
        }
    }
}

/// An authority that nobody vouches for: its name, and what tells it from another of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    pub name: String,
    /// By name and key identifier: served or only named by what it issued, it is the same authority.
    pub key: String,
}

impl Identity {
    fn of(certificate: &Certificate) -> Self {
        Self::new(&certificate.subject, &certificate.subject_der, certificate.subject_key_id.as_deref())
    }

    fn of_issuer(certificate: &Certificate) -> Self {
        Self::new(&certificate.issuer, &certificate.issuer_der, certificate.authority_key_id.as_deref())
    }

    fn new(name: &str, der: &[u8], key_id: Option<&[u8]>) -> Self {
        let joined = [der, key_id.unwrap_or_default()].concat();
        Self { name: name.to_owned(), key: facts::certificate::hex(digest(&SHA256, &joined).as_ref()) }
    }
}
