//! Whether Apple has revoked a push certificate: these name a list (CRL) and no OCSP responder.

use facts::crl::{Fetch, Fetched};
use facts::{Certificate, Facts, Name};
use jiff::Timestamp;
use url::Url;

use crate::apple::Signer;
use crate::documents;
use crate::say;
use crate::text::Message;

/// How many lists are tried where the first cannot be had.
const LISTS: usize = 2;

pub(crate) enum Standing {
    Revoked {
        since: Timestamp,
        list: String,
    },
    Good {
        list: String,
        next_update: Option<Timestamp>,
    },
    /// The certificate names no list.
    NotPublished,
    /// Why no list could be read: the end of a sentence.
    NotLearnt(Message),
}

/// Asks the lists that the certificate names. What cannot be had is no answer, and never an objection.
pub(crate) async fn standing(certificate: &Certificate, signer: &Signer, facts: &Facts) -> Standing {
    let mut standing = Standing::NotPublished;
    for list in certificate.crl_urls.iter().take(LISTS) {
        match ask(list, certificate, signer, facts).await {
            Ok(answer) => return answer,
            Err(why) => standing = Standing::NotLearnt(why),
        }
    }
    standing
}

async fn ask(
    list: &str,
    certificate: &Certificate,
    signer: &Signer,
    facts: &Facts,
) -> Result<Standing, Message> {
    let no_url = || say!(en: "{list} is not an http:// address", fr: "{list} n’est pas une adresse http://");
    let url =
        Url::parse(list).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(no_url)?;
    let (host, port) = url.host_str().zip(url.port_or_known_default()).ok_or_else(no_url)?;
    let host = Name::from_wire(host);
    let not_asked = |why: facts::Unknown| Message::same(format!("{list}: {why}"));
    let way = facts.way(&host, port, url.scheme() == "https").await.map_err(not_asked)?;
    let way = way.map_err(|resolution| documents::unresolved(&host, &resolution))?;
    let question = Fetch { url: list.to_owned(), way, signer: signer.public_key.clone() };
    let fetched = facts.ask(question).await.map_err(not_asked)?;
    match &*fetched {
        Fetched::List(found) if !found.signed || *found.issuer != certificate.issuer_der[..] => Err(say!(
            en: "{list} is not signed by {}", fr: "{list} n’est pas signée par {}", signer.name
        )),
        Fetched::List(found) => Ok(match found.revoked_since(&certificate.serial) {
            Some(since) => Standing::Revoked { since, list: list.to_owned() },
            None if found.partial => {
                return Err(say!(
                    en: "{list} covers a part of the certificates only",
                    fr: "{list} ne couvre qu’une partie des certificats"
                ));
            }
            None => Standing::Good { list: list.to_owned(), next_update: found.next_update },
        }),
        Fetched::Status(status) => Err(say!(en: "{list} answers {status}", fr: "{list} répond {status}")),
        Fetched::TooLarge(most) => Err(say!(
            en: "{list} is longer than {most} bytes", fr: "{list} dépasse {most} octets"
        )),
        Fetched::Malformed(_) => Err(say!(
            en: "{list} gave something that is not a revocation list",
            fr: "{list} a donné autre chose qu’une liste de révocation"
        )),
        Fetched::Failed(failure) => Err(documents::unreachable(&host, failure)),
    }
}
