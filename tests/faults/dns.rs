//! Name servers that lie: about whom they answer, about what, about lengths, and without end.

use std::net::SocketAddr;

use lab::Step;

use crate::judge::{report, table};
use crate::name_server::*;
use crate::support::{Seen, file};

const CHECK: &str = "dns.enterprise-enrollment";

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
