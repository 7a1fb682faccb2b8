//! Name servers that say what they are told, octet for octet.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;

use lab::Step;

pub(crate) const ALIAS: &str = "enterpriseenrollment.contoso.com";
pub(crate) const TARGET: &str = "enterpriseenrollment-s.manage.microsoft.com";

pub(crate) const A: u16 = 1;
pub(crate) const NS: u16 = 2;
pub(crate) const CNAME: u16 = 5;
pub(crate) const SOA: u16 = 6;

pub(crate) const RESPONSE: u16 = 0x8000;
pub(crate) const AUTHORITATIVE: u16 = 0x0400;
pub(crate) const TRUNCATED: u16 = 0x0200;
pub(crate) const RECURSION: u16 = 0x0180;

/// A question, with its own octets.
#[derive(Clone)]
pub(crate) struct Query {
    pub(crate) id: u16,
    pub(crate) name: String,
    pub(crate) kind: u16,
    pub(crate) question: Vec<u8>,
}

impl Query {
    pub(crate) fn read(datagram: &[u8]) -> Option<Self> {
        let id = u16::from_be_bytes([*datagram.first()?, *datagram.get(1)?]);
        let (mut labels, mut at) = (Vec::new(), 12);
        loop {
            let length = usize::from(*datagram.get(at)?);
            at += 1;
            if length == 0 {
                break;
            }
            labels.push(String::from_utf8_lossy(datagram.get(at..at + length)?).to_ascii_lowercase());
            at += length;
        }
        let kind = u16::from_be_bytes([*datagram.get(at)?, *datagram.get(at + 1)?]);
        Some(Self { id, name: labels.join("."), kind, question: datagram.get(12..at + 4)?.to_vec() })
    }

    /// An answer with these flags, answers and authorities.
    pub(crate) fn answer(&self, flags: u16, answers: &[Vec<u8>], authorities: &[Vec<u8>]) -> Vec<u8> {
        let counts = [1, answers.len() as u16, authorities.len() as u16, 0];
        let header = [self.id, RESPONSE | flags].into_iter().chain(counts);
        let mut message: Vec<u8> = header.flat_map(u16::to_be_bytes).collect();
        message.extend(&self.question);
        message.extend(answers.iter().chain(authorities).flatten());
        message
    }

    /// What an honest resolver says.
    pub(crate) fn honest(&self) -> Vec<u8> {
        let soa = || record("contoso.com", SOA, 3600, &start_of_authority());
        let target = || record(TARGET, A, 3600, &[127, 0, 0, 10]);
        let alias = || record(ALIAS, CNAME, 3600, &name(TARGET));
        let (answers, authorities) = match (self.name.as_str(), self.kind) {
            (ALIAS, CNAME) => (vec![alias()], vec![]),
            (ALIAS, A) => (vec![alias(), target()], vec![]),
            (ALIAS, _) => (vec![alias()], vec![]),
            (TARGET, A) => (vec![target()], vec![]),
            ("contoso.com", SOA) => (vec![soa()], vec![]),
            ("contoso.com", NS) => (vec![record("contoso.com", NS, 3600, &name("ns1.contoso.com"))], vec![]),
            ("ns1.contoso.com", A) => (vec![record("ns1.contoso.com", A, 3600, &[127, 0, 0, 1])], vec![]),
            _ => (vec![], vec![soa()]),
        };
        self.answer(RECURSION, &answers, &authorities)
    }

    /// The alias with other answers; the same for every type.
    pub(crate) fn with(&self, answers: &[Vec<u8>]) -> Vec<Vec<u8>> {
        vec![self.answer(RECURSION, answers, &[])]
    }

    pub(crate) fn alias(&self, to: &str) -> Vec<u8> {
        record(ALIAS, CNAME, 3600, &name(to))
    }
}

pub(crate) fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').filter(|label| !label.is_empty());
    let mut octets: Vec<u8> =
        labels.flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    octets.push(0);
    octets
}

pub(crate) fn start_of_authority() -> Vec<u8> {
    let figures: Vec<u8> = [7_u32, 3600, 600, 604_800, 900].into_iter().flat_map(u32::to_be_bytes).collect();
    [name("ns1.contoso.com"), name("hostmaster.contoso.com"), figures].concat()
}

pub(crate) fn record(owner: &str, kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    claiming(owner, kind, ttl, data.len() as u16, data)
}

/// A record that says that its data has that length.
pub(crate) fn claiming(owner: &str, kind: u16, ttl: u32, length: u16, data: &[u8]) -> Vec<u8> {
    let head = [kind.to_be_bytes(), 1_u16.to_be_bytes()].concat();
    [name(owner), head, ttl.to_be_bytes().to_vec(), length.to_be_bytes().to_vec(), data.to_vec()].concat()
}

/// A chain of so many aliases, from the alias on, that ends at the right target.
pub(crate) fn chain(length: usize) -> Vec<Vec<u8>> {
    let link = |i: usize| match i {
        0 => ALIAS.to_owned(),
        i if i == length => TARGET.to_owned(),
        i => format!("n{i}.contoso.com"),
    };
    let mut records: Vec<Vec<u8>> =
        (0..length).map(|i| record(&link(i), CNAME, 60, &name(&link(i + 1)))).collect();
    records.push(record(TARGET, A, 60, &[127, 0, 0, 10]));
    records
}

/// The datagrams that answer a question about the alias.
pub(crate) type Lie = fn(&Query) -> Vec<Vec<u8>>;
/// What is done on a TCP connection, after the question.
pub(crate) type Stream = fn(&Query) -> Vec<Step>;

/// A server that lies about the alias over UDP, and speaks honestly of everything else.
pub(crate) fn over_udp(lie: Lie) -> SocketAddr {
    listen(move |query| if query.name == ALIAS { lie(query) } else { vec![query.honest()] }).0
}

/// A server that says over UDP that everything about the alias is too long for it.
pub(crate) fn over_tcp(stream: Stream) -> SocketAddr {
    let (address, tcp) = listen(|query| match query.name == ALIAS {
        true => vec![query.answer(RECURSION | TRUNCATED, &[], &[])],
        false => vec![query.honest()],
    });
    thread::spawn(move || {
        for mut connection in tcp.incoming().flatten() {
            thread::spawn(move || {
                let mut length = [0; 2];
                connection.read_exact(&mut length)?;
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                connection.read_exact(&mut question)?;
                let Some(query) = Query::read(&question) else { return Ok(()) };
                for step in stream(&query) {
                    match step {
                        Step::Send(octets) => connection.write_all(&octets)?,
                        Step::Repeat(octets) => loop {
                            connection.write_all(&octets)?;
                        },
                        // Until the other side goes away.
                        _ => while connection.read(&mut [0; 512])? > 0 {},
                    }
                }
                Ok::<_, std::io::Error>(())
            });
        }
    });
    address
}

/// UDP and TCP on one port; what is not taken of the second is never answered.
pub(crate) fn listen(answers: impl Fn(&Query) -> Vec<Vec<u8>> + Send + 'static) -> (SocketAddr, TcpListener) {
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = udp.recv_from(&mut buffer) {
            let Some(query) = Query::read(&buffer[..length]) else { continue };
            for answer in answers(&query) {
                let _ = udp.send_to(&answer, from);
            }
        }
    });
    (address, tcp)
}
