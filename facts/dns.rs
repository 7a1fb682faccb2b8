//! What can be asked of a name server, and what it may say.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize, Serializer};

use crate::Name;

/// A name server: the name it is known by (its address, where it has none) and where it listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Server {
    pub name: Name,
    pub address: SocketAddr,
}

impl Server {
    /// A server known by its address alone, as resolvers are.
    pub fn at(address: SocketAddr) -> Self {
        Self { name: Name::from_wire(&address.ip().to_string()), address }
    }

    pub fn named(name: Name, address: IpAddr) -> Self {
        Self { name, address: SocketAddr::new(address, 53) }
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ip = self.address.ip();
        match (self.name.as_str().parse() == Ok(ip), self.address.port()) {
            (true, 53) => write!(f, "{ip}"),
            (true, _) => write!(f, "{}", self.address),
            (false, 53) => write!(f, "{} ({ip})", self.name),
            (false, _) => write!(f, "{} ({})", self.name, self.address),
        }
    }
}

/// The record types that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    A,
    Aaaa,
    Cname,
    Ns,
    Soa,
    Mx,
    Txt,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Ns => "NS",
            Self::Soa => "SOA",
            Self::Mx => "MX",
            Self::Txt => "TXT",
        }
    }
}

/// One question to one server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lookup {
    pub server: Server,
    pub name: Name,
    pub kind: Kind,
    /// RD: on for a resolver, off for a zone's own server.
    pub recursion: bool,
    /// CD: on to see what a validating resolver hides.
    pub checking_disabled: bool,
    /// Asked once more after an answer that may pass: another question, with an answer of its own.
    pub again: bool,
}

impl Lookup {
    /// A question to a resolver.
    pub fn of(server: &Server, name: &Name, kind: Kind) -> Self {
        Self {
            server: server.clone(),
            name: name.clone(),
            kind,
            recursion: true,
            checking_disabled: false,
            again: false,
        }
    }

    /// A question to one of a zone's own servers.
    pub fn direct(server: &Server, name: &Name, kind: Kind) -> Self {
        Self { recursion: false, ..Self::of(server, name, kind) }
    }

    /// The same question once more.
    pub fn once_more(self) -> Self {
        Self { again: true, ..self }
    }

    /// The same question with DNSSEC validation switched off.
    pub fn unchecked(self) -> Self {
        Self { checking_disabled: true, ..self }
    }
}

/// What came back, also when it is bad news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    Message(Message),
    /// Nothing came back in the time allowed.
    TimedOut,
    /// Nothing listens there.
    PortClosed,
    /// There is no way to the server from here.
    Unreachable,
    /// Something came back that is not an answer to the question.
    Malformed,
}

impl Reply {
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) => Some(message),
            _ => None,
        }
    }

    /// The message, if it says something about the name: NOERROR or NXDOMAIN, never SERVFAIL or REFUSED.
    pub fn about_the_name(&self) -> Option<&Message> {
        self.message().filter(|m| matches!(m.code, Code::NoError | Code::NxDomain))
    }

    /// What happened, in the field's word.
    pub fn as_str(&self) -> std::borrow::Cow<'static, str> {
        match self {
            Self::Message(message) => message.code.to_string().into(),
            Self::TimedOut => "timed out".into(),
            Self::PortClosed => "port closed".into(),
            Self::Unreachable => "unreachable".into(),
            Self::Malformed => "malformed answer".into(),
        }
    }
}

/// A DNS message, reduced to what judgements need. TTLs are in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub code: Code,
    /// AA.
    pub authoritative: bool,
    /// RA.
    pub recursion_available: bool,
    /// AD: the resolver vouches for the answer.
    pub authenticated: bool,
    /// It came over TCP, because the answer over UDP was cut short.
    pub over_tcp: bool,
    pub answers: Vec<Record>,
    /// The SOA of the authority section: whose negative answer this is, and for how long it may be kept.
    pub soa: Option<Record>,
    /// Extended DNS errors (RFC 8914), by number.
    pub extended_errors: Vec<u16>,
}

impl Message {
    /// The targets of the CNAME records that the name itself has.
    pub fn cnames<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = (&'a Name, u32)> {
        self.answers.iter().filter(move |r| r.name == *name).filter_map(|r| match &r.data {
            Data::Cname(target) => Some((target, r.ttl)),
            _ => None,
        })
    }

    /// The addresses that the answer leads to from a name, over the aliases in it; none in a message that says no.
    pub fn addresses(&self, name: &Name) -> Vec<IpAddr> {
        if self.code != Code::NoError {
            return Vec::new();
        }
        let mut names = vec![name];
        while let Some((next, _)) = names.last().and_then(|last| self.cnames(last).next()) {
            if names.contains(&next) {
                break;
            }
            names.push(next);
        }
        self.answers.iter().filter(|r| names.contains(&&r.name)).filter_map(|r| r.data.address()).collect()
    }

    /// The SOA record, from wherever it stands: the answer at a zone's apex, the authority section below it.
    pub fn any_soa(&self) -> Option<(&Record, &Soa)> {
        self.answers.iter().chain(&self.soa).find_map(|r| match &r.data {
            Data::Soa(soa) => Some((r, soa)),
            _ => None,
        })
    }

    /// How long a resolver may keep this negative answer (RFC 2308: the smaller of the SOA's TTL and minimum).
    pub fn negative_ttl(&self) -> Option<u32> {
        self.soa.as_ref().and_then(|r| match &r.data {
            Data::Soa(soa) => Some(r.ttl.min(soa.minimum)),
            _ => None,
        })
    }
}

/// Response codes, kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    NoError,
    NxDomain,
    ServFail,
    Refused,
    FormErr,
    NotImp,
    Other(u16),
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoError => f.write_str("NOERROR"),
            Self::NxDomain => f.write_str("NXDOMAIN"),
            Self::ServFail => f.write_str("SERVFAIL"),
            Self::Refused => f.write_str("REFUSED"),
            Self::FormErr => f.write_str("FORMERR"),
            Self::NotImp => f.write_str("NOTIMP"),
            Self::Other(code) => write!(f, "RCODE {code}"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub name: Name,
    pub ttl: u32,
    pub data: Data,
}

impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}. {} IN {}", self.name, self.ttl, self.data)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    A(std::net::Ipv4Addr),
    Aaaa(std::net::Ipv6Addr),
    Cname(Name),
    Ns(Name),
    Soa(Soa),
    Mx {
        preference: u16,
        exchange: Name,
    },
    /// The character strings of the record, joined.
    Txt(String),
    /// A type that nothing judges, by number.
    Other(u16),
}

impl Data {
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::A(address) => Some(IpAddr::V4(*address)),
            Self::Aaaa(address) => Some(IpAddr::V6(*address)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::A(address) => write!(f, "A {address}"),
            Self::Aaaa(address) => write!(f, "AAAA {address}"),
            Self::Cname(target) => write!(f, "CNAME {target}."),
            Self::Ns(server) => write!(f, "NS {server}."),
            Self::Soa(soa) => {
                write!(f, "SOA {}. {}. {} {}", soa.primary, soa.mailbox, soa.serial, soa.minimum)
            }
            Self::Mx { preference, exchange } => write!(f, "MX {preference} {exchange}."),
            Self::Txt(text) => write!(f, "TXT {text:?}"),
            Self::Other(kind) => write!(f, "TYPE{kind}"),
        }
    }
}

/// The start of authority of a zone: what tells one copy of a zone from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Soa {
    pub primary: Name,
    pub mailbox: Name,
    pub serial: u32,
    /// The upper bound, in seconds, on keeping a negative answer.
    pub minimum: u32,
}

impl Reply {
    pub fn evidence(&self) -> Shown<'_> {
        let Self::Message(message) = self else {
            return Shown { code: self.as_str(), ..Shown::default() };
        };
        Shown {
            answers: Some(Lines(&message.answers)),
            authoritative: Some(message.authoritative),
            code: self.as_str(),
            extended_errors: Some(&*message.extended_errors).filter(|errors| !errors.is_empty()),
            over: message.over_tcp.then_some("tcp"),
            soa: message.soa.as_ref().map(Line),
        }
    }
}

/// A reply as evidence shows it.
#[derive(Default, Serialize)]
pub struct Shown<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Lines<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authoritative: Option<bool>,
    code: std::borrow::Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extended_errors: Option<&'a [u16]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    over: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    soa: Option<Line<'a>>,
}

/// A record as a zone file has it.
struct Line<'a>(&'a Record);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

struct Lines<'a>(&'a [Record]);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Line))
    }
}
