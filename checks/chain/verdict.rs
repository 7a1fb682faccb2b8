//! What a served chain is worth, in terms that checks judge by.

use facts::Certificate;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use crate::roots::Programmes;
use crate::say;
use crate::text::{Message, Text};

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
    /// The certificates of the path that was found, by their places in `served`, leaf first; the leaf alone where
    /// there is none.
    pub path: Vec<usize>,
    /// Whether the rest of what was served, beyond the leaf, could be read.
    pub all_readable: bool,
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
        programmes: Programmes,
    },
    Enterprise {
        root: String,
    },
    /// Complete up to a self-signed authority that no programme and no setting knows.
    UnknownRoot(Identity),
    Nowhere(Broken),
}

impl Ends {
    /// What is wrong with where it ends, for a client that knows public roots alone.
    pub fn objection(&self) -> Option<Message> {
        Some(match self {
            Self::Public { .. } => return None,
            Self::Enterprise { root } => say!(
                en: "the certificate was signed by the organisation's own authority {root}",
                fr: "le certificat a été signé par l’autorité {root}, propre à l’organisation"
            ),
            Self::UnknownRoot(identity) => {
                let name = &identity.name;
                say!(
                    en: "the chain ends in the root {name}, which no platform knows",
                    fr: "la chaîne aboutit à la racine {name}, qu’aucune plateforme ne connaît"
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
    /// What the verifier objects to, and the place among the served of the certificate that is at fault.
    Invalid(Message, Option<usize>),
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
            Self::Invalid(Message { en, fr }, _) => {
                say!(en: "the chain does not verify ({en})", fr: "la chaîne ne se vérifie pas ({fr})")
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
    pub(super) fn of(certificate: &Certificate) -> Self {
        Self::new(&certificate.subject, &certificate.subject_der, certificate.subject_key_id.as_deref())
    }

    pub(super) fn of_issuer(certificate: &Certificate) -> Self {
        Self::new(&certificate.issuer, &certificate.issuer_der, certificate.authority_key_id.as_deref())
    }

    fn new(name: &str, der: &[u8], key_id: Option<&[u8]>) -> Self {
        let joined = [der, key_id.unwrap_or_default()].concat();
        Self { name: name.to_owned(), key: facts::certificate::hex(digest(&SHA256, &joined).as_ref()) }
    }
}
