//! What the organisation's own servers serve: every address of a name, captured before anything is judged.

mod across;

use std::sync::Arc;

use facts::tls::{Failure, Offer, Shake, Shaken};
use facts::vantage::{Resolution, Way};
use facts::{Facts, Octets, Unknown, tcp};
use futures_util::future::try_join_all;

pub(crate) use self::across::{Missing, nodes};
use crate::check::Reason;
use crate::documents;
use crate::say;
use crate::subject::{Platform, Purpose, Server};
use crate::text::{Message, Text};

/// What all but `tls.chain` say of a server without a chain: that one tells why.
pub(crate) const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new("The server showed nothing to judge.", "Le serveur n’a rien présenté à juger."),
    Text::new("See tls.chain for what stood in the way.", "Voyez dans tls.chain ce qui a fait obstacle."),
);

/// What the addresses of one server show.
pub(crate) enum Look {
    /// The name gave no address: why, in words.
    Unresolved(Message),
    Nodes(Vec<Node>),
}

/// One address of a server, or its proxy.
pub(crate) struct Node {
    pub(crate) way: Way,
    pub(crate) state: State,
    /// The handshake in the manner of a version-27 Apple device, where the server is to be fit for one.
    pub(crate) apple: Option<Arc<Shaken>>,
    /// The handshake as today's libraries make it; the one above, where that finished.
    pub(crate) modern: Arc<Shaken>,
    /// What our own ClientHello read of a server too old for the library.
    pub(crate) old: Option<Arc<Shaken>>,
}

/// The suites of TLS 1.2 that today's clients offer, Apple's version 27 too.
const OFFERED_TODAY: [&str; 4] = [
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
];

pub(crate) enum State {
    /// No connection, or silence on it.
    Unreachable(Message),
    /// It answered or closed without a certificate.
    NoCertificate(Message),
    Served,
}

impl Node {
    /// The address as a person names it.
    pub(crate) fn address(&self) -> String {
        match &self.way {
            Way::Direct(addresses) => addresses.first().map(ToString::to_string).unwrap_or_default(),
            Way::Routed(address) => address.to_string(),
            Way::Proxy(url) => url.clone(),
        }
    }

    /// The served chain, by whichever handshake showed it.
    pub(crate) fn chain(&self) -> &[Octets] {
        let shown = [Some(&self.modern), self.old.as_ref()].into_iter().flatten();
        shown.map(|shaken| shaken.chain()).find(|chain| !chain.is_empty()).unwrap_or_default()
    }

    /// The version that was agreed on, as the field names it (`TLSv1.2`).
    pub(crate) fn version(&self) -> Option<&str> {
        self.agreed().and_then(|capture| capture.version.as_deref())
    }

    pub(crate) fn cipher(&self) -> Option<&str> {
        self.agreed().and_then(|capture| capture.cipher.as_deref())
    }

    /// Whether no client of today can finish a handshake.
    pub(crate) fn is_too_old(&self) -> bool {
        self.modern.chain().is_empty() && self.old.as_ref().is_some_and(|old| !old.chain().is_empty())
    }

    /// Why no client of today finishes a handshake, where that is not for want of a common suite.
    pub(crate) fn unfinished(&self) -> Option<Message> {
        let shared = self.cipher().is_some_and(|cipher| OFFERED_TODAY.contains(&cipher));
        (self.is_too_old() && shared).then(|| why_not(&self.modern))
    }

    /// The stapled OCSP answer, in DER.
    pub(crate) fn stapled(&self) -> Option<&Octets> {
        self.agreed().and_then(|capture| capture.ocsp.as_ref())
    }

    fn agreed(&self) -> Option<&facts::tls::Capture> {
        let captures = [Some(&self.modern), self.old.as_ref()].into_iter().flatten();
        captures.filter_map(|shaken| shaken.tls.as_ref()?.capture.as_ref()).find(|c| c.version.is_some())
    }
}

/// Whether the server has to be fit for Apple's version-27 systems: SCEP servers are exempt, and a federation service
/// is shown in a web view.
pub(crate) fn apple_policy_covers(server: &Server) -> bool {
    let apple = [Platform::Ios, Platform::Macos].iter().any(|platform| server.platforms.contains(platform));
    apple && (server.is(Purpose::AppleDiscovery) || server.is(Purpose::Named))
}

/// Looks at every address of a server; whoever looks again gets the same answers from memory.
pub(crate) async fn look(server: &Server, facts: &Facts) -> Result<Look, Unknown> {
    let at = &server.at;
    let ways = match facts.way(&at.host, at.port, true).await? {
        Ok(Way::Direct(addresses)) => addresses.into_iter().map(|ip| Way::Direct(vec![ip])).collect(),
        Ok(way) => vec![way],
        Err(resolution) => return Ok(Look::Unresolved(not_resolved(server, &resolution))),
    };
    let nodes = ways.into_iter().map(|way| look_at(server, way, facts));
    Ok(Look::Nodes(try_join_all(nodes).await?))
}

/// Puts the questions of a look ahead of the checks that will ask them; the answers wait in memory.
pub async fn look_ahead(server: &Server, facts: &Facts) {
    // What cannot be asked now is told by the checks.
    let _ = look(server, facts).await;
}

/// The question for one address in the manner of one kind of client.
pub(crate) fn shake(server: &Server, way: &Way, offer: Offer) -> Shake {
    Shake { host: server.at.host.as_str().to_owned(), port: server.at.port, way: way.clone(), offer }
}

async fn look_at(server: &Server, way: Way, facts: &Facts) -> Result<Node, Unknown> {
    let apple = match apple_policy_covers(server) {
        true => Some(facts.ask(shake(server, &way, Offer::Apple27)).await?),
        false => None,
    };
    // What the stricter client gets to see needs no second handshake.
    let modern = match &apple {
        Some(apple) if finished(apple) || silent(apple) => Arc::clone(apple),
        _ => facts.ask(shake(server, &way, Offer::Modern)).await?,
    };
    // Old protocols are tried on the organisation's own servers only.
    let old = match modern.chain().is_empty() && !silent(&modern) && !server.foreign {
        true => Some(facts.ask(shake(server, &way, Offer::Old)).await?),
        false => None,
    };
    let seen = old.as_ref().is_some_and(|old| !old.chain().is_empty()) || !modern.chain().is_empty();
    let state = match (seen, silent(&modern)) {
        (true, _) => State::Served,
        (false, true) => State::Unreachable(why_not(&modern)),
        (false, false) => State::NoCertificate(why_not(&modern)),
    };
    Ok(Node { way, state, apple, modern, old })
}

fn finished(shaken: &Shaken) -> bool {
    !shaken.chain().is_empty() && shaken.tls.as_ref().is_some_and(|tls| tls.failure.is_none())
}

/// Nothing came that could be called an answer to TLS.
fn silent(shaken: &Shaken) -> bool {
    let timed_out = Some(&Failure::Connection(tcp::Failure::TimedOut));
    match &shaken.tls {
        None => true,
        Some(tls) => tls.chain().is_empty() && tls.failure.as_ref() == timed_out,
    }
}

fn why_not(shaken: &Shaken) -> Message {
    if let Some(refusal) = &shaken.refusal {
        return documents::refusal(refusal);
    }
    if let Some(failure) = shaken.failure {
        return documents::connection(failure).into();
    }
    match shaken.tls.as_ref().and_then(|tls| tls.failure.as_ref()) {
        Some(Failure::Connection(failure)) => documents::connection(*failure).into(),
        Some(Failure::NotTls) => {
            Text::new("what answers does not speak TLS", "ce qui répond ne parle pas TLS").into()
        }
        Some(failure) => {
            let Message { en, fr } = documents::handshake(failure);
            say!(en: "the handshake failed ({en})", fr: "la négociation a échoué ({fr})")
        }
        None => Text::new("nothing was said", "rien n’a été dit").into(),
    }
}

fn not_resolved(server: &Server, resolution: &Resolution) -> Message {
    documents::unresolved(&server.at.host, resolution)
}
