//! One DNS question over UDP, over TCP when the answer was cut short. Nothing is followed, nothing cached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use facts::dns::{Code, Data, Kind, Lookup, Message, Record, Reply, Soa};
use facts::{Name, Unknown};
use hickory_proto::op::{self, Edns, MessageType, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{self, DNSClass, RData, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use crate::connector::out_of_sockets;

/// A name server that has not answered by then will not: resolvers give up after five seconds too.
const PATIENCE: Duration = Duration::from_secs(5);
/// Datagrams get lost: when a question is sent, and sent again.
const SEND: [Duration; 3] = [Duration::ZERO, Duration::from_millis(1000), Duration::from_millis(2500)];
/// What passes every path without fragments (DNS flag day 2020).
const PAYLOAD: u16 = 1232;
/// Extended DNS errors (RFC 8914) are this EDNS option.
const EXTENDED_ERROR: u16 = 15;

/// Asks the server at `address` (which a route may have changed) within the time allowed.
pub(crate) async fn lookup(
    question: &Lookup,
    address: SocketAddr,
    bound: Duration,
) -> Result<Reply, Unknown> {
    let Ok(name) = rr::Name::from_ascii(question.name.absolute()) else {
        return Ok(Reply::Malformed);
    };
    let deadline = Instant::now() + bound.min(PATIENCE);
    let query = Query::query(name, record_type(question.kind));
    let reply = exchange(question, &query, address, deadline, true).await?;
    match &reply {
        // A server of before EDNS (RFC 6891, 7): asked again in its own language.
        Reply::Message(m) if matches!(m.code, Code::FormErr | Code::NotImp) => {
            exchange(question, &query, address, deadline, false).await
        }
        _ => Ok(reply),
    }
}

async fn exchange(
    question: &Lookup,
    query: &Query,
    address: SocketAddr,
    deadline: Instant,
    edns: bool,
) -> Result<Reply, Unknown> {
    let mut message = op::Message::query();
    message.add_query(query.clone());
    message.metadata.recursion_desired = question.recursion;
    message.metadata.checking_disabled = question.checking_disabled;
    if edns {
        let mut options = Edns::new();
        options.set_max_payload(PAYLOAD);
        message.set_edns(options);
    }
    let Ok(bytes) = message.to_vec() else {
        return Ok(Reply::Malformed);
    };
    let id = message.metadata.id;
    match over_udp(&bytes, id, query, address, deadline).await? {
        Heard::Answer(answer) if answer.metadata.truncation => {
            over_tcp(&bytes, id, query, address, deadline).await
        }
        Heard::Answer(answer) => Ok(Reply::Message(reduce(&answer, false))),
        Heard::Nothing(reply) => Ok(reply),
    }
}

enum Heard {
    Answer(Box<op::Message>),
    Nothing(Reply),
}

async fn over_udp(
    bytes: &[u8],
    id: u16,
    query: &Query,
    address: SocketAddr,
    deadline: Instant,
) -> Result<Heard, Unknown> {
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await.map_err(|e| Unknown::Local(e.to_string()))?;
    // Connected, so that the kernel drops strangers' datagrams and tells of a closed port.
    if socket.connect(address).await.is_err() {
        return Ok(Heard::Nothing(Reply::Unreachable));
    }
    let start = Instant::now();
    let mut sends = SEND.map(|after| start + after).into_iter().peekable();
    let mut buffer = vec![0; 4096];
    let mut garbage = false;
    loop {
        if sends.next_if(|at| *at <= Instant::now()).is_some()
            && let Err(error) = socket.send(bytes).await
        {
            return Ok(Heard::Nothing(failed(&error)));
        }
        let until = sends.peek().map_or(deadline, |next| deadline.min(*next));
        match timeout_at(until, socket.recv(&mut buffer)).await {
            Ok(Ok(length)) => match op::Message::from_vec(buffer.get(..length).unwrap_or_default()) {
                Ok(answer) if answers(&answer, id, query) => return Ok(Heard::Answer(Box::new(answer))),
                // Not for us, or a forgery: the true answer may still come.
                Ok(_) => {}
                Err(_) => garbage = true,
            },
            Ok(Err(error)) => return Ok(Heard::Nothing(failed(&error))),
            Err(_) if Instant::now() >= deadline => {
                return Ok(Heard::Nothing(if garbage { Reply::Malformed } else { Reply::TimedOut }));
            }
            Err(_) => {}
        }
    }
}

async fn over_tcp(
    bytes: &[u8],
    id: u16,
    query: &Query,
    address: SocketAddr,
    deadline: Instant,
) -> Result<Reply, Unknown> {
    let conversation = async {
        let mut stream = TcpStream::connect(address).await?;
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
        stream.write_all(&[&length, bytes].concat()).await?;
        let mut buffer = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut buffer).await?;
        Ok::<_, std::io::Error>(buffer)
    };
    Ok(match timeout_at(deadline, conversation).await {
        Err(_) => Reply::TimedOut,
        Ok(Err(error)) if out_of_sockets(&error) => return Err(Unknown::Local(error.to_string())),
        Ok(Err(error)) => failed(&error),
        Ok(Ok(buffer)) => match op::Message::from_vec(&buffer) {
            // Cut short where nothing has to be: what is missing is not known to be absent.
            Ok(answer) if answer.metadata.truncation => Reply::Malformed,
            Ok(answer) if answers(&answer, id, query) => Reply::Message(reduce(&answer, true)),
            _ => Reply::Malformed,
        },
    })
}

fn failed(error: &std::io::Error) -> Reply {
    match facts::tcp::Failure::from(error.kind()) {
        facts::tcp::Failure::Refused => Reply::PortClosed,
        facts::tcp::Failure::TimedOut => Reply::TimedOut,
        facts::tcp::Failure::Closed | facts::tcp::Failure::Reset => Reply::Malformed,
        _ => Reply::Unreachable,
    }
}

/// Whether the message answers what was asked: the same id, a response, the same question.
fn answers(answer: &op::Message, id: u16, query: &Query) -> bool {
    let metadata = &answer.metadata;
    let same_question = match answer.queries.first() {
        Some(echoed) => {
            echoed.name == query.name
                && echoed.query_type == query.query_type
                && echoed.query_class == query.query_class
        }
        // Servers that could not read the question may leave it out.
        None => metadata.response_code != ResponseCode::NoError,
    };
    metadata.id == id && metadata.message_type == MessageType::Response && same_question
}

fn reduce(answer: &op::Message, over_tcp: bool) -> Message {
    let metadata = &answer.metadata;
    Message {
        code: code(metadata.response_code),
        authoritative: metadata.authoritative,
        recursion_available: metadata.recursion_available,
        authenticated: metadata.authentic_data,
        over_tcp,
        answers: answer.answers.iter().filter(|r| r.dns_class == DNSClass::IN).map(record).collect(),
        soa: answer.authorities.iter().find(|r| r.record_type() == RecordType::SOA).map(record),
        extended_errors: extended_errors(answer),
    }
}

fn extended_errors(answer: &op::Message) -> Vec<u16> {
    let Some(edns) = &answer.edns else { return Vec::new() };
    match edns.option(EdnsCode::Unknown(EXTENDED_ERROR)) {
        Some(EdnsOption::Unknown(_, bytes)) => match bytes.first_chunk() {
            Some(info) => vec![u16::from_be_bytes(*info)],
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn record(record: &rr::Record) -> Record {
    Record { name: name(&record.name), ttl: record.ttl, data: data(&record.data) }
}

fn data(data: &RData) -> Data {
    match data {
        RData::A(address) => Data::A(address.0),
        RData::AAAA(address) => Data::Aaaa(address.0),
        RData::CNAME(target) => Data::Cname(name(&target.0)),
        RData::NS(server) => Data::Ns(name(&server.0)),
        RData::SOA(soa) => Data::Soa(Soa {
            primary: name(&soa.mname),
            mailbox: name(&soa.rname),
            serial: soa.serial,
            minimum: soa.minimum,
        }),
        RData::MX(mx) => Data::Mx { preference: mx.preference, exchange: name(&mx.exchange) },
        RData::TXT(txt) => {
            let octets = txt.txt_data.concat();
            Data::Txt(String::from_utf8_lossy(&octets).into_owned())
        }
        other => Data::Other(other.record_type().into()),
    }
}

fn name(name: &rr::Name) -> Name {
    Name::from_wire(&name.to_ascii())
}

fn record_type(kind: Kind) -> RecordType {
    match kind {
        Kind::A => RecordType::A,
        Kind::Aaaa => RecordType::AAAA,
        Kind::Cname => RecordType::CNAME,
        Kind::Ns => RecordType::NS,
        Kind::Soa => RecordType::SOA,
        Kind::Mx => RecordType::MX,
        Kind::Txt => RecordType::TXT,
    }
}

fn code(code: ResponseCode) -> Code {
    match code {
        ResponseCode::NoError => Code::NoError,
        ResponseCode::NXDomain => Code::NxDomain,
        ResponseCode::ServFail => Code::ServFail,
        ResponseCode::Refused => Code::Refused,
        ResponseCode::FormErr => Code::FormErr,
        ResponseCode::NotImp => Code::NotImp,
        other => Code::Other(other.into()),
    }
}

/// One message as it came over the wire, as an answer to a question; its own id is taken for the one that was sent.
/// For tools that have the octets already (fuzzing): a run reads with the same functions.
pub fn read(octets: &[u8], question: &Lookup) -> Option<Message> {
    let name = rr::Name::from_ascii(question.name.absolute()).ok()?;
    let answer = op::Message::from_vec(octets).ok()?;
    let query = Query::query(name, record_type(question.kind));
    answers(&answer, answer.metadata.id, &query).then(|| reduce(&answer, false))
}

/// An address with an optional port, as `--resolver` takes it.
pub fn parse_server(text: &str) -> Option<SocketAddr> {
    SocketAddr::from_str(text)
        .ok()
        .or_else(|| {
            let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
            bare.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53))
        })
        .filter(|address| address.port() != 0)
}

#[cfg(test)]
mod tests {
    use facts::dns::Server;
    use proptest::prelude::*;

    use super::*;

    fn question() -> Lookup {
        let server = Server::at(([192, 0, 2, 53], 53).into());
        Lookup::of(&server, &Name::from("enterpriseenrollment.contoso.com"), Kind::Cname)
    }

    /// A message with this answer to the question, as a server writes it.
    fn message(question: &Lookup, rest: &[u8]) -> Vec<u8> {
        let name: Vec<u8> =
            question.name.labels().flat_map(|l| [&[l.len() as u8], l.as_bytes()].concat()).collect();
        let head = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
        [&head, &*name, &[0, 0, 5, 0, 1], rest].concat()
    }

    #[test]
    fn a_message_is_read_only_as_the_answer_to_its_question() {
        let answer = [&[0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, b'X', 0][..]].concat();
        let read_as = |asked: &Lookup| read(&message(&question(), &answer), asked);
        let cnames: Vec<_> = read_as(&question())
            .unwrap()
            .cnames(&question().name)
            .map(|(n, ttl)| (n.to_string(), ttl))
            .collect();
        assert_eq!(cnames, [("x".to_owned(), 60)]);
        let other = Lookup { name: Name::from("contoso.com"), ..question() };
        assert_eq!(read_as(&other), None);
        assert_eq!(read_as(&Lookup { kind: Kind::A, ..question() }), None);
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&octets, &question());
            let answer = read(&message(&question(), &octets), &question());
            prop_assert!(answer.is_none_or(|answer| answer.answers.len() <= 1));
        }
    }
}
