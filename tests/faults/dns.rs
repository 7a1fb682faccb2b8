//! Name servers that lie: about whom they answer, about what, about lengths, and without end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;

use lab::Step;

use crate::judge::{report, table};
use crate::support::{Seen, file};

const CHECK: &str = "dns.enterprise-enrollment";
const ALIAS: &str = "enterpriseenrollment.contoso.com";
const TARGET: &str = "enterpriseenrollment-s.manage.microsoft.com";

const A: u16 = 1;
const NS: u16 = 2;
const CNAME: u16 = 5;
const SOA: u16 = 6;

const RESPONSE: u16 = 0x8000;
const AUTHORITATIVE: u16 = 0x0400;
const TRUNCATED: u16 = 0x0200;
const RECURSION: u16 = 0x0180;

/// A question, with its own octets.
#[derive(Clone)]
struct Query {
    id: u16,
    name: String,
    kind: u16,
    question: Vec<u8>,
}

impl Query {
    fn read(datagram: &[u8]) -> Option<Self> {
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
    fn answer(&self, flags: u16, answers: &[Vec<u8>], authorities: &[Vec<u8>]) -> Vec<u8> {
        let counts = [1, answers.len() as u16, authorities.len() as u16, 0];
        let header = [self.id, RESPONSE | flags].into_iter().chain(counts);
        let mut message: Vec<u8> = header.flat_map(u16::to_be_bytes).collect();
        message.extend(&self.question);
        message.extend(answers.iter().chain(authorities).flatten());
        message
    }

    /// What an honest resolver says.
    fn honest(&self) -> Vec<u8> {
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
    fn with(&self, answers: &[Vec<u8>]) -> Vec<Vec<u8>> {
        vec![self.answer(RECURSION, answers, &[])]
    }

    fn alias(&self, to: &str) -> Vec<u8> {
        record(ALIAS, CNAME, 3600, &name(to))
    }
}

fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').filter(|label| !label.is_empty());
    let mut octets: Vec<u8> =
        labels.flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    octets.push(0);
    octets
}

fn start_of_authority() -> Vec<u8> {
    let figures: Vec<u8> = [7_u32, 3600, 600, 604_800, 900].into_iter().flat_map(u32::to_be_bytes).collect();
    [name("ns1.contoso.com"), name("hostmaster.contoso.com"), figures].concat()
}

fn record(owner: &str, kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    claiming(owner, kind, ttl, data.len() as u16, data)
}

/// A record that says that its data has that length.
fn claiming(owner: &str, kind: u16, ttl: u32, length: u16, data: &[u8]) -> Vec<u8> {
    let head = [kind.to_be_bytes(), 1_u16.to_be_bytes()].concat();
    [name(owner), head, ttl.to_be_bytes().to_vec(), length.to_be_bytes().to_vec(), data.to_vec()].concat()
}

/// A chain of so many aliases, from the alias on, that ends at the right target.
fn chain(length: usize) -> Vec<Vec<u8>> {
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
type Lie = fn(&Query) -> Vec<Vec<u8>>;
/// What is done on a TCP connection, after the question.
type Stream = fn(&Query) -> Vec<Step>;

/// A server that lies about the alias over UDP, and speaks honestly of everything else.
fn over_udp(lie: Lie) -> SocketAddr {
    listen(move |query| if query.name == ALIAS { lie(query) } else { vec![query.honest()] }).0
}

/// A server that says over UDP that everything about the alias is too long for it.
fn over_tcp(stream: Stream) -> SocketAddr {
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
fn listen(answers: impl Fn(&Query) -> Vec<Vec<u8>> + Send + 'static) -> (SocketAddr, TcpListener) {
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

fn ask(resolver: SocketAddr, network: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\nautomatic_enrollment = false\n\
         [network]\nresolvers = [\"{resolver}\"]\n{network}\n"
    );
    let path = file(folder.path(), "enrollcheck.toml", settings).display().to_string();
    report(&["-c", &path, "--only", CHECK, "--timeout", "1s", "--deadline", "20s"], folder.path())
}

fn said(resolver: SocketAddr) -> String {
    ask(resolver, "authoritative = false").said(CHECK, "contoso.com")
}

const RIGHT: &str = "pass/ok";
const UNKNOWN: &str = "unknown/lookup-failed";

#[test]
fn resolvers_that_lie_over_udp() {
    let cases: &[(&str, Lie, &str)] = &[
        ("the truth", |q| vec![q.honest()], RIGHT),
        ("another id", |q| vec![Query { id: q.id ^ 1, ..q.clone() }.honest()], UNKNOWN),
        (
            "another question",
            |q| {
                let other = Query { question: [name("example.com"), vec![0, 5, 0, 1]].concat(), ..q.clone() };
                vec![other.honest()]
            },
            UNKNOWN,
        ),
        (
            "another type",
            |q| {
                let other = Query { question: [name(ALIAS), vec![0, 16, 0, 1]].concat(), ..q.clone() };
                vec![other.honest()]
            },
            UNKNOWN,
        ),
        (
            "the question sent back",
            |q| vec![[&q.id.to_be_bytes(), &[1, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], &q.question].concat()],
            UNKNOWN,
        ),
        (
            "no question in the answer",
            |q| vec![[&q.id.to_be_bytes(), &[0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0][..]].concat()],
            UNKNOWN,
        ),
        ("an empty datagram", |_| vec![Vec::new()], UNKNOWN),
        ("half a header", |q| vec![q.honest()[..7].to_vec()], UNKNOWN),
        ("half an answer", |q| vec![q.honest()[..60].to_vec()], UNKNOWN),
        (
            "a forgery, then the truth",
            |q| {
                vec![
                    Query { id: q.id ^ 1, ..q.clone() }.with(&[q.alias("evil.example")]).concat(),
                    q.honest(),
                ]
            },
            RIGHT,
        ),
        ("garbage, then the truth", |q| vec![vec![0xff; 100], q.honest()], RIGHT),
        ("the truth a hundred times", |q| vec![q.honest(); 100], RIGHT),
        ("a flood of other ids", |q| vec![Query { id: q.id ^ 1, ..q.clone() }.honest(); 5_000], UNKNOWN),
        ("a flood of garbage", |_| vec![vec![0xc0; 512]; 5_000], UNKNOWN),
        (
            "a name in other case",
            |q| {
                let shouted = q.question.to_ascii_uppercase();
                vec![
                    Query { question: shouted, ..q.clone() }
                        .with(&[
                            record(&ALIAS.to_uppercase(), CNAME, 60, &name(&TARGET.to_uppercase())),
                            record(TARGET, A, 60, &[127, 0, 0, 10]),
                        ])
                        .concat(),
                ]
            },
            RIGHT,
        ),
        (
            "records that live no time",
            |q| q.with(&[record(ALIAS, CNAME, 0, &name(TARGET)), record(TARGET, A, 0, &[127, 0, 0, 10])]),
            RIGHT,
        ),
        (
            "records that live for ever",
            |q| {
                q.with(&[
                    record(ALIAS, CNAME, u32::MAX, &name(TARGET)),
                    record(TARGET, A, u32::MAX, &[127, 0, 0, 10]),
                ])
            },
            RIGHT,
        ),
        (
            "the same record twenty times",
            |q| q.with(&[vec![q.alias(TARGET); 20], vec![record(TARGET, A, 60, &[127, 0, 0, 10])]].concat()),
            RIGHT,
        ),
        ("a loop of one", |q| q.with(&[q.alias(ALIAS)]), "fail/loop"),
        (
            "a loop of two",
            |q| q.with(&[q.alias("a.contoso.com"), record("a.contoso.com", CNAME, 60, &name(ALIAS))]),
            "fail/loop",
        ),
        (
            "a loop that the alias is not in",
            |q| {
                q.with(&[
                    q.alias("a.contoso.com"),
                    record("a.contoso.com", CNAME, 60, &name("b.contoso.com")),
                    record("b.contoso.com", CNAME, 60, &name("a.contoso.com")),
                ])
            },
            "fail/loop",
        ),
        ("a chain of ten", |q| q.with(&chain(10)), RIGHT),
        ("a chain of thirty", |q| q.with(&chain(30)), UNKNOWN),
        (
            "an address of another name",
            |q| q.with(&[q.alias(TARGET), record("evil.example", A, 60, &[127, 0, 0, 10])]),
            "fail/dangling",
        ),
        (
            "answers for another name",
            |q| {
                q.with(&[
                    record("evil.example", CNAME, 60, &name(TARGET)),
                    record(TARGET, A, 60, &[127, 0, 0, 10]),
                ])
            },
            "fail/missing",
        ),
        ("two targets", |q| q.with(&[q.alias(TARGET), q.alias("evil.example")]), "fail/several-records"),
        (
            "sixty targets",
            |q| {
                let all: Vec<Vec<u8>> = (0..60).map(|i| q.alias(&format!("t{i}.example"))).collect();
                q.with(&all)
            },
            "fail/several-records",
        ),
        (
            "a datagram too large to read",
            |q| {
                let all: Vec<Vec<u8>> = (0..400).map(|i| q.alias(&format!("t{i}.example"))).collect();
                q.with(&all)
            },
            UNKNOWN,
        ),
        (
            "the answer beside SERVFAIL",
            |q| {
                vec![q.answer(
                    RECURSION | 2,
                    &[q.alias(TARGET), record(TARGET, A, 60, &[127, 0, 0, 10])],
                    &[],
                )]
            },
            UNKNOWN,
        ),
        (
            "the answer beside REFUSED",
            |q| {
                vec![q.answer(
                    RECURSION | 5,
                    &[q.alias(TARGET), record(TARGET, A, 60, &[127, 0, 0, 10])],
                    &[],
                )]
            },
            UNKNOWN,
        ),
        (
            "the answer beside an unknown code",
            |q| {
                vec![q.answer(
                    RECURSION | 11,
                    &[q.alias(TARGET), record(TARGET, A, 60, &[127, 0, 0, 10])],
                    &[],
                )]
            },
            UNKNOWN,
        ),
        (
            "the answer beside NXDOMAIN",
            |q| {
                vec![q.answer(
                    RECURSION | 3,
                    &[q.alias(TARGET), record(TARGET, A, 60, &[127, 0, 0, 10])],
                    &[],
                )]
            },
            "fail/dangling",
        ),
        ("FORMERR for ever", |q| vec![q.answer(RECURSION | 1, &[], &[])], UNKNOWN),
        ("NOTIMP for ever", |q| vec![q.answer(RECURSION | 4, &[], &[])], UNKNOWN),
        ("nothing, in no zone", |q| vec![q.answer(RECURSION, &[], &[])], "fail/missing"),
        (
            "a name that points to itself",
            |q| {
                q.with(&[[
                    &[0xc0, q.question.len() as u8 + 12][..],
                    &[0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12],
                ]
                .concat()])
            },
            UNKNOWN,
        ),
        ("a name that points ahead", |q| q.with(&[claiming(ALIAS, CNAME, 60, 2, &[0xc3, 0xff])]), UNKNOWN),
        (
            "a name that points in a circle",
            |q| {
                q.with(&[claiming(
                    ALIAS,
                    CNAME,
                    60,
                    4,
                    &[
                        0xc0,
                        q.question.len() as u8 + 12 + 34 + 12,
                        0xc0,
                        q.question.len() as u8 + 12 + 34 + 10,
                    ],
                )])
            },
            UNKNOWN,
        ),
        ("a name longer than names may be", |q| q.with(&[q.alias(&"abcdefghi.".repeat(40))]), UNKNOWN),
        (
            "a label longer than labels may be",
            |q| q.with(&[claiming(ALIAS, CNAME, 60, 102, &[&[100], [b'a'; 100].as_slice(), &[0]].concat())]),
            UNKNOWN,
        ),
        (
            "data longer than the message",
            |q| q.with(&[claiming(ALIAS, CNAME, 60, 60_000, &name(TARGET))]),
            UNKNOWN,
        ),
        ("data shorter than its name", |q| q.with(&[claiming(ALIAS, CNAME, 60, 3, &name(TARGET))]), UNKNOWN),
        ("data of no length", |q| q.with(&[claiming(ALIAS, CNAME, 60, 0, &[])]), UNKNOWN),
        ("an address of three octets", |q| q.with(&[record(ALIAS, A, 60, &[127, 0, 0])]), UNKNOWN),
        (
            "more answers announced than sent",
            |q| {
                let mut message = q.honest();
                message[6..8].fill(0xff);
                vec![message]
            },
            UNKNOWN,
        ),
        (
            "fewer answers announced than sent",
            |q| {
                let mut message = q.honest();
                message[6..8].fill(0);
                vec![message]
            },
            "fail/missing|unknown/lookup-failed",
        ),
        (
            "an answer in another class",
            |q| {
                let mut other = q.alias(TARGET);
                let class = name(ALIAS).len() + 3;
                other[class] = 3;
                q.with(&[other])
            },
            "fail/missing|unknown/lookup-failed",
        ),
        (
            "a target that a terminal would obey",
            |q| q.with(&[claiming(ALIAS, CNAME, 60, 9, b"\x07\x1b[2J\r\nx\0")]),
            "fail/wrong-target",
        ),
        ("the root as the target", |q| q.with(&[q.alias("")]), "fail/wrong-target|fail/dangling"),
    ];
    table(cases, |lie| said(over_udp(*lie)));
}

#[test]
fn resolvers_that_lie_over_tcp() {
    fn framed(message: &[u8]) -> Vec<u8> {
        [&(message.len() as u16).to_be_bytes(), message].concat()
    }
    let cases: &[(&str, Stream, &str)] = &[
        ("the truth", |q| vec![Step::send(framed(&q.honest()))], RIGHT),
        ("a chain of two hundred", |q| vec![Step::send(framed(&q.with(&chain(200)).concat()))], UNKNOWN),
        ("says nothing", |_| vec![Step::Stall], UNKNOWN),
        ("closes", |_| vec![], UNKNOWN),
        ("half a length", |_| vec![Step::send([0])], UNKNOWN),
        ("a length of nothing", |_| vec![Step::send([0, 0])], UNKNOWN),
        ("a length and no message", |_| vec![Step::send([0xff, 0xff]), Step::Stall], UNKNOWN),
        (
            "longer than announced",
            |q| {
                let mut octets = framed(&q.honest());
                octets[1] -= 20;
                vec![Step::send(octets)]
            },
            UNKNOWN,
        ),
        (
            "shorter than announced",
            |q| {
                let mut octets = framed(&q.honest());
                octets[0] = 9;
                vec![Step::send(octets)]
            },
            UNKNOWN,
        ),
        ("another id", |q| vec![Step::send(framed(&Query { id: q.id ^ 1, ..q.clone() }.honest()))], UNKNOWN),
        (
            "cut short again",
            |q| vec![Step::send(framed(&q.answer(RECURSION | TRUNCATED, &[], &[])))],
            UNKNOWN,
        ),
        (
            "64 kB of targets",
            |q| {
                let all: Vec<Vec<u8>> = (0..900).map(|i| q.alias(&format!("t{i}.example"))).collect();
                vec![Step::send(framed(&q.with(&all).concat()))]
            },
            "fail/several-records",
        ),
        (
            "64 kB of pointers to pointers",
            |q| {
                let start = q.question.len() + 12;
                let link = |i: usize| {
                    [
                        &(0xc000_u16 + (start + 12 * i) as u16 - 2 * u16::from(i > 0)).to_be_bytes()[..],
                        &[0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12],
                    ]
                    .concat()
                };
                let all: Vec<Vec<u8>> = (0..1_100).map(link).collect();
                vec![Step::send(framed(&q.with(&all).concat()))]
            },
            "unknown/lookup-failed|fail/several-records|fail/loop|fail/missing",
        ),
        (
            "the truth, then without end",
            |q| vec![Step::send(framed(&q.honest())), Step::repeat([0; 4096])],
            RIGHT,
        ),
        ("garbage without end", |_| vec![Step::repeat([0xff; 4096])], UNKNOWN),
    ];
    table(cases, |stream| said(over_tcp(*stream)));
    // Nothing listens behind the truncated answer.
    let refused = listen(|query| vec![query.answer(RECURSION | TRUNCATED, &[], &[])]).0;
    assert_eq!(said(refused), UNKNOWN);
}

/// The zone's own server, reached by a route, lies; the resolver is honest.
#[test]
fn name_servers_that_lie() {
    let referral = |q: &Query| {
        let back = [
            record("contoso.com", NS, 60, &name("ns1.contoso.com")),
            record("contoso.com", NS, 60, &name("ns2.contoso.com")),
        ];
        vec![q.answer(0, &[], &back)]
    };
    let cases: &[(&str, Lie, &str)] = &[
        ("the truth", |q| vec![q.answer(AUTHORITATIVE, &[q.alias(TARGET)], &[])], RIGHT),
        ("a referral to itself", referral, RIGHT),
        ("not its zone", |q| vec![q.answer(5, &[], &[])], RIGHT),
        ("fails", |q| vec![q.answer(2, &[], &[])], RIGHT),
        ("silence", |_| vec![], RIGHT),
        ("an answer without authority", |q| vec![q.answer(0, &[q.alias("evil.example")], &[])], RIGHT),
        ("garbage", |_| vec![vec![0xff; 64]], RIGHT),
        ("a loop", |q| vec![q.answer(AUTHORITATIVE, &[q.alias(ALIAS)], &[])], "fail/loop"),
        (
            "a chain out of its zone without end",
            |q| vec![q.answer(AUTHORITATIVE, &[q.alias("n1.elsewhere.example")], &[])],
            "fail/wrong-target",
        ),
    ];
    table(cases, |lie| {
        let (resolver, _) = listen(|query| vec![query.honest()]);
        let (own, _) = {
            let lie = *lie;
            listen(lie)
        };
        let network = format!("routes = {{ \"ns1.contoso.com:53\" = \"{own}\" }}");
        ask(resolver, &network).said(CHECK, "contoso.com")
    });
}

/// What the resolver says of the zone's name servers leads nowhere.
#[test]
fn delegations_that_lead_nowhere() {
    type Change = fn(&Query) -> Option<Vec<u8>>;
    let cases: &[(&str, Change, &str)] = &[
        ("no name servers", |q| (q.kind == NS).then(|| q.answer(RECURSION, &[], &[])), RIGHT),
        (
            "name servers without an address",
            |q| (q.name == "ns1.contoso.com").then(|| q.answer(RECURSION | 3, &[], &[])),
            RIGHT,
        ),
        (
            "a name server in a loop",
            |q| {
                (q.name == "ns1.contoso.com").then(|| {
                    q.answer(
                        RECURSION,
                        &[record("ns1.contoso.com", CNAME, 60, &name("ns1.contoso.com"))],
                        &[],
                    )
                })
            },
            RIGHT,
        ),
        (
            "name servers without end",
            |q| {
                (q.kind == NS).then(|| {
                    let all: Vec<Vec<u8>> = (0..60)
                        .map(|i| record("contoso.com", NS, 60, &name(&format!("ns{i}.contoso.com"))))
                        .collect();
                    q.answer(RECURSION, &all, &[])
                })
            },
            RIGHT,
        ),
        (
            "the root as the name server",
            |q| (q.kind == NS).then(|| q.answer(RECURSION, &[record("contoso.com", NS, 60, &[0])], &[])),
            RIGHT,
        ),
        (
            "a start of authority elsewhere",
            |q| {
                (q.kind == SOA)
                    .then(|| q.answer(RECURSION, &[record("example", SOA, 60, &start_of_authority())], &[]))
            },
            RIGHT,
        ),
    ];
    table(cases, |change| {
        let change = *change;
        let (resolver, _) = listen(move |query| vec![change(query).unwrap_or_else(|| query.honest())]);
        let (own, _) = listen(|_| Vec::new());
        let network = format!("routes = {{ \"127.0.0.1:53\" = \"{own}\" }}");
        ask(resolver, &network).said(CHECK, "contoso.com")
    });
}

/// Each name of the chain leads to the next, an answer at a time.
#[test]
fn a_chain_that_never_ends() {
    let (resolver, _) =
        listen(|query| match query.name.strip_prefix("n").and_then(|rest| rest.split_once('.')) {
            Some((number, "endless.example")) => {
                let next = number.parse::<u64>().unwrap_or(0) + 1;
                let link = record(&query.name, CNAME, 60, &name(&format!("n{next}.endless.example")));
                vec![query.answer(RECURSION | (2 * u16::from(query.kind != CNAME)), &[link], &[])]
            }
            _ if query.name == ALIAS && query.kind == CNAME => {
                query.with(&[query.alias("n1.endless.example")])
            }
            _ if query.name == ALIAS => vec![query.answer(RECURSION | 2, &[], &[])],
            _ => vec![query.honest()],
        });
    assert_eq!(said(resolver), UNKNOWN);
}
