//! The certificate of a missing issuer, fetched to name the cause: bounded, and never trusted.

use facts::http::Get;
use facts::{Certificate, Facts, Name, Octets, Unknown};
use url::Url;
use x509_parser::pem::parse_x509_pem;

use crate::chain::{Broken, Ends, Trust, Verdict};

/// No honest chain lacks more.
const DOWNLOADS: usize = 3;

/// Where the chain ends with what could be fetched.
pub(crate) enum Found {
    Public(String),
    Enterprise(String),
    Unknown(String),
    /// Nothing that fits could be fetched.
    Nothing,
}

/// Completes a chain by the addresses that its certificates name (AIA).
pub(crate) async fn fetch_chain(
    chain: &[Octets],
    verdict: &Verdict,
    trust: &Trust,
    host: &str,
    facts: &Facts,
) -> Result<Found, Unknown> {
    let mut chain = chain.to_vec();
    let mut top = verdict.path.last().and_then(|place| verdict.served.get(*place)).cloned();
    for _ in 0..DOWNLOADS {
        let Some(current) = top else { return Ok(Found::Nothing) };
        let Some((der, issuer)) = fetch(&current, &chain, facts).await? else { return Ok(Found::Nothing) };
        chain.push(der);
        match &trust.judge(&chain, host, facts.now()).ends {
            Ends::Public { root, .. } => return Ok(Found::Public(root.clone())),
            Ends::Enterprise { root } => return Ok(Found::Enterprise(root.clone())),
            Ends::UnknownRoot(identity) => return Ok(Found::Unknown(identity.name.clone())),
            Ends::Nowhere(Broken::Incomplete(_)) => top = Some(issuer),
            Ends::Nowhere(_) => return Ok(Found::Nothing),
        }
    }
    Ok(Found::Nothing)
}

/// The issuer of a certificate from the first address that gives one whose key fits.
async fn fetch(
    child: &Certificate,
    chain: &[Octets],
    facts: &Facts,
) -> Result<Option<(Octets, Certificate)>, Unknown> {
    let child_der = chain.iter().find(|der| Certificate::parse(der).is_ok_and(|c| c.sha256 == child.sha256));
    for address in child.issuer_urls.iter().take(2) {
        let Ok(url) = Url::parse(address) else { continue };
        let (Some(host), Some(port), "http" | "https") =
            (url.host_str().and_then(Name::of_host), url.port_or_known_default(), url.scheme())
        else {
            continue;
        };
        let Ok(way) = facts.way(&host, port, url.scheme() == "https").await? else {
            continue;
        };
        let fetched = facts.ask(Get { url: address.clone(), way, brief: true }).await?;
        let Ok(response) = &fetched.outcome else { continue };
        let Some((der, issuer)) = read(&response.body) else { continue };
        let fits = child_der.is_some_and(|child| facts::certificate::is_signed_by(child, &der));
        if response.status == 200 && fits {
            return Ok(Some((der, issuer)));
        }
    }
    Ok(None)
}

/// DER as RFC 5280 wants it there, or the PEM that some authorities publish.
fn read(body: &Octets) -> Option<(Octets, Certificate)> {
    if let Ok(certificate) = Certificate::parse(body) {
        return Some((body.clone(), certificate));
    }
    let (_, block) = parse_x509_pem(body).ok()?;
    let certificate = Certificate::parse(&block.contents).ok()?;
    Some((block.contents.into(), certificate))
}
