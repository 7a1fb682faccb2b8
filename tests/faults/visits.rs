//! Visits to endpoints: a core host over TLS, a host that speaks plain text, and a connectivity test, each with what
//! goes wrong on the connection.

use lab::{Lab, Step};

use crate::judge::{report, servers, table};
use crate::support::World;

const CHECK: &str = "endpoint.reachable";
const CORE: &str = "manage.microsoft.com";
const TEST: &str = "captive.apple.com";

type Fault = fn() -> Vec<Step>;

fn page(lines: &str, body: &str) -> Step {
    Step::send(format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{lines}\r\n{body}"))
}

/// What is said of the core host over TLS, and of the connectivity test over plain HTTP.
fn said(fault: Fault) -> String {
    let hosts = [(CORE.to_owned(), 443, "tls"), (TEST.to_owned(), 80, "http")];
    let mut lab = Lab::with(&["contoso.com"], &hosts);
    for (host, port, _) in &hosts {
        lab.hosts.change(host, *port, |manner| manner.script = Some(fault()));
    }
    run(&World::start(lab))
}

fn run(world: &World) -> String {
    let parts = "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\nplatforms = [\"ios\"]\n";
    let file = world.lab.settings(parts).unwrap().display().to_string();
    let arguments = ["-c", &file, "--only", CHECK, "--timeout", "1s", "--deadline", "30s"];
    let seen = report(&arguments, world.lab.folder());
    [seen.said(CHECK, "manage.microsoft.com:443"), seen.said(CHECK, "captive.apple.com:80")].join(" ")
}

#[test]
fn answers() {
    const SUCCESS: &str = "<HTML><BODY>Success</BODY></HTML>";
    let cases: &[(&str, Fault, &str)] = &[
        ("is as it should be", || vec![page("Content-Length: 33\r\n", SUCCESS)], "pass/ok pass/ok"),
        ("stalls", || vec![Step::Stall], "fail/timed-out warn/optional-unreachable"),
        ("resets", || vec![Step::Reset], "fail/reset warn/optional-unreachable"),
        ("closes", Vec::new, "fail/reset warn/optional-unreachable"),
        ("drips", || vec![Step::drip("HTTP/1.1 200 OK\r\n")], "fail/timed-out warn/optional-unreachable"),
        (
            "is cut in its head",
            || vec![Step::send("HTTP/1.1 200 OK\r\nCont")],
            "fail/reset warn/optional-unreachable",
        ),
        (
            "is cut in its body",
            || vec![page("Content-Length: 33\r\n", &SUCCESS[..14])],
            "pass/ok warn/optional-unreachable",
        ),
        (
            "resets in its body",
            || vec![page("Content-Length: 33\r\n", &SUCCESS[..14]), Step::Reset],
            "pass/ok warn/optional-unreachable|fail/reset warn/optional-unreachable",
        ),
        (
            "stalls in its body",
            || vec![page("Content-Length: 33\r\n", &SUCCESS[..14]), Step::Stall],
            "pass/ok warn/optional-unreachable",
        ),
        ("drips its body", || vec![page("", ""), Step::drip(SUCCESS)], "pass/ok warn/optional-unreachable"),
        (
            "has headers without end",
            || vec![Step::send("HTTP/1.1 200 OK\r\n"), Step::repeat("X-A: aaaaaaaaaaaaaaaa\r\n")],
            "warn/server-error warn/server-error",
        ),
        ("has a body without end", || vec![page("", SUCCESS), Step::repeat([b'A'; 8192])], "pass/ok pass/ok"),
        (
            "has chunks without end",
            || {
                vec![
                    page("Transfer-Encoding: chunked\r\n", ""),
                    Step::repeat("7\r\nSuccess\r\n".repeat(1000)),
                ]
            },
            "pass/ok pass/ok",
        ),
        ("is garbage", || vec![Step::send([0x80; 1000])], "warn/server-error warn/server-error"),
        (
            "says too long a length",
            || vec![page("Content-Length: 99999999999\r\n", SUCCESS)],
            "pass/ok pass/ok",
        ),
        (
            "says too short a length",
            || vec![page("Content-Length: 3\r\n", SUCCESS)],
            "pass/ok fail/captive-portal",
        ),
        (
            "says 100 and nothing more",
            || vec![Step::send("HTTP/1.1 100 Continue\r\n\r\n"), Step::Stall],
            "fail/timed-out warn/optional-unreachable",
        ),
        (
            "redirects to a file",
            || {
                vec![Step::send(
                    "HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
                )]
            },
            "pass/ok fail/captive-portal",
        ),
        (
            "redirects to itself",
            || vec![Step::send("HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")],
            "pass/ok pass/ok",
        ),
        (
            "has a date in no year",
            || vec![page("Date: Thu, 99 Foo 99999 99:99:99 GMT\r\nContent-Length: 33\r\n", SUCCESS)],
            "pass/ok pass/ok",
        ),
        (
            "asks for patience without end",
            || {
                vec![Step::send(
                    "HTTP/1.1 429 x\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n",
                )]
            },
            "pass/ok fail/captive-portal",
        ),
    ];
    table(cases, |fault| said(*fault));
}

/// What happens before anything is asked.
#[test]
fn connections() {
    let cases: &[(&str, Fault, &str)] = &[
        ("stalls when it opens", || vec![Step::Stall], "fail/timed-out warn/optional-unreachable"),
        ("resets when it opens", || vec![Step::Reset], "fail/reset warn/optional-unreachable"),
        ("closes when it opens", Vec::new, "fail/reset warn/optional-unreachable"),
        (
            "resets in the greeting",
            || vec![Step::Hear(5), Step::Reset],
            "fail/reset warn/optional-unreachable",
        ),
        (
            "stalls after the greeting",
            || vec![Step::Hear(100), Step::Stall],
            "fail/timed-out warn/optional-unreachable",
        ),
        (
            "speaks first, without end",
            || vec![Step::repeat([0x16; 8192])],
            "fail/tls-failed warn/optional-unreachable|fail/tls-failed warn/server-error",
        ),
        (
            "answers before it is asked",
            || vec![page("Content-Length: 2\r\n", "hi"), Step::Stall],
            "fail/tls-failed warn/optional-unreachable|fail/tls-failed warn/server-error|fail/tls-failed fail/captive-portal",
        ),
    ];
    table(cases, |fault| {
        let mut world = World::start(Lab::with(&["contoso.com"], &[]));
        for host in ["manage.microsoft.com:443", "captive.apple.com:80"] {
            let address = servers().block_on(lab::scripted(fault())).unwrap();
            world.lab.routes.insert(host.to_owned(), address);
        }
        run(&world)
    });
}
