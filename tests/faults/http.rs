//! HTTP answers that stall, break off, lie about their length or never end, wherever documents are read.

use std::net::SocketAddr;

use lab::Step;

use crate::judge::{report, servers, table};
use crate::support::Seen;

/// What is wrong with an answer.
type Fault = fn() -> Vec<Step>;

fn head(lines: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{lines}\r\n")
}

fn answer(lines: &str, body: impl AsRef<[u8]>) -> Step {
    Step::send([head(lines).as_bytes(), body.as_ref()].concat())
}

const CAPABILITIES: &str = "POSTPKIOperation\r\nSHA-256\r\nAES\r\nRenewal\r\n";

/// SCEP over plain HTTP: `GetCACaps` answers with the fault, everything else as NDES does.
fn scep(fault: Fault) -> Seen {
    let address = servers().block_on(lab::scripted_http(move |target| match target {
        caps if caps.contains("GetCACaps") => fault(),
        _ => vec![Step::send("HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n")],
    }));
    ask(address.unwrap())
}

fn ask(address: SocketAddr) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://{address}/certsrv/mscep/mscep.dll");
    let arguments = [
        "--scep",
        &url,
        "--only",
        "scep.capabilities",
        "--timeout",
        "1s",
        "--deadline",
        "20s",
        "--resolver",
        "127.0.0.1:9",
    ];
    report(&arguments, folder.path())
}

fn said(seen: &Seen, check: &str) -> String {
    let subject = seen.findings()[0]["subject"].as_str().unwrap().to_owned();
    seen.said(check, &subject)
}

#[test]
fn answers_over_plain_http() {
    const GOOD: &str = "pass/ok";
    const NOTHING: &str = "unknown/unreachable";
    let cases: &[(&str, Fault, &str)] = &[
        ("as it should be", || vec![answer("Content-Length: 41\r\n", &CAPABILITIES[..41])], GOOD),
        ("stalls after the request", || vec![Step::Stall], NOTHING),
        ("drips its head", || vec![Step::drip(head(""))], NOTHING),
        ("drips its body", || vec![answer("", ""), Step::drip(CAPABILITIES)], NOTHING),
        ("resets after the request", || vec![Step::Reset], NOTHING),
        ("closes after the request", Vec::new, NOTHING),
        ("resets in its status line", || vec![Step::send("HTTP/1."), Step::Reset], NOTHING),
        ("is cut in a header", || vec![Step::send("HTTP/1.1 200 OK\r\nContent-Ty")], NOTHING),
        ("resets in its body", || vec![answer("Content-Length: 41\r\n", "POSTPKI"), Step::Reset], NOTHING),
        ("is cut in its body", || vec![answer("Content-Length: 41\r\n", &CAPABILITIES[..27])], NOTHING),
        (
            "stalls in its body",
            || vec![answer("Content-Length: 41\r\n", &CAPABILITIES[..27]), Step::Stall],
            NOTHING,
        ),
        (
            "says it is longer than it is",
            || vec![answer("Content-Length: 9000000\r\n", CAPABILITIES)],
            NOTHING,
        ),
        ("says it is shorter than it is", || vec![answer("Content-Length: 27\r\n", CAPABILITIES)], GOOD),
        (
            "says two lengths",
            || vec![answer("Content-Length: 41\r\nContent-Length: 3\r\n", CAPABILITIES)],
            NOTHING,
        ),
        ("says a length of words", || vec![answer("Content-Length: many\r\n", CAPABILITIES)], NOTHING),
        ("says a length below nothing", || vec![answer("Content-Length: -1\r\n", CAPABILITIES)], NOTHING),
        (
            "says a length beyond counting",
            || vec![answer("Content-Length: 99999999999999999999999\r\n", CAPABILITIES)],
            NOTHING,
        ),
        ("is garbage", || vec![Step::send([0x00, 0xff, 0x16, 0x03, 0x01].repeat(1000))], NOTHING),
        (
            "has headers without end",
            || vec![Step::send("HTTP/1.1 200 OK\r\n"), Step::repeat("X-A: aaaaaaaaaaaaaa\r\n")],
            NOTHING,
        ),
        (
            "has one header without end",
            || vec![Step::send("HTTP/1.1 200 OK\r\nX-A: "), Step::repeat("a".repeat(8192))],
            NOTHING,
        ),
        (
            "has a status line without end",
            || vec![Step::send("HTTP/1.1 200 "), Step::repeat("K".repeat(8192))],
            NOTHING,
        ),
        ("has empty lines without end", || vec![Step::repeat("\r\n".repeat(4096))], NOTHING),
        (
            "says 100 and again 100",
            || vec![Step::send("HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000)), Step::Stall],
            NOTHING,
        ),
        (
            "has a body without end",
            || vec![answer("", ""), Step::repeat([b'A'; 8192])],
            "unknown/unreachable",
        ),
        (
            "has chunks without end",
            || {
                vec![
                    answer("Transfer-Encoding: chunked\r\n", ""),
                    Step::repeat("4\r\nAES\n\r\n".repeat(1000)),
                ]
            },
            NOTHING,
        ),
        (
            "has chunks of one octet without end",
            || vec![answer("Transfer-Encoding: chunked\r\n", ""), Step::repeat("1\r\nA\r\n".repeat(1000))],
            NOTHING,
        ),
        (
            "has a chunk that says it is larger than memory",
            || vec![answer("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\nAES\r\n")],
            NOTHING,
        ),
        (
            "has a chunk extension without end",
            || vec![answer("Transfer-Encoding: chunked\r\n", "4;"), Step::repeat("a".repeat(8192))],
            NOTHING,
        ),
        (
            "has trailers without end",
            || {
                vec![
                    answer("Transfer-Encoding: chunked\r\n", "4\r\nAES\n\r\n0\r\n"),
                    Step::repeat("X-A: a\r\n".repeat(1000)),
                ]
            },
            NOTHING,
        ),
        (
            "breaks off between chunks",
            || vec![answer("Transfer-Encoding: chunked\r\n", "1b\r\nPOSTPKIOperation\r\nSHA-256\r\n\r\n")],
            NOTHING,
        ),
        (
            "is compressed without having been asked to be",
            || {
                vec![answer(
                    "Content-Encoding: gzip\r\n",
                    b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xed\xc1\x01\x0d\0\0\0\xc2\xa0",
                )]
            },
            "fail/empty",
        ),
        ("is one word of a megabyte", || vec![answer("", "A".repeat(1_000_000))], "fail/empty"),
        ("is a million words", || vec![answer("", "AES ".repeat(250_000))], "warn/weak"),
        ("is of HTTP 0.9", || vec![Step::send(CAPABILITIES)], NOTHING),
        ("is of HTTP 9.9", || vec![Step::send("HTTP/9.9 200 OK\r\n\r\nAES")], NOTHING),
        ("has a status of four digits", || vec![Step::send("HTTP/1.1 2000 OK\r\n\r\nAES")], NOTHING),
        (
            "has a status below all",
            || vec![Step::send("HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n")],
            NOTHING,
        ),
        (
            "changes the protocol",
            || vec![Step::send("HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nAES")],
            "fail/refused",
        ),
    ];
    table(cases, |fault| said(&scep(*fault), "scep.capabilities"));
}
