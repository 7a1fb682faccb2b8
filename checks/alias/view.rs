//! What one name server says of the record.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use facts::dns::{Code, Data, Kind, Lookup, Message, Reply, Server, Soa};
use facts::{Facts, Name, Unknown};

use crate::clouds;
use crate::documents;
use crate::say;
use crate::text::{self, Text};

/// A CNAME chain longer than this leads nowhere that a resolver would follow.
const HOPS: usize = 16;

/// One server's view of the name.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) server: Server,
    pub(crate) says: Says,
    /// How long this answer may be kept, in seconds.
    pub(crate) ttl: Option<u32>,
    /// AA: the server answers from a zone of its own.
    pub(crate) authoritative: bool,
    /// The SOA that came with a negative answer, and the name it belongs to.
    pub(crate) soa: Option<(Name, Soa)>,
    /// What the resolver says of the addresses at the end of the chain.
    pub(crate) end: End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// One CNAME; the names that it leads through, the target first.
    Alias(Vec<Name>),
    /// Several CNAMEs, or one and other data beside it.
    Several {
        targets: Vec<Name>,
        addresses: Vec<IpAddr>,
    },
    Loop(Vec<Name>),
    /// No CNAME, but addresses of its own.
    Addresses(Vec<IpAddr>),
    NxDomain,
    NoData,
    /// The answer exists and is refused because its signatures do not verify.
    Bogus,
    /// Nothing about the name; in the field's words.
    Failed(String),
}

/// What lies at the end of a chain of aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Addresses(Vec<IpAddr>),
    NxDomain,
    NoData,
    /// The look-up of the end failed, or was not made.
    Unknown(Option<String>),
}

impl Says {
    /// Two servers that differ only in how they say no agree.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        let absent = |says: &Self| matches!(says, Self::NxDomain | Self::NoData);
        match (self, other) {
            (Self::Alias(a), Self::Alias(b)) => a.first() == b.first(),
            (a, b) if absent(a) && absent(b) => true,
            (a, b) => a == b,
        }
    }

    pub(crate) fn answered(&self) -> bool {
        !matches!(self, Self::Failed(_) | Self::Bogus)
    }

    pub(crate) fn in_words(&self) -> text::Message {
        match self {
            Self::Alias(chain) => {
                let names: Vec<String> = chain.iter().map(|name| format!("CNAME {name}")).collect();
                text::Message::same(names.join(", "))
            }
            Self::Several { targets, addresses } => {
                let names = targets.iter().map(|t| format!("CNAME {t}"));
                let all: Vec<String> = names.chain(addresses.iter().map(|a| format!("{a}"))).collect();
                text::listed_in_part(&all)
            }
            Self::Loop(chain) => {
                let names: Vec<&str> = chain.iter().map(Name::as_str).collect();
                let names = names.join(", ");
                say!(en: "a loop: {names}", fr: "une boucle : {names}")
            }
            Self::Addresses(addresses) => {
                let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                text::listed_in_part(&all)
            }
            Self::NxDomain => text::Message::same("NXDOMAIN"),
            Self::NoData => text::Message::same("NODATA"),
            Self::Bogus => Text::new("SERVFAIL (DNSSEC bogus)", "SERVFAIL (DNSSEC invalide)").into(),
            Self::Failed(what) => documents::silence(what),
        }
    }
}

/// Whether a server is asked to go and find out, or only for what it holds itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Resolver,
    ZoneServer,
}

/// Asks one server for everything about the name.
pub(crate) async fn look(
    server: &Server,
    alias: &Name,
    asked: Asked,
    facts: &Facts,
) -> Result<View, Unknown> {
    let lookup = |kind| match asked {
        Asked::Resolver => Lookup::of(server, alias, kind),
        Asked::ZoneServer => Lookup::direct(server, alias, kind),
    };
    let mut view = read(server, alias, &ask_all(KINDS.map(lookup), facts).await?);
    if asked == Asked::Resolver {
        if is_servfail(&view.says) {
            view = second_look(&view, alias, facts).await?;
        }
        follow(&mut view, alias, facts).await?;
    }
    Ok(view)
}

const KINDS: [Kind; 3] = [Kind::Cname, Kind::A, Kind::Aaaa];

async fn ask_all(lookups: [Lookup; 3], facts: &Facts) -> Result<[Arc<Reply>; 3], Unknown> {
    let [cname, a, aaaa] = lookups;
    let (cname, a, aaaa) = tokio::join!(facts.ask(cname), facts.ask(a), facts.ask(aaaa));
    Ok([cname?, a?, aaaa?])
}

fn is_servfail(says: &Says) -> bool {
    matches!(says, Says::Failed(what) if what == "SERVFAIL")
}

/// SERVFAIL may pass, and it may hide an answer that does not verify. Asked again, and without validation: only what
/// fails twice with it and is there without it is bogus.
async fn second_look(view: &View, alias: &Name, facts: &Facts) -> Result<View, Unknown> {
    let server = &view.server;
    let unchecked = Lookup::of(server, alias, Kind::Cname).unchecked();
    let again = KINDS.map(|kind| Lookup::of(server, alias, kind).once_more());
    let (again, unchecked) = tokio::join!(ask_all(again, facts), facts.ask(unchecked));
    let mut again = read(server, alias, &again?);
    if is_servfail(&again.says) && unchecked?.about_the_name().is_some() {
        again.says = Says::Bogus;
    }
    Ok(again)
}

fn read(server: &Server, alias: &Name, replies: &[Arc<Reply>; 3]) -> View {
    // What stands beside SERVFAIL or REFUSED is no answer: no client takes it for one.
    let messages: Vec<&Message> = replies.iter().filter_map(|reply| reply.about_the_name()).collect();
    let [cname, ..] = replies;
    let targets: BTreeSet<&Name> =
        messages.iter().flat_map(|m| m.cnames(alias)).map(|(name, _)| name).collect();
    let ttl = messages.iter().flat_map(|m| m.cnames(alias)).map(|(_, ttl)| ttl).max();
    let own: BTreeSet<IpAddr> = messages
        .iter()
        .flat_map(|m| &m.answers)
        .filter(|record| record.name == *alias)
        .filter_map(|record| record.data.address())
        .collect();
    let own_ttl = messages
        .iter()
        .flat_map(|m| &m.answers)
        .filter(|record| record.name == *alias && record.data.address().is_some())
        .map(|record| record.ttl)
        .max();
    let about = cname.about_the_name();
    let (says, ttl) = if targets.len() > 1 || (!targets.is_empty() && !own.is_empty()) {
        let targets = targets.into_iter().cloned().collect();
        (Says::Several { targets, addresses: own.into_iter().collect() }, ttl)
    } else if let Some(target) = targets.first() {
        (chain(alias, target, &messages), ttl)
    } else if !own.is_empty() {
        (Says::Addresses(own.into_iter().collect()), own_ttl)
    } else {
        match about {
            Some(message) if message.code == Code::NxDomain => (Says::NxDomain, message.negative_ttl()),
            Some(message) => (Says::NoData, message.negative_ttl()),
            None => (Says::Failed(cname.as_str().into_owned()), None),
        }
    };
    let soa = |message: &&Message| match message.soa.as_ref().map(|record| (&record.name, &record.data)) {
        Some((name, Data::Soa(soa))) => Some((name.clone(), soa.clone())),
        _ => None,
    };
    View {
        server: server.clone(),
        says,
        ttl,
        authoritative: cname.message().is_some_and(|message| message.authoritative),
        soa: about.as_ref().and_then(soa),
        end: end(alias, replies),
    }
}

/// The names that the answers lead through from the target on.
fn chain(alias: &Name, target: &Name, messages: &[&Message]) -> Says {
    let mut names = vec![target.clone()];
    while let Some(next) = names
        .last()
        .and_then(|last| messages.iter().find_map(|m| m.cnames(last).next().map(|(next, _)| next.clone())))
    {
        if next == *alias || names.contains(&next) {
            names.push(next);
            return Says::Loop(names);
        }
        if names.len() >= HOPS {
            return too_long();
        }
        names.push(next);
    }
    if names.contains(alias) { Says::Loop(names) } else { Says::Alias(names) }
}

/// It may come to an end, and it may not: nobody looks.
fn too_long() -> Says {
    Says::Failed(format!("more than {HOPS} CNAMEs, one after the other"))
}

/// The end of the chain, as the answers for addresses tell it.
fn end(alias: &Name, replies: &[Arc<Reply>; 3]) -> End {
    let [_, a, aaaa] = replies;
    let mut addresses: Vec<IpAddr> =
        [a, aaaa].into_iter().filter_map(|r| r.message()).flat_map(|m| m.addresses(alias)).collect();
    addresses.sort();
    addresses.dedup();
    if !addresses.is_empty() {
        return End::Addresses(addresses);
    }
    // A server that follows no alias says nothing about where one leads.
    let followed = |message: &&Message| message.recursion_available || message.answers.is_empty();
    match (a.about_the_name().filter(followed), aaaa.about_the_name().filter(followed)) {
        (Some(one), Some(other)) if one.code == Code::NxDomain || other.code == Code::NxDomain => {
            End::NxDomain
        }
        (Some(_), Some(_)) => End::NoData,
        (None, _) => End::Unknown(Some(a.as_str().into_owned())),
        (_, None) => End::Unknown(Some(aaaa.as_str().into_owned())),
    }
}

/// Where the answers for addresses broke off, the chain is walked by hand: loops show themselves that way.
async fn follow(view: &mut View, alias: &Name, facts: &Facts) -> Result<(), Unknown> {
    if let (Says::Alias(names), End::Unknown(_)) = (&view.says, &view.end) {
        view.says = walk(names.clone(), alias, &view.server, facts).await?;
    }
    Ok(())
}

/// A zone's own server says where the record leads, and no more. The rest of the way is what a resolver says of it:
/// one that was led there too, or else the first one, asked name by name.
pub(crate) async fn complete(
    view: &mut View,
    resolvers: &[View],
    alias: &Name,
    facts: &Facts,
) -> Result<(), Unknown> {
    let Says::Alias(names) = &view.says else { return Ok(()) };
    let Some(target) = names.first().filter(|_| names.iter().all(|name| !clouds::is_known_target(name)))
    else {
        return Ok(());
    };
    let there_too = resolvers.iter().find(|r| match &r.says {
        Says::Alias(chain) | Says::Loop(chain) => chain.first() == Some(target),
        _ => false,
    });
    if let Some(resolver) = there_too {
        view.says = resolver.says.clone();
    } else if let Some(server) = facts.vantage().resolvers.first() {
        view.says = walk(names.clone(), alias, server, facts).await?;
    }
    Ok(())
}

/// Asks for the alias of the last name, and so on, until there is none or one comes back.
async fn walk(mut names: Vec<Name>, alias: &Name, server: &Server, facts: &Facts) -> Result<Says, Unknown> {
    while let Some(last) = names.last().filter(|last| !clouds::is_known_target(last)).cloned() {
        let reply = facts.ask(Lookup::of(server, &last, Kind::Cname)).await?;
        let Some(next) = reply.message().and_then(|m| m.cnames(&last).next().map(|(next, _)| next.clone()))
        else {
            break;
        };
        let back = next == *alias || names.contains(&next);
        names.push(next);
        if back {
            return Ok(Says::Loop(names));
        }
        if names.len() > HOPS {
            return Ok(too_long());
        }
    }
    Ok(Says::Alias(names))
}
