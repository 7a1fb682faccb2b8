//! Documents over TLS: what a domain's web server and the cloud say, when they stall, break off, nest without end,
//! or lead somewhere else.

use lab::{Adfs, Answer, Lab, Step, TENANT_ID};

use crate::judge::{report, table};
use crate::support::{Seen, World};

const APPLE: &str = "discovery.apple-account-driven";
const REALM: &str = "discovery.realm";
const METADATA: &str = "adfs.metadata";
const DOMAIN: &str = "contoso.com";
const SIGN_IN: &str = "login.microsoftonline.com";
const STS: &str = "sts.contoso.com";

/// What is wrong with an answer whose body would be that one.
type Fault = fn(&str) -> Vec<Step>;

fn answer(lines: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{lines}\r\n");
    vec![Step::send([head.as_bytes(), body.as_ref()].concat())]
}

fn sized(length: usize, body: &str) -> Vec<Step> {
    answer(&format!("Content-Length: {length}\r\n"), body)
}

fn half(body: &str) -> &str {
    &body[..body.len() / 2]
}

fn then(mut steps: Vec<Step>, last: Step) -> Vec<Step> {
    steps.push(last);
    steps
}

fn lab() -> Lab {
    let hosts = [DOMAIN, SIGN_IN, STS].map(|host| (host.to_owned(), 443, "tls"));
    let mut lab = Lab::with(&[DOMAIN], &hosts);
    let document = discovery();
    lab.hosts.change(DOMAIN, 443, |manner| manner.answer = Answer::json(200, &document));
    lab
}

fn discovery() -> String {
    format!(
        r#"{{"Servers":[{{"Version":"mdm-byod","BaseURL":"https://manage.microsoft.com/EnrollmentServer/PostReportDeviceInfoForUEV2?aadTenantId={TENANT_ID}"}}]}}"#
    )
}

fn realm() -> &'static str {
    r#"{"State":3,"NameSpaceType":"Managed","DomainName":"contoso.com","FederationBrandName":"Contoso"}"#
}

fn run(world: &World, only: &str) -> Seen {
    let parts = "[[tenant]]\ndomains = [\"contoso.com\"]\naccount_driven = true\ncloud = \"worldwide\"\n";
    let file = world.lab.settings(parts).unwrap().display().to_string();
    let arguments = ["-c", &file, "--only", only, "--timeout", "1s", "--deadline", "20s"];
    report(&arguments, world.lab.folder())
}

/// What is said where one host does that.
fn said(host: &str, only: &str, steps: Vec<Step>) -> String {
    let mut lab = lab();
    if host == STS {
        lab.federate(DOMAIN, &Adfs::new(STS, 200));
    }
    lab.hosts.change(host, 443, |manner| manner.script = Some(steps));
    let subject = if host == STS { "sts.contoso.com:443" } else { DOMAIN };
    run(&World::start(lab), only).said(only, subject)
}

#[test]
fn answers_over_tls() {
    /// What the domain's web server, the cloud, and the federation service are then said to be.
    const SILENT: [&str; 3] = ["warn/unreachable", "unknown/unreachable", "warn/unreachable"];
    /// A reset takes with it what has come and was not read yet.
    const EITHER: [&str; 3] = [
        "warn/unreachable|fail/invalid-document",
        "unknown/unreachable|unknown/unexpected-answer",
        "warn/unreachable|warn/invalid",
    ];
    const BROKEN: [&str; 3] = ["fail/invalid-document", "unknown/unexpected-answer", "warn/invalid"];
    let faults: &[(&str, Fault, [&str; 3])] = &[
        ("stalls", |_| vec![Step::Stall], SILENT),
        ("closes without close_notify", |_| vec![Step::Reset], SILENT),
        ("drips", |body| vec![Step::drip(body)], SILENT),
        ("is cut in its head", |_| vec![Step::send("HTTP/1.1 200 OK\r\nConte")], SILENT),
        ("resets in its head", |_| vec![Step::send("HTTP/1.1 200 OK\r\nConte"), Step::Reset], SILENT),
        ("is cut in its body", |body| sized(body.len(), half(body)), BROKEN),
        ("resets in its body", |body| then(sized(body.len(), half(body)), Step::Reset), EITHER),
        ("stalls in its body", |body| then(sized(body.len(), half(body)), Step::Stall), BROKEN),
        ("drips its body", |body| then(answer("", ""), Step::drip(body)), BROKEN),
        ("has a body without end", |_| then(answer("", ""), Step::repeat([b'['; 8192])), BROKEN),
        ("is nested deep", |_| answer("", "[".repeat(200_000)), BROKEN),
        ("is nested deep in objects", |_| answer("", r#"{"Servers":"#.repeat(50_000)), BROKEN),
        ("is nested deep in elements", |_| answer("", "<a>".repeat(200_000)), BROKEN),
        (
            "expands its entities",
            |_| {
                let lines: String = (1..20)
                    .map(|i| format!("<!ENTITY a{i} \"{}\">", format!("&a{};", i - 1).repeat(10)))
                    .collect();
                answer("", format!("<!DOCTYPE a [<!ENTITY a0 \"ha\">{lines}]><a>&a19;</a>"))
            },
            BROKEN,
        ),
        (
            "asks for a file of this machine",
            |_| answer("", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"),
            BROKEN,
        ),
        ("is a number of a million digits", |_| answer("", "1".repeat(1_000_000)), BROKEN),
        ("is a string of escapes", |_| answer("", format!("\"{}\"", r"\ud800".repeat(100_000))), BROKEN),
        ("is a bomb of zeros", |_| answer("Content-Encoding: gzip\r\n", bomb()), BROKEN),
        ("is nothing", |_| answer("Content-Length: 0\r\n", ""), BROKEN),
        ("is null", |_| answer("", "null"), BROKEN),
        (
            "is in UTF-16",
            |body| answer("", body.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
            BROKEN,
        ),
    ];
    let places = [
        (DOMAIN, APPLE, discovery()),
        (SIGN_IN, REALM, realm().to_owned()),
        (STS, METADATA, "<a/>".to_owned()),
    ];
    let cases: Vec<(String, _, &str)> = faults
        .iter()
        .flat_map(|(name, fault, wanted)| {
            places
                .iter()
                .zip(wanted)
                .map(move |(place, wanted)| (format!("{} {name}", place.0), (fault, place), *wanted))
        })
        .collect();
    let cases: Vec<(&str, _, &str)> =
        cases.iter().map(|(name, case, wanted)| (name.as_str(), *case, *wanted)).collect();
    table(&cases, |(fault, (host, check, body))| said(host, check, fault(body)));
}

/// The head of a stream that says it holds far more than it has; stored blocks, as no library writes them here.
fn bomb() -> Vec<u8> {
    let block = [[0x00, 0xff, 0xff, 0x00, 0x00].as_slice(), &[0; 65_535]].concat();
    [b"\x1f\x8b\x08\0\0\0\0\0\0\x03".as_slice(), &block.repeat(10)].concat()
}

#[test]
fn redirects() {
    let to = |location: &str| Answer::status(302).header("location", location);
    let long = format!("https://contoso.com/{}", "a".repeat(30_000));
    let cases = [
        ("to itself", "https://contoso.com/.well-known/com.apple.remotemanagement", "warn/unreachable"),
        ("to a path that grows", "a/a/a", "warn/unreachable"),
        ("to a file", "file:///etc/passwd", "warn/unreachable"),
        ("to a program", "javascript:alert(1)", "warn/unreachable"),
        ("to data", "data:application/json,{}", "warn/unreachable"),
        ("to plain http", "http://contoso.com/", "warn/unreachable"),
        ("to a name that nobody knows", "https://elsewhere.example.net/", "warn/unreachable"),
        ("to another port", "https://contoso.com:22/", "warn/unreachable"),
        ("to a host that is none", "https://[::::]/", "warn/unreachable"),
        ("to nowhere", "", "warn/unreachable"),
        ("to a name without end", &format!("https://{}/", "a.".repeat(5_000)), "warn/unreachable"),
        ("to an address without end", &long, "warn/unreachable"),
        ("with credentials", "https://user:secret@contoso.com/", "warn/unreachable"),
    ];
    let cases: Vec<(&str, Answer, &str)> =
        cases.map(|(name, location, wanted)| (name, to(location), wanted)).into();
    table(&cases, |answer| {
        let mut lab = lab();
        lab.hosts.change(DOMAIN, 443, |manner| manner.answer = answer.clone());
        let seen = run(&World::start(lab), APPLE);
        assert!(!seen.report.to_string().contains("secret"));
        seen.said(APPLE, DOMAIN)
    });
}
