//! Servers by script: everything they can show, and everything they can get wrong.

use std::time::Duration;

use facts::Octets;
use facts::tls::Capture;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, duplex};

use super::octets::{field, pairs};
use super::*;

const SERVER_HELLO_DONE: [u8; 4] = [14, 0, 0, 0];

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &*field(3, body)].concat()
}

fn server_hello(version: u16, suite: u16, rest: &[u8]) -> Vec<u8> {
    let head = [&version.to_be_bytes()[..], &[7; 32], &field(1, &[9; 32]), &suite.to_be_bytes(), &[0]];
    message(2, &[&head.concat(), rest].concat())
}

fn certificates(chain: &[&[u8]]) -> Vec<u8> {
    let list: Vec<u8> = chain.iter().flat_map(|der| field(3, der)).collect();
    message(11, &field(3, &list))
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 1], &*field(2, body)].concat()
}

/// Handshake octets in records of at most `length`.
fn records(length: usize, messages: &[Vec<u8>]) -> Vec<u8> {
    messages.concat().chunks(length).flat_map(|chunk| record(22, chunk)).collect()
}

/// ServerHello, Certificate and ServerHelloDone of TLS 1.0.
fn flight() -> Vec<Vec<u8>> {
    vec![server_hello(0x0301, 0x002f, &[]), certificates(&[b"leaf", b"issuer"]), SERVER_HELLO_DONE.to_vec()]
}

fn of_the_flight() -> Capture {
    Capture {
        chain: vec![Octets::from(&b"leaf"[..]), Octets::from(&b"issuer"[..])],
        version: Some("TLSv1.0".to_owned()),
        cipher: Some("TLS_RSA_WITH_AES_128_CBC_SHA".to_owned()),
        ocsp: None,
        proved_key: false,
        extended_master_secret: Some(false),
        client_certificate_wanted: false,
    }
}

/// A server that says what is written, whatever it hears, and closes or stays; and what it heard.
async fn served(newest: Newest, script: &[u8], closes: bool) -> (Handshake, Vec<u8>) {
    let (client, mut server) = duplex(1 << 20);
    let deadline = Instant::now() + Duration::from_secs(10);
    let serving = async {
        let _ = server.write_all(script).await;
        if closes {
            let _ = server.shutdown().await;
        }
        let mut heard = Vec::new();
        let _ = server.read_to_end(&mut heard).await;
        heard
    };
    tokio::join!(read("old.example.com", newest, Box::new(client), deadline), serving)
}

fn run(script: &[u8]) -> Handshake {
    run_with(Newest::Tls12, script).0
}

/// Silence costs no time: the clock is put forward.
fn run_with(newest: Newest, script: &[u8]) -> (Handshake, Vec<u8>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(served(newest, script, true))
}

fn protocol(handshake: &Handshake) -> &str {
    match &handshake.failure {
        Some(Failure::Protocol(words)) => words,
        other => panic!("{other:?}"),
    }
}

fn alert(name: &str) -> Option<Failure> {
    Some(Failure::Alert(name.to_owned()))
}

#[test]
fn the_chain_is_read_from_one_record_and_the_client_leaves_with_warnings() {
    let (handshake, heard) = run_with(Newest::Tls11, &records(1 << 14, &flight()));
    assert_eq!(handshake, Handshake { capture: Some(of_the_flight()), failure: None });
    assert!(heard.ends_with(&[21, 3, 1, 0, 2, 1, 90, 21, 3, 1, 0, 2, 1, 0]), "{heard:?}");
}

#[test]
fn messages_may_span_records_however_small() {
    for length in [1, 2, 3, 50] {
        assert_eq!(run(&records(length, &flight())).capture, Some(of_the_flight()), "{length}");
    }
}

#[test]
fn everything_that_a_server_can_show_is_seen() {
    let renegotiation = [0xff, 1, 0, 1, 0];
    let master_secret = [0, 0x17, 0, 0];
    let flight = [
        server_hello(0x0303, 0xc02f, &field(2, &[&renegotiation[..], &master_secret].concat())),
        certificates(&[b"leaf"]),
        message(22, &[&[1], &*field(3, b"status")].concat()),
        message(12, b"key"),
        message(13, b"authorities"),
        SERVER_HELLO_DONE.to_vec(),
    ];
    let handshake = run(&records(1 << 14, &flight));
    assert_eq!(handshake.failure, None);
    let capture = handshake.capture.unwrap();
    assert_eq!(capture.version.as_deref(), Some("TLSv1.2"));
    assert_eq!(capture.cipher.as_deref(), Some("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
    assert_eq!(capture.extended_master_secret, Some(true));
    assert_eq!(capture.ocsp.as_deref(), Some(&b"status"[..]));
    assert!(capture.client_certificate_wanted);
}

#[test]
fn ssl_3_and_nameless_suites_are_told() {
    let flight = [server_hello(0x0300, 0xeeee, &[]), certificates(&[b"leaf"]), SERVER_HELLO_DONE.to_vec()];
    let capture = run(&records(100, &flight)).capture.unwrap();
    assert_eq!((capture.version.as_deref(), capture.cipher.as_deref()), (Some("SSLv3"), Some("0xeeee")));
}

#[test]
fn an_alert_is_named_and_answered_by_silence() {
    let (handshake, heard) = run_with(Newest::Tls11, &record(21, &[2, 70]));
    assert_eq!(handshake, Handshake { capture: None, failure: alert("protocol_version") });
    assert_eq!(heard.len(), 5 + usize::from(heard[3]) * 256 + usize::from(heard[4]));
    assert_eq!(run(&record(21, &[2, 48])).failure, alert("unknown_ca"));
    assert_eq!(run(&record(21, &[2, 200])).failure, alert("200"));
}

#[test]
fn warnings_are_passed_over_unless_nothing_follows() {
    let warning = record(21, &[1, 112]);
    let flight = [&*warning, &records(1 << 14, &flight())].concat();
    assert_eq!(run(&flight), Handshake { capture: Some(of_the_flight()), failure: None });
    assert_eq!(run(&warning).failure, alert("unrecognized_name"));
    assert_eq!(run(&record(21, &[1, 0])).failure, Some(Failure::Connection(tcp::Failure::Closed)));
}

#[test]
fn the_chain_survives_what_comes_after_it() {
    let start = records(1 << 14, &flight()[..2]);
    let closed = Some(Failure::Connection(tcp::Failure::Closed));
    assert_eq!(run(&start), Handshake { capture: Some(of_the_flight()), failure: closed });
    let refused = run(&[&*start, &record(21, &[2, 40])].concat());
    assert_eq!(refused, Handshake { capture: Some(of_the_flight()), failure: alert("handshake_failure") });
    let malformed = run(&[&*start, &record(22, &message(22, &[1, 0, 0, 9]))].concat());
    assert_eq!(malformed.capture, Some(of_the_flight()));
    assert_eq!(protocol(&malformed), "a malformed CertificateStatus");
}

#[test]
fn other_protocols_are_told_from_tls() {
    for text in ["HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail.example.com ESMTP\r\n", "<", "\u{16}H"] {
        assert_eq!(run(text.as_bytes()).failure, Some(Failure::NotTls), "{text}");
    }
    for cut in [&[][..], &[22], &[22, 3], &[22, 3, 1, 0], &[22, 3, 1, 0, 9, 2]] {
        assert_eq!(run(cut).failure, Some(Failure::Connection(tcp::Failure::Closed)), "{cut:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_the_deadline() {
    let timed_out = Some(Failure::Connection(tcp::Failure::TimedOut));
    let start = Instant::now();
    let (handshake, _) = served(Newest::Tls12, &[], false).await;
    assert_eq!(handshake, Handshake { capture: None, failure: timed_out.clone() });
    assert_eq!(start.elapsed().as_secs(), 10);
    let (handshake, heard) = served(Newest::Tls12, &records(9, &flight()[..2]), false).await;
    assert_eq!(handshake, Handshake { capture: Some(of_the_flight()), failure: timed_out });
    assert!(heard.ends_with(&[1, 0]), "the client leaves politely even then");
}

#[test]
fn a_version_that_was_not_offered_is_refused() {
    for (newest, version, words) in [
        (Newest::Tls11, 0x0303, "the server chose TLSv1.2, which was not offered"),
        (Newest::Tls12, 0x0304, "the server chose TLSv1.3, which was not offered"),
        (Newest::Tls12, 0x0002, "the server chose SSLv2, which was not offered"),
        (Newest::Tls12, 0x7a7a, "the server chose 0x7a7a, which was not offered"),
    ] {
        let (handshake, _) = run_with(newest, &records(100, &[server_hello(version, 0x002f, &[])]));
        assert_eq!(protocol(&handshake), words);
    }
}

#[test]
fn lying_lengths_and_disorder_are_called_by_name() {
    let hello = server_hello(0x0303, 0x002f, &[]);
    let after_hello = |message: &[u8]| records(1 << 14, &[hello.clone(), message.to_vec()]);
    let many = vec![&b"leaf"[..]; 101];
    for (script, words) in [
        (vec![22, 3, 3, 0x40, 1], "a record of 16385 octets is too long"),
        (vec![22, 3, 3, 0, 4, 2, 2, 0, 0], "a handshake message of 131072 octets is too long"),
        (record(22, &message(2, &[3, 3])), "a malformed ServerHello"),
        (record(22, &server_hello(0x0303, 0x002f, &[0, 9, 1])), "a malformed ServerHello"),
        (record(22, &server_hello(0x0303, 0x002f, &[0, 0, 1])), "a malformed ServerHello"),
        (record(22, &server_hello(0x0303, 0x002f, &[0, 4, 0, 23, 0, 1])), "a malformed ServerHello"),
        (after_hello(&message(11, &[0, 0, 9, 0, 0, 1, 0])), "a malformed Certificate"),
        (after_hello(&message(11, &[0, 0, 4, 0, 0, 9, 0])), "a malformed Certificate"),
        (after_hello(&certificates(&[b""])), "a malformed Certificate"),
        (after_hello(&certificates(&[])), "the server shows no certificate"),
        (after_hello(&SERVER_HELLO_DONE), "the server shows no certificate"),
        (after_hello(&certificates(&many)), "the server shows more than 100 certificates"),
        (after_hello(&hello), "a handshake message of type 2 is out of place"),
        (record(22, &certificates(&[b"leaf"])), "a handshake message of type 11 is out of place"),
        (record(21, &[2]), "an alert of 1 octets"),
        (record(20, &[1]), "a record of type 20 is out of place"),
        ([after_hello(&[]), b"HTTP".to_vec()].concat(), "what follows is no TLS record"),
    ] {
        let handshake = run(&script);
        assert_eq!(protocol(&handshake), words);
        assert_eq!(handshake.capture, None);
    }
}

#[test]
fn a_server_that_never_ends_is_left() {
    let idle = "records come without end and say nothing";
    assert_eq!(protocol(&run(&record(22, &[]).repeat(1000))), idle);
    assert_eq!(protocol(&run(&record(21, &[1, 112]).repeat(1000))), idle);
    let requests = record(22, &message(0, &[]).repeat(1000)).repeat(200);
    assert_eq!(protocol(&run(&requests)), "the handshake does not come to an end");
    let largest = message(12, &[0; 60_000]);
    let endless = records(1 << 14, &[&flight()[..2], &[largest.clone(), largest.clone(), largest]].concat());
    let handshake = run(&endless);
    assert_eq!(protocol(&handshake), "a handshake message of 60000 octets is too long");
    assert_eq!(handshake.capture, Some(of_the_flight()));
}

#[test]
fn hosts_that_can_stand_in_no_certificate_are_not_asked() {
    let hello = offer::client_hello("no host", Newest::Tls12);
    assert_eq!(hello, Err(Failure::Protocol("no host cannot stand in a certificate".to_owned())));
}

#[test]
fn the_library_understands_what_is_offered() {
    let mut acceptor = rustls::server::Acceptor::default();
    let octets = offer::client_hello("old.example.com.", Newest::Tls12).unwrap();
    acceptor.read_tls(&mut &*octets).unwrap();
    let accepted = acceptor.accept().map_err(|(error, _)| error).unwrap().unwrap();
    let hello = accepted.client_hello();
    assert_eq!(hello.server_name(), Some("old.example.com"));
    assert!(hello.cipher_suites().contains(&rustls::CipherSuite::TLS_RSA_WITH_RC4_128_SHA));
    assert!(!hello.cipher_suites().contains(&rustls::CipherSuite::from(0x5600)));
    assert!(hello.signature_schemes().contains(&rustls::SignatureScheme::RSA_PKCS1_SHA1));
    assert!(hello.named_groups().unwrap().contains(&rustls::NamedGroup::X25519));
}

#[test]
fn tls_1_1_is_offered_without_what_came_later() {
    let octets = offer::client_hello("[2001:db8::1]", Newest::Tls11).unwrap();
    assert_eq!(octets[..3], [22, 3, 1]);
    assert_eq!(octets[9..11], [3, 2]);
    // After the random and an empty session: twenty suites and the signal of renegotiation.
    assert_eq!(octets[43..46], [0, 0, 42]);
    let mut suites = octets[46..88].chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    assert!(
        suites.clone().all(|suite| !(0x9c..=0xa7).contains(&suite) && !(0xcca8..=0xcca9).contains(&suite))
    );
    assert_eq!(suites.next_back(), Some(0x00ff));
    assert_eq!(octets[88..90], [1, 0]);
    // No name for an address: the extended master secret comes first, the groups last.
    assert_eq!(octets[92..96], [0, 23, 0, 0]);
    assert!(
        octets
            .ends_with(&[&[0, 10], &*field(2, &field(2, &pairs([29, 23, 24, 25, 30, 26, 27, 28])))].concat())
    );
}

#[test]
fn no_hello_has_a_length_that_makes_load_balancers_hang() {
    let label = "a".repeat(61);
    let name = [&*label, &label, &label, &label].join(".");
    for length in 1..=name.len() {
        let host = name[..length].trim_end_matches('.');
        for newest in [Newest::Tls11, Newest::Tls12] {
            let message = offer::client_hello(host, newest).unwrap().len() - 5;
            assert!(!(256..512).contains(&message), "{message} for {host}");
        }
    }
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic_or_hang(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
        run(&octets);
    }

    #[test]
    fn no_records_make_it_panic_or_hang(
        messages in proptest::collection::vec(
            (0_u8..26, proptest::collection::vec(any::<u8>(), 0..60)), 0..12
        ),
        length in 1_usize..80,
        chain in any::<bool>(),
    ) {
        let before = if chain { 2 } else { 1 };
        let mut messages: Vec<_> = messages.iter().map(|(kind, body)| message(*kind, body)).collect();
        messages.splice(0..0, flight().into_iter().take(before));
        let handshake = run(&records(length, &messages));
        prop_assert!(handshake.capture.is_some() || !chain);
        // Whatever ends well has shown a chain.
        prop_assert!(handshake.failure.is_some() || handshake.capture.is_some());
    }

    #[test]
    fn no_damage_makes_it_panic_or_hang(place in 0_usize..200, value in any::<u8>(), length in 0_usize..200) {
        let mut script = records(64, &flight());
        if let Some(octet) = script.get_mut(place) {
            *octet = value;
        }
        script.truncate(length);
        run(&script);
    }
}
