//! Proxies that ask again and again, agree and say nothing, answer before they are asked, or never end.

use std::net::SocketAddr;

use lab::{Lab, Step};

use crate::judge::{report, servers, table};
use crate::support::{Seen, World};

const SUBJECT: &str = "manage.microsoft.com:443";
const ENDPOINT: &str = "endpoint.reachable";

type Fault = fn() -> Vec<Step>;

/// What `network.proxy`, a core host, and the domain's tenant are said to be behind that proxy.
fn said(fault: Fault) -> String {
    let mut world = World::start(Lab::with(&["contoso.com"], &[]));
    let address: SocketAddr = servers().block_on(lab::scripted(fault())).unwrap();
    world.lab.proxy = Some(address);
    let parts = "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\nplatforms = [\"android\"]\n";
    let file = world.lab.settings(parts).unwrap().display().to_string();
    let arguments = [
        "-c",
        &file,
        "--only",
        "network.proxy",
        "--only",
        ENDPOINT,
        "--only",
        "discovery.tenant",
        "--timeout",
        "1s",
        "--deadline",
        "30s",
    ];
    let seen = report(&arguments, world.lab.folder());
    nothing_passes(&seen);
    [
        seen.said("network.proxy", &format!("http://{address}")),
        seen.said(ENDPOINT, SUBJECT),
        seen.said("discovery.tenant", "contoso.com"),
    ]
    .join(" ")
}

/// Behind such a proxy nobody is reached.
fn nothing_passes(seen: &Seen) {
    let passed: Vec<_> =
        seen.findings().iter().filter(|f| f["status"] == "pass" && f["check"] == ENDPOINT).collect();
    assert!(passed.is_empty(), "{passed:?}");
}

fn ask_again(headers: &str) -> Vec<Step> {
    let answer = format!("HTTP/1.1 407 Again\r\n{headers}Content-Length: 0\r\n\r\n");
    [Step::HearHead, Step::send(answer)].into_iter().cycle().take(40).collect()
}

fn agree(then: Step) -> Vec<Step> {
    vec![Step::HearHead, Step::send("HTTP/1.1 200 Connection established\r\n\r\n"), then]
}

fn answer(text: impl AsRef<[u8]>) -> Vec<Step> {
    vec![Step::HearHead, Step::send(text)]
}

#[test]
fn tunnels() {
    const SIGN_IN: &str =
        "fail/authentication-required unknown/proxy-authentication-required unknown/unreachable";
    let cases: &[(&str, Fault, &str)] = &[
        (
            "asks for credentials again and again",
            || ask_again("Proxy-Authenticate: Basic realm=\"x\"\r\n"),
            SIGN_IN,
        ),
        ("asks for credentials of no scheme", || ask_again(""), SIGN_IN),
        (
            "offers a scheme of a thousand names",
            || ask_again(&"Proxy-Authenticate: Negotiate AAAA\r\n".repeat(90)),
            SIGN_IN,
        ),
        (
            "offers one scheme without end",
            || ask_again(&format!("Proxy-Authenticate: {}\r\n", "x".repeat(30_000))),
            SIGN_IN,
        ),
        ("never answers", || vec![Step::Stall], "fail/unreachable fail/timed-out unknown/unreachable"),
        ("closes", || vec![], "fail/unreachable fail/proxy-unreachable unknown/unreachable"),
        (
            "closes when asked",
            || vec![Step::HearHead],
            "fail/unreachable fail/proxy-unreachable unknown/unreachable",
        ),
        (
            "resets when asked",
            || vec![Step::HearHead, Step::Reset],
            "fail/unreachable fail/proxy-unreachable unknown/unreachable",
        ),
        ("agrees and closes", || agree(Step::send("")), "pass/ok fail/reset unknown/unreachable"),
        ("agrees and resets", || agree(Step::Reset), "pass/ok fail/reset unknown/unreachable"),
        ("agrees and says nothing", || agree(Step::Stall), "pass/ok fail/timed-out unknown/unreachable"),
        (
            "agrees and says garbage",
            || agree(Step::send([0xee; 4096])),
            "pass/ok fail/tls-failed unknown/unreachable",
        ),
        (
            "agrees and says garbage without end",
            || agree(Step::repeat([0xee; 4096])),
            "pass/ok fail/tls-failed unknown/unreachable",
        ),
        (
            "agrees with a body",
            || answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
            "pass/ok fail/tls-failed unknown/unreachable",
        ),
        (
            "agrees in chunks",
            || answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            "pass/ok fail/tls-failed unknown/unreachable",
        ),
        (
            "shows a page",
            || answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Sign in</html>"),
            "pass/ok fail/tls-failed unknown/unreachable",
        ),
        (
            "says 100 and nothing more",
            || vec![Step::HearHead, Step::send("HTTP/1.1 100 Continue\r\n\r\n"), Step::Stall],
            "fail/unreachable fail/timed-out unknown/unreachable",
        ),
        (
            "redirects",
            || answer("HTTP/1.1 302 x\r\nLocation: http://portal.example/\r\nContent-Length: 0\r\n\r\n"),
            "fail/refused fail/proxy-refused unknown/unreachable",
        ),
        (
            "says a status beyond all",
            || answer("HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n"),
            "fail/refused fail/proxy-refused unknown/unreachable",
        ),
        (
            "is not HTTP",
            || answer("220 smtp.contoso.com ESMTP\r\n"),
            "fail/refused fail/proxy-refused unknown/unreachable",
        ),
        (
            "speaks TLS",
            || answer([0x15, 3, 1, 0, 2, 2, 70]),
            "fail/refused fail/proxy-refused unknown/unreachable",
        ),
        (
            "has headers without end",
            || {
                vec![
                    Step::HearHead,
                    Step::send("HTTP/1.1 200 OK\r\n"),
                    Step::repeat("X-A: aaaaaaaaaaaaaaaaaaaaa\r\n"),
                ]
            },
            "fail/refused fail/proxy-refused unknown/unreachable",
        ),
        (
            "has one header without end",
            || vec![Step::HearHead, Step::send("HTTP/1.1 200 OK\r\nX-A: "), Step::repeat("a".repeat(8192))],
            "fail/refused fail/proxy-refused unknown/unreachable",
        ),
        (
            "has a refusal without end",
            || vec![Step::HearHead, Step::send("HTTP/1.1 503 x\r\n\r\n"), Step::repeat("a".repeat(8192))],
            "fail/refused fail/proxy-refused unknown/unreachable",
        ),
        (
            "is cut in its answer",
            || answer("HTTP/1.1 200 Conn"),
            "fail/unreachable fail/proxy-unreachable unknown/unreachable",
        ),
        (
            "drips",
            || vec![Step::HearHead, Step::drip("HTTP/1.1 200 Connection established\r\n\r\n")],
            "fail/unreachable fail/timed-out unknown/unreachable",
        ),
    ];
    table(cases, |fault| said(*fault));
}

/// Whether the answer is there before the question decides what is said; that nobody is reached is said anyway.
#[test]
fn answers_before_the_question() {
    let cases: &[(&str, Fault, &str)] = &[
        ("agrees", || vec![Step::send("HTTP/1.1 200 OK\r\n\r\n"), Step::Stall], "fail"),
        ("refuses", || vec![Step::send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"), Step::Stall], "fail"),
        ("resets", || vec![Step::Reset], "fail"),
    ];
    table(cases, |fault| {
        let said = said(*fault);
        let core = said.split([' ', '/']).nth(2).unwrap_or_default();
        core.to_owned()
    });
}
