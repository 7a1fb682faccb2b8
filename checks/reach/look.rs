//! What a visit to an endpoint shows, before anything is said about how much that matters.

use std::sync::Arc;

use facts::vantage::{Resolution, Way};
use facts::visit::{Spoken, Visit, Visited};
use facts::{Facts, Unknown};

use crate::subject::{Endpoint, Landscape, Role, Transport};

/// What one look at an endpoint gave.
pub(crate) enum Sight {
    /// The name gave no address, or its look-up failed.
    Unresolved(Resolution),
    Visited {
        visited: Arc<Visited>,
        proxied: bool,
    },
}

impl Sight {
    /// Whether something spoke at the other end: a certificate, an HTTP answer, or a bare connection where no more
    /// is asked for.
    pub(crate) fn answered(&self, endpoint: &Endpoint) -> bool {
        match self {
            Self::Unresolved(_) => false,
            Self::Visited { visited, .. } => {
                let shown = visited.tls.as_ref().is_some_and(|tls| !tls.chain().is_empty());
                let said = visited.http.as_ref().is_some_and(Result::is_ok);
                shown || said || (endpoint.transport == Transport::Tcp && visited.connected())
            }
        }
    }
}

/// The preferred port of the same host, if it answered: a fallback is then left alone.
pub(crate) async fn spared_by<'a>(
    endpoint: &'a Endpoint,
    landscape: &'a Landscape,
    facts: &Facts,
) -> Result<Option<&'a Endpoint>, Unknown> {
    if !endpoint.only_after_preferred {
        return Ok(None);
    }
    let preferred = |other: &&Endpoint| other.host == endpoint.host && other.role == Some(Role::Preferred);
    match landscape.alternatives(endpoint).find(preferred) {
        Some(preferred) => Ok(look(preferred, facts).await?.answered(preferred).then_some(preferred)),
        None => Ok(None),
    }
}

/// Looks a host up and visits it once; whoever looks again gets the same answer from memory.
pub(crate) async fn look(endpoint: &Endpoint, facts: &Facts) -> Result<Sight, Unknown> {
    let https = endpoint.transport != Transport::Http;
    let way = match facts.way(&endpoint.host, endpoint.port, https).await? {
        Ok(way) => way,
        Err(resolution) => return Ok(Sight::Unresolved(resolution)),
    };
    let proxied = matches!(way, Way::Proxy(_));
    let visit = Visit {
        host: endpoint.host.as_str().to_owned(),
        port: endpoint.port,
        spoken: spoken(endpoint, proxied),
        way,
    };
    Ok(Sight::Visited { visited: facts.ask(visit).await?, proxied })
}

/// Puts the questions of a visit ahead of the check that will ask them; the answer waits in memory.
pub async fn visit_ahead(endpoint: &Endpoint, facts: &Facts) {
    // What cannot be asked now is told by the check.
    let _ = look(endpoint, facts).await;
}

/// Behind a proxy an open tunnel proves nothing: the answer has to come from inside.
fn spoken(endpoint: &Endpoint, proxied: bool) -> Spoken {
    match endpoint.transport {
        Transport::Https => Spoken::Https("/".to_owned()),
        Transport::Tls => Spoken::Tls,
        Transport::Tcp | Transport::Udp if proxied => Spoken::Tls,
        Transport::Tcp | Transport::Udp => Spoken::Tcp,
        Transport::Http => {
            Spoken::Http(endpoint.canary.as_ref().map_or("/", |canary| &canary.path).to_owned())
        }
    }
}
