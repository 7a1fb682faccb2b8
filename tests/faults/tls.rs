//! TLS servers that stall, break off, lie about lengths or never come to an end, byte for byte.

use lab::{Authority, Dates, Issuer, Lab, Step};

use crate::judge::{report, servers, table};
use crate::support::World;

const HOST: &str = "jamf.contoso.com";
const SUBJECT: &str = "jamf.contoso.com:8443";

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    claiming(kind, body.len() as u16, body)
}

/// A record that says that it has that length.
fn claiming(kind: u8, length: u16, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &length.to_be_bytes(), body].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &(body.len() as u32).to_be_bytes()[1..], body].concat()
}

/// TLS 1.2 with ECDHE, RSA and AES, as every client here accepts it.
fn server_hello() -> Vec<u8> {
    let extensions = [0x00, 0x17, 0, 0, 0xff, 0x01, 0, 1, 0];
    let fixed = [&[3, 3][..], &[7; 32], &[0], &[0xc0, 0x2f], &[0], &[0, extensions.len() as u8]].concat();
    message(2, &[fixed, extensions.to_vec()].concat())
}

fn length24(octets: &[u8]) -> Vec<u8> {
    [&(octets.len() as u32).to_be_bytes()[1..], octets].concat()
}

fn certificates(chain: &[Vec<u8>]) -> Vec<u8> {
    message(11, &length24(&chain.iter().flat_map(|der| length24(der)).collect::<Vec<u8>>()))
}

fn done() -> Vec<u8> {
    message(14, &[])
}

/// Handshake messages in records of so many octets.
fn fragments(messages: &[Vec<u8>], size: usize) -> Step {
    Step::send(messages.concat().chunks(size).flat_map(|part| record(HANDSHAKE, part)).collect::<Vec<u8>>())
}

/// A complete chain that the laboratory's platforms trust.
fn chain(authority: &Authority) -> Vec<Vec<u8>> {
    let certified = authority.certified(&[HOST], Issuer::Intermediate, Dates::default(), true);
    certified.cert.iter().map(|der| der.to_vec()).collect()
}

fn heard(steps: impl IntoIterator<Item = Step>) -> Vec<Step> {
    [Step::HearRecord].into_iter().chain(steps).collect()
}

type Fault = fn(&Authority) -> Vec<Step>;

/// What `tls.chain` says, and what passes all the same.
fn said(fault: Fault) -> String {
    let mut world = World::start(Lab::with(&["contoso.com"], &[]));
    let steps = fault(&world.lab.authority);
    let address = servers().block_on(lab::scripted(steps)).unwrap();
    world.lab.routes.insert(SUBJECT.to_owned(), address);
    let parts = format!(
        "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n[[tenant.server]]\naddress = \"{SUBJECT}\"\n"
    );
    let file = world.lab.settings(&parts).unwrap().display().to_string();
    let arguments = ["-c", &file, "--only", "tls.*", "--timeout", "1s", "--deadline", "30s"];
    let seen = report(&arguments, world.lab.folder());
    let passed: Vec<&str> = ["chain", "validity", "name", "strength", "apple-policy", "revocation"]
        .into_iter()
        .filter(|check| seen.said(&format!("tls.{check}"), SUBJECT).starts_with("pass/"))
        .collect();
    [seen.said("tls.chain", SUBJECT), passed.join(" ")].join(" ").trim_end().to_owned()
}

#[test]
fn handshakes() {
    const SILENT: &str = "unknown/unreachable";
    const NONE: &str = "fail/no-certificate";
    let cases: &[(&str, Fault, &str)] = &[
        ("stalls after the greeting", |_| heard([Step::Stall]), SILENT),
        ("stalls in the greeting", |_| vec![Step::Hear(20), Step::Stall], SILENT),
        (
            "resets in the greeting",
            |_| vec![Step::Hear(20), Step::Reset],
            "fail/no-certificate|unknown/unreachable",
        ),
        ("resets after the greeting", |_| heard([Step::Reset]), "fail/no-certificate|unknown/unreachable"),
        ("closes after the greeting", |_| heard([]), NONE),
        ("drips a greeting", |_| heard([Step::drip(record(HANDSHAKE, &server_hello()))]), SILENT),
        ("stalls after its hello", |_| heard([fragments(&[server_hello()], 16_384), Step::Stall]), SILENT),
        (
            "resets after its hello",
            |_| heard([fragments(&[server_hello()], 16_384), Step::Reset]),
            "fail/no-certificate|unknown/unreachable",
        ),
        (
            "stalls after its chain",
            |lab| heard([fragments(&[server_hello(), certificates(&chain(lab))], 16_384), Step::Stall]),
            SILENT,
        ),
        (
            "is cut in a record",
            |lab| {
                let octets = record(HANDSHAKE, &[server_hello(), certificates(&chain(lab))].concat());
                heard([Step::send(&octets[..octets.len() / 2])])
            },
            NONE,
        ),
        (
            "resets in its chain",
            |lab| {
                let octets = record(HANDSHAKE, &[server_hello(), certificates(&chain(lab))].concat());
                heard([Step::send(&octets[..octets.len() / 2]), Step::Reset])
            },
            "fail/no-certificate|unknown/unreachable",
        ),
        (
            "shows its chain and no key",
            |lab| heard([fragments(&[server_hello(), certificates(&chain(lab)), done()], 16_384)]),
            "pass/ok chain validity name revocation",
        ),
        (
            "shows its chain an octet at a time",
            |lab| heard([fragments(&[server_hello(), certificates(&chain(lab)), done()], 1)]),
            "pass/ok chain validity name revocation",
        ),
        ("is garbage", |_| heard([Step::send([0x16, 0xff, 0x00].repeat(5000))]), NONE),
        ("is garbage without end", |_| heard([Step::repeat([0xaa; 8192])]), NONE),
        ("speaks HTTP", |_| heard([Step::send("HTTP/1.1 400 Bad Request\r\n\r\n")]), NONE),
        ("speaks SSH", |_| vec![Step::send("SSH-2.0-OpenSSH_9.9\r\n"), Step::Stall], NONE),
        (
            "says a record of 65535 octets",
            |_| heard([Step::send(claiming(HANDSHAKE, 0xffff, &[2; 100])), Step::Stall]),
            NONE,
        ),
        (
            "says a record longer than it sends",
            |_| heard([Step::send(claiming(HANDSHAKE, 16_000, &server_hello()))]),
            NONE,
        ),
        (
            "says a record longer, and stalls",
            |_| heard([Step::send(claiming(HANDSHAKE, 16_000, &server_hello())), Step::Stall]),
            SILENT,
        ),
        (
            "says a record shorter than it sends",
            |_| heard([Step::send(claiming(HANDSHAKE, 20, &server_hello()))]),
            NONE,
        ),
        (
            "sends empty records without end",
            |_| heard([Step::repeat(record(HANDSHAKE, &[]).repeat(1000))]),
            NONE,
        ),
        ("warns without end", |_| heard([Step::repeat(record(ALERT, &[1, 112]).repeat(1000))]), NONE),
        (
            "sends empty application data without end",
            |_| heard([Step::repeat(record(23, &[]).repeat(1000))]),
            NONE,
        ),
        ("changes its ciphers without end", |_| heard([Step::repeat(record(20, &[1]).repeat(1000))]), NONE),
        (
            "asks for a hello without end",
            |_| heard([Step::repeat(record(HANDSHAKE, &message(0, &[])).repeat(1000))]),
            NONE,
        ),
        ("greets twice", |_| heard([fragments(&[server_hello(), server_hello()], 16_384)]), NONE),
        (
            "says a message of 16 MB and sends it",
            |_| {
                heard([
                    fragments(&[server_hello()], 16_384),
                    Step::send(record(HANDSHAKE, &[11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc])),
                    Step::repeat(record(HANDSHAKE, &[0x30; 16_384])),
                ])
            },
            NONE,
        ),
        (
            "sends 10 MB of certificates",
            |_| {
                let large = certificates(&vec![vec![0x30; 100_000]; 100]);
                heard([fragments(&[server_hello(), large, done()], 16_384)])
            },
            NONE,
        ),
        (
            "sends a thousand certificates",
            |lab| {
                heard([fragments(
                    &[server_hello(), certificates(&vec![chain(lab); 500].concat()), done()],
                    16_384,
                )])
            },
            NONE,
        ),
        (
            "sends ten thousand empty certificates",
            |_| {
                heard([fragments(&[server_hello(), certificates(&vec![Vec::new(); 10_000]), done()], 16_384)])
            },
            NONE,
        ),
        (
            "sends no certificate",
            |_| heard([fragments(&[server_hello(), certificates(&[]), done()], 16_384)]),
            NONE,
        ),
        (
            "says a chain longer than its message",
            |lab| {
                let mut octets = certificates(&chain(lab));
                octets[4] = 0x10;
                heard([fragments(&[server_hello(), octets, done()], 16_384)])
            },
            NONE,
        ),
        (
            "says a certificate longer than its chain",
            |lab| {
                let mut octets = certificates(&chain(lab));
                octets[7] = 0x10;
                heard([fragments(&[server_hello(), octets, done()], 16_384)])
            },
            NONE,
        ),
        (
            "says a certificate of no length",
            |lab| {
                let mut octets = certificates(&chain(lab));
                octets[7..10].fill(0);
                heard([fragments(&[server_hello(), octets, done()], 16_384)])
            },
            NONE,
        ),
        (
            "chooses a version that nobody has",
            |_| {
                let mut hello = server_hello();
                hello[4..6].fill(9);
                heard([fragments(&[hello], 16_384)])
            },
            NONE,
        ),
        (
            "chooses a cipher that nobody offered",
            |_| {
                let mut hello = server_hello();
                hello[39..41].fill(0x5a);
                heard([fragments(&[hello], 16_384)])
            },
            NONE,
        ),
        (
            "says more extensions than it sends",
            |_| {
                let mut hello = server_hello();
                hello[42] = 0xff;
                heard([fragments(&[hello], 16_384)])
            },
            NONE,
        ),
        (
            "sends twenty thousand messages that say nothing",
            |_| heard([fragments(&vec![message(0, &[]); 20_000], 16_384), Step::Stall]),
            "fail/no-certificate|unknown/unreachable",
        ),
    ];
    table(cases, |fault| said(*fault));
}
