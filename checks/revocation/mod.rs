//! Whether certificates were revoked: what the stapled answer, the responders and the lists say of each.

mod list;
pub(crate) mod ocsp;
pub(crate) mod reasons;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod verdict;
mod words;

use facts::crl::Fetch;
use facts::http::{Get, Response};
use facts::vantage::Way;
use facts::{Certificate, Facts, Name, Octets, Unknown};
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::chain::{Issuer, Trust};
use crate::documents;
use crate::say;
use crate::text::{Message, Text};

/// Clocks differ; so much is forgiven.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// No path in use is longer.
const LONGEST_PATH: usize = 8;
/// The responders, and the lists, of one certificate that are asked.
const ASKED: usize = 3;

/// One element of the path, and what was heard of it.
pub(crate) struct Examined {
    pub(crate) certificate: Certificate,
    /// Without the issuer's key nothing that is said can be verified, so nothing was asked.
    pub(crate) issuer_known: bool,
    /// In the order of asking; after an answer that settles it nothing more is asked.
    pub(crate) heard: Vec<Heard>,
}

pub(crate) struct Heard {
    pub(crate) source: Source,
    pub(crate) said: Said,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The answer that the server itself sends along.
    Stapled,
    /// By its address in the certificate.
    Responder(String),
    List(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Good {
        as_of: Timestamp,
        until: Option<Timestamp>,
    },
    Revoked {
        since: Timestamp,
    },
    /// It was right until then; and since when it had the certificate revoked, where it had.
    Stale {
        ended: Timestamp,
        revoked: Option<Timestamp>,
    },
    /// Nothing came: why.
    Unreached(Message),
    /// What came cannot be used: why.
    Unusable(Message),
}

/// What all that was heard of a certificate amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conclusion {
    Revoked,
    Stale,
    Unavailable,
    Good,
    NotOffered,
}

impl Examined {
    pub(crate) fn conclusion(&self) -> Conclusion {
        let any = |wanted: fn(&Said) -> bool| self.heard.iter().any(|heard| wanted(&heard.said));
        if any(|said| matches!(said, Said::Revoked { .. })) {
            Conclusion::Revoked
        } else if any(|said| matches!(said, Said::Good { .. })) {
            Conclusion::Good
        } else if any(|said| matches!(said, Said::Stale { .. })) {
            Conclusion::Stale
        } else if !self.heard.is_empty() || self.offers() {
            Conclusion::Unavailable
        } else {
            Conclusion::NotOffered
        }
    }

    /// Whether the certificate names anybody who could say.
    pub(crate) fn offers(&self) -> bool {
        offers(&self.certificate)
    }

    /// The source that settled it.
    pub(crate) fn settled_by(&self) -> Option<&Heard> {
        self.heard.iter().find(|heard| heard.said.settles())
    }
}

impl Said {
    fn settles(&self) -> bool {
        matches!(self, Self::Good { .. } | Self::Revoked { .. })
    }
}

/// Examines every element of the path but the root. The elements at once; the sources of one after the other, until
/// one settles it. `served` is the readable part of the chain.
pub(crate) async fn examine(
    chain: &[Octets],
    served: &[Certificate],
    stapled: Option<&Octets>,
    trust: &Trust,
    facts: &Facts,
) -> Result<Vec<Examined>, Unknown> {
    // Where nobody is named who could say, no signature needs to be looked at either.
    if stapled.is_none() && !served.iter().any(offers) {
        return Ok(silent(served));
    }
    let elements = path(chain, trust).into_iter().enumerate();
    try_join_all(elements.map(|(place, element)| {
        let stapled = stapled.filter(|_| place == 0);
        async move { element.examine(stapled, facts).await }
    }))
    .await
}

fn offers(certificate: &Certificate) -> bool {
    !certificate.ocsp_urls.is_empty() || !certificate.crl_urls.is_empty()
}

fn silent(served: &[Certificate]) -> Vec<Examined> {
    let below_the_root = served.iter().filter(|certificate| !certificate.self_issued()).cloned();
    below_the_root
        .map(|certificate| Examined { certificate, issuer_known: true, heard: Vec::new() })
        .collect()
}

struct Element {
    certificate: Certificate,
    issuer: Option<Issuer>,
}

/// From the leaf up to what an anchor signed, or as far as what was served leads.
fn path(chain: &[Octets], trust: &Trust) -> Vec<Element> {
    let mut path: Vec<Element> = Vec::new();
    let mut next = chain.first().cloned();
    while let Some(der) = next.filter(|_| path.len() < LONGEST_PATH) {
        let Ok(certificate) = Certificate::parse(&der) else { break };
        let issuer = trust.issuer_of(&der, chain);
        let own_key = |issuer: &Issuer| issuer.public_key == certificate.public_key;
        let root = certificate.self_issued() && issuer.as_ref().is_none_or(own_key);
        if root || path.iter().any(|element| element.certificate == certificate) {
            break;
        }
        next = issuer.as_ref().and_then(|issuer| issuer.served.clone());
        path.push(Element { certificate, issuer });
    }
    path
}

impl Element {
    async fn examine(self, stapled: Option<&Octets>, facts: &Facts) -> Result<Examined, Unknown> {
        let Self { certificate, issuer } = self;
        let mut heard: Vec<Heard> = Vec::new();
        if let Some(issuer) = &issuer {
            if let Some(answer) = stapled {
                let said = ocsp::judge(answer, &certificate, issuer, facts.now());
                heard.push(Heard { source: Source::Stapled, said });
            }
            for source in sources(&certificate) {
                if heard.iter().any(|heard| heard.said.settles()) {
                    break;
                }
                let said = match &source {
                    Source::Stapled => continue,
                    Source::Responder(url) => responder(url, &certificate, issuer, facts).await?,
                    Source::List(url) => list(url, &certificate, &issuer.public_key, facts).await?,
                };
                heard.push(Heard { source, said });
            }
        }
        Ok(Examined { certificate, issuer_known: issuer.is_some(), heard })
    }
}

/// Whom a certificate names, responders first. What is not HTTP (LDAP, as a rule) comes last, and is only told.
fn sources(certificate: &Certificate) -> impl Iterator<Item = Source> {
    let first = |urls: &[String]| {
        let (mut http, other): (Vec<_>, Vec<_>) = urls.iter().cloned().partition(|url| is_http(url));
        http.truncate(ASKED);
        if http.is_empty() {
            http.extend(other.into_iter().take(1));
        }
        http
    };
    let responders = first(&certificate.ocsp_urls).into_iter().map(Source::Responder);
    responders.chain(first(&certificate.crl_urls).into_iter().map(Source::List))
}

pub(crate) fn is_http(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

async fn responder(
    url: &str,
    certificate: &Certificate,
    issuer: &Issuer,
    facts: &Facts,
) -> Result<Said, Unknown> {
    let way = match way(url, facts).await? {
        Ok(way) => way,
        Err(said) => return Ok(said),
    };
    let Some(url) = ocsp::url(url, certificate, issuer) else {
        return Ok(Said::Unusable(
            Text::new("the issuer's key cannot be read", "la clé de l’émetteur est illisible").into(),
        ));
    };
    let fetched = facts.ask(Get { url, way, brief: true }).await?;
    Ok(match &fetched.outcome {
        Err(failure) => Said::Unreached(documents::no_answer(failure)),
        Ok(Response { status, .. }) if *status != 200 => Said::Unusable(self::status(*status)),
        Ok(response) => ocsp::judge(&response.body, certificate, issuer, facts.now()),
    })
}

/// What the lists say that a certificate names, one after the other until one settles it. `signer` is the public key
/// of its issuer.
pub(crate) async fn lists(
    certificate: &Certificate,
    signer: &[u8],
    facts: &Facts,
) -> Result<Vec<Heard>, Unknown> {
    let mut heard: Vec<Heard> = Vec::new();
    for source in sources(certificate) {
        let Source::List(url) = &source else { continue };
        let said = list(url, certificate, signer, facts).await?;
        let settled = said.settles();
        heard.push(Heard { source, said });
        if settled {
            break;
        }
    }
    Ok(heard)
}

async fn list(url: &str, certificate: &Certificate, signer: &[u8], facts: &Facts) -> Result<Said, Unknown> {
    let way = match way(url, facts).await? {
        Ok(way) => way,
        Err(said) => return Ok(said),
    };
    let fetched = facts.ask(Fetch { url: url.to_owned(), way, signer: signer.into() }).await?;
    Ok(list::judge(&fetched, certificate, facts.now()))
}

/// How the host of an address is reached, or why it is not.
async fn way(url: &str, facts: &Facts) -> Result<Result<Way, Said>, Unknown> {
    let Ok(parsed) = Url::parse(url) else {
        return Ok(Err(Said::Unusable(
            Text::new("the address is not a URL", "l’adresse n’est pas une URL").into(),
        )));
    };
    let (Some(host), "http" | "https") = (parsed.host_str(), parsed.scheme()) else {
        let scheme = parsed.scheme();
        return Ok(Err(Said::Unusable(say!(
            en: "the address is one of {scheme}, not of HTTP, and cannot be asked from outside the organisation",
            fr: "l’adresse est en {scheme}, pas en HTTP, et ne peut pas être interrogée hors de l’organisation"
        ))));
    };
    let host = Name::from_wire(host);
    let port = parsed.port_or_known_default().unwrap_or(80);
    Ok(match facts.way(&host, port, parsed.scheme() == "https").await? {
        Ok(way) => Ok(way),
        Err(resolution) => Err(Said::Unreached(documents::unresolved(&host, &resolution))),
    })
}

fn status(status: u16) -> Message {
    say!(en: "the server answers HTTP {status}", fr: "le serveur répond HTTP {status}")
}

/// Why an answer cannot be used at this time; nothing where it can.
fn dated(
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    revoked: Option<Timestamp>,
    now: Timestamp,
) -> Option<Said> {
    let soon = now.saturating_add(TOLERANCE).unwrap_or(now);
    let lately = now.saturating_sub(TOLERANCE).unwrap_or(now);
    if this_update > soon {
        return Some(Said::Unusable(say!(
            en: "it is dated in the future ({this_update})",
            fr: "elle est datée du futur ({this_update})"
        )));
    }
    let ended = next_update.filter(|ended| *ended < lately)?;
    Some(Said::Stale { ended, revoked })
}
