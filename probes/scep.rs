//! SCEP servers: their certificates, and how long a request they take.

use facts::file::{Contents, Format, Unreadable};
use facts::http::Failure;
use facts::scep::{Answered, Authority, CaCertificates, End, Longest, LongestRequest, Try};
use facts::{Octets, Unknown};
use hyper::StatusCode;

use crate::connector::Connector;
use crate::file;
use crate::http::{self, Bounds, Download, Ended};

/// A bag of certificates has a few kilobytes.
const BAG_BYTES: usize = 1024 * 1024;

pub(crate) async fn certificates(
    question: &CaCertificates,
    connector: &Connector,
) -> Result<Authority, Unknown> {
    let bounds = Bounds { octets: BAG_BYTES, time: connector.bound };
    let Download { outcome, .. } = http::download(&question.url, &question.way, bounds, connector).await?;
    let (response, ended) = match outcome {
        Ok(came) => came,
        Err(failure) => return Ok(Authority { outcome: Err(failure) }),
    };
    let read = match ended {
        Ended::Whole => read(&response.body),
        Ended::AtBound => Err(Unreadable::TooLarge(BAG_BYTES as u64)),
        Ended::BrokenOff(failure) => Err(Unreadable::Damaged(failure.to_string())),
    };
    Ok(Authority {
        outcome: Ok(Answered {
            status: response.status,
            content_type: response.header("content-type").map(str::to_owned),
            octets: response.body.len(),
            text: response.body.is_ascii(),
            read,
        }),
    })
}

fn read(body: &[u8]) -> Result<(Format, Vec<Octets>), Unreadable> {
    match file::parse(body, None) {
        Contents::Certificates { format, certificates, .. } => Ok((format, certificates)),
        Contents::Unreadable(why) => Err(why),
    }
}

/// The longest request of all, the limits that servers have by default below it, then what lies between.
const LONGEST: usize = 32 * 1024;
const FIRST: usize = 8 * 1024;
const SHORTEST: usize = 1024;
const REQUESTS: usize = 6;
/// Closer than that a limit needs no further request.
const CLOSE: usize = 512;

pub(crate) async fn longest(question: &LongestRequest, connector: &Connector) -> Result<Longest, Unknown> {
    let mut longest = Longest { tried: Vec::new() };
    let mut next = Some(LONGEST);
    while let Some(octets) = next.filter(|_| longest.tried.len() < REQUESTS) {
        let end = try_one(question, octets, connector).await?;
        longest.tried.push(Try { octets, end });
        next = if longest.blocked().is_some() { None } else { following(&longest) };
    }
    Ok(longest)
}

/// What to try next: halfway between what passed and what did not.
fn following(longest: &Longest) -> Option<usize> {
    let passed = longest.passed();
    let refused = longest.refused()?.0;
    if longest.tried.len() == 1 {
        return Some(FIRST);
    }
    let between = passed.max(SHORTEST).midpoint(refused);
    let told = refused - passed.max(SHORTEST) <= CLOSE;
    (!told).then_some(between)
}

async fn try_one(question: &LongestRequest, octets: usize, connector: &Connector) -> Result<End, Unknown> {
    let target = url::Url::parse(&question.url)
        .map_or(0, |url| url.path().len() + url.query().map_or(0, |query| query.len() + 1));
    let url = format!("{}{}", question.url, "A".repeat(octets.saturating_sub(target)));
    let bounds = Bounds { octets: http::GLANCE_BYTES, time: connector.bound };
    let Download { outcome, .. } = http::download(&url, &question.way, bounds, connector).await?;
    Ok(match outcome {
        Ok((response, _)) => match response.status {
            200 if is_page(&response.body) => End::Page,
            200 => End::Passed,
            status if says_too_long(status) => End::TooLong(status),
            status => End::Other(status),
        },
        Err(Failure::Connection(failure)) => End::Failed(failure),
        Err(Failure::Throttled(_)) => End::Other(StatusCode::TOO_MANY_REQUESTS.as_u16()),
        Err(_) => End::Failed(facts::tcp::Failure::Other),
    })
}

/// 404.14 and 404.15 of IIS look like any 404 from outside; HTTP.sys says 400.
fn says_too_long(status: u16) -> bool {
    matches!(status, 400 | 404 | 413 | 414 | 431)
}

fn is_page(body: &[u8]) -> bool {
    let start = body.get(..body.len().min(512)).unwrap_or_default().to_ascii_lowercase();
    [&b"<html"[..], b"<!doctype"].iter().any(|mark| start.windows(mark.len()).any(|part| part == *mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts the requests to a server with that limit.
    fn against(limit: usize) -> Longest {
        let mut longest = Longest { tried: Vec::new() };
        let mut next = Some(LONGEST);
        while let Some(octets) = next.filter(|_| longest.tried.len() < REQUESTS) {
            let end = if octets <= limit { End::Passed } else { End::TooLong(414) };
            longest.tried.push(Try { octets, end });
            next = following(&longest);
        }
        longest
    }

    #[test]
    fn at_most_six_requests_tell_the_limits_that_matter_apart() {
        assert_eq!(against(usize::MAX).tried.len(), 1);
        for limit in [0, 1500, 2048, 4096, 8000, 8192, 10_000, 16_384, 20_000, 30_000] {
            let longest = against(limit);
            assert!(longest.tried.len() <= REQUESTS);
            assert!(longest.passed() <= limit);
            assert_eq!(longest.passed() >= FIRST, limit >= FIRST, "{limit}");
            assert!(longest.refused().is_some_and(|(octets, _)| octets > limit));
        }
    }

    #[test]
    fn certificates_are_read_in_binary_and_in_text() {
        use base64::Engine;
        let certificate = rcgen::generate_simple_self_signed(["ca.contoso.com".to_owned()]).unwrap().cert;
        let text = base64::engine::general_purpose::STANDARD.encode(certificate.der());
        for body in [certificate.der().to_vec(), text.into_bytes(), certificate.pem().into_bytes()] {
            assert_eq!(read(&body).unwrap().1, [Octets::from(&**certificate.der())]);
        }
        assert!(read(b"<html>").is_err() && read(b"").is_err());
    }
}
