//! SCEP servers: every reason of `scep.*` from answers of the real shape, and Debian's own SCEP server behind nginx.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(unix)]

mod support;

use std::io::Read;
use std::net::TcpListener;
use std::process::Command;

use lab::{Answer as Said, Lab};
use support::ndes::{Answer, GOOD, Ndes, PATH, body, caps, made, status};
use support::real::{free_port, installed, start};
use support::{Seen, World, enrollcheck, file};

/// Runs the family against a server of these answers.
trait Asked {
    fn run(self, settings: &str) -> Seen;
}

impl Asked for Ndes {
    fn run(self, settings: &str) -> Seen {
        let (address, _) = self.serve();
        ask(&format!("http://{address}{PATH}"), settings)
    }
}

/// Runs the family on one URL in a settings file with more lines for the server.
fn ask(url: &str, more: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "[[tenant]]\ndomains = [\"contoso.com\"]\n[[tenant.scep]]\nurl = \"{url}\"\n{more}\n[network]\nresolvers = [\"127.0.0.1:9\"]\ntimeout = \"2s\"\n"
    );
    let path = file(folder.path(), "enrollcheck.toml", settings).display().to_string();
    Seen::of(enrollcheck(&["run", "-c", &path, "--only", "scep.*", "-f", "json"], folder.path()))
}

/// The only finding of a check.
fn said(seen: &Seen, check: &str) -> String {
    seen.said(&format!("scep.{check}"), &subject(seen))
}

fn subject(seen: &Seen) -> String {
    seen.findings()[0]["subject"].as_str().unwrap().to_owned()
}

fn notes(seen: &Seen, check: &str) -> String {
    seen.notes(&format!("scep.{check}"), &subject(seen))
}

#[test]
fn the_bare_address_of_ndes() {
    let Some(made) = made() else { return };
    let page = "<html>Network Device Enrollment Service</html>";
    let redirect =
        |to: &str| Answer { status: 302, headers: vec![("Location", to.to_owned())], body: Vec::new() };
    for (bare, reason) in [
        (status(403), "warn/plain-http"),
        (body("text/html", page), "fail/connector-missing"),
        (body("text/html", "<form><input type=\"password\"></form>"), "fail/preauthentication"),
        (status(401), "fail/preauthentication"),
        (redirect("https://login.microsoftonline.com/common/oauth2"), "fail/preauthentication"),
        (redirect("https://sts.contoso.com/adfs/ls/?wa=wsignin1.0"), "fail/preauthentication"),
        (redirect("/elsewhere"), "fail/unexpected-answer"),
        (status(404), "fail/not-found"),
        (status(503), "fail/application-pool-stopped"),
        (status(500), "fail/server-error"),
        (status(502), "fail/gateway-failed"),
        (status(504), "fail/gateway-failed"),
        (status(418), "fail/unexpected-answer"),
    ] {
        let code = bare.status;
        let seen = Ndes { bare, ..Ndes::working(made["bag.der"].clone()) }.run("");
        assert_eq!(said(&seen, "answer"), reason, "{code}");
    }
}

#[test]
fn servers_that_do_not_answer() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let seen = ask(&format!("http://{nobody}{PATH}"), "");
    assert_eq!(said(&seen, "answer"), "fail/unreachable");
    for check in ["capabilities", "ca-certificate", "ra-certificates", "long-request"] {
        assert_eq!(said(&seen, check), "unknown/unreachable", "{check}");
    }
    // Plain text where TLS is wanted.
    let (address, _) = Ndes::working(Vec::new()).serve();
    assert_eq!(said(&ask(&format!("https://{address}{PATH}"), ""), "answer"), "fail/tls-failed");
    let world = World::of_names(&["contoso.com"], |names| {
        names.resolver("broken.contoso.com", lab::Fault::ServFail);
    });
    for (host, reason) in
        [("ndes.contoso.com", "fail/name-not-found"), ("broken.contoso.com", "unknown/lookup-failed")]
    {
        let parts = format!(
            "[[tenant]]\ndomains = [\"contoso.com\"]\n[[tenant.scep]]\nurl = \"https://{host}{PATH}\"\n"
        );
        assert_eq!(said(&world.run(&parts, &["--only", "scep.answer"]), "answer"), reason);
    }
}

#[test]
fn a_working_server_over_https_passes() {
    let mut lab = Lab::with(&["contoso.com"], &[("ndes.contoso.com".to_owned(), 443, "tls")]);
    lab.hosts.change("ndes.contoso.com", 443, |manner| manner.answer = Said::status(403));
    let world = World::start(lab);
    let url = format!("https://ndes.contoso.com{PATH}");
    let parts = format!("[[tenant]]\ndomains = [\"contoso.com\"]\n[[tenant.scep]]\nurl = \"{url}\"\n");
    let seen = world.run(&parts, &["--only", "scep.answer", "--only", "tls.apple-policy"]);
    assert_eq!(seen.said("scep.answer", &url), "pass/ok");
    assert_eq!(
        seen.said("tls.apple-policy", "ndes.contoso.com:443"),
        "skip/not-applicable",
        "SCEP is exempt"
    );
}

#[test]
fn capabilities() {
    let Some(made) = made() else { return };
    for (caps, reason) in [
        (caps(GOOD), "pass/ok"),
        (caps("\u{feff}scepstandard"), "pass/ok"),
        (caps("Renewal\nSHA-1\nDES3"), "warn/weak"),
        (caps("SHA-256\nAES"), "warn/weak"),
        (caps(""), "fail/empty"),
        (body("text/html", "<html>SHA-256</html>"), "fail/empty"),
        (status(500), "fail/refused"),
        (status(403), "fail/refused"),
    ] {
        let shown = String::from_utf8_lossy(&caps.body).into_owned();
        let seen = Ndes { caps, ..Ndes::working(made["bag.der"].clone()) }.run("");
        assert_eq!(said(&seen, "capabilities"), reason, "{shown}");
    }
    let seen = Ndes::working(made["bag.der"].clone()).run("");
    assert!(notes(&seen, "capabilities").contains("AES"));
}

#[test]
fn what_the_authority_shows() {
    let Some(made) = made() else { return };
    for (name, ca, ra) in [
        ("bag.der", "pass/ok", "pass/ok"),
        ("bag.ber", "pass/ok", "pass/ok"),
        ("bag.pem", "pass/ok", "pass/ok"),
        ("ca.der", "pass/ok", "fail/missing"),
        ("ca-only.der", "pass/ok", "fail/missing"),
        ("expired-ra.der", "pass/ok", "fail/expired"),
        ("soon-ra.der", "pass/ok", "warn/expires-soon"),
        ("verysoon-ra.der", "pass/ok", "fail/expires-very-soon"),
        ("renewed.der", "pass/ok", "fail/not-issued-by-ca"),
        ("expired-ca.der", "fail/expired", "pass/ok"),
        ("soon-ca.der", "warn/expires-soon", "pass/ok"),
        ("pss.der", "fail/unsupported-signature", "pass/ok"),
        ("sha1.der", "warn/weak-signature", "pass/ok"),
    ] {
        let seen = Ndes::working(made[name].clone()).run("");
        assert_eq!(
            (said(&seen, "ca-certificate").as_str(), said(&seen, "ra-certificates").as_str()),
            (ca, ra),
            "{name}"
        );
    }
    let refused = Ndes { certificates: status(500), ..Ndes::working(Vec::new()) }.run("");
    assert_eq!(said(&refused, "ca-certificate"), "fail/refused");
    assert_eq!(said(&refused, "ra-certificates"), "unknown/unreachable");
    let labelled =
        Ndes { certificates: body("text/html", made["bag.der"].clone()), ..Ndes::working(Vec::new()) }
            .run("");
    assert_eq!(said(&labelled, "ca-certificate"), "pass/ok");
    assert!(notes(&labelled, "ca-certificate").contains("text/html"));
}

#[test]
fn bytes_that_are_no_authority() {
    let Some(made) = made() else { return };
    let whole = made["bag.der"].clone();
    let deep = [[0x30, 0x80].repeat(4000), vec![0; 10]].concat();
    for garbage in
        [Vec::new(), b"<html>".to_vec(), whole[..whole.len() / 2].to_vec(), deep, vec![0x30; 3_000_000]]
    {
        let seen = Ndes::working(garbage).run("");
        assert_eq!(said(&seen, "ca-certificate"), "fail/unparsable");
        assert_eq!(said(&seen, "ra-certificates"), "unknown/unreachable");
    }
}

#[test]
fn thumbprints_in_any_spelling() {
    let Some(made) = made() else { return };
    let run = |bag: &str, thumbprint: &str| {
        said(
            &Ndes::working(made[bag].clone()).run(&format!("ca_thumbprint = \"{thumbprint}\"")),
            "ca-certificate",
        )
    };
    let text = |name: &str| String::from_utf8(made[name].clone()).unwrap().trim().to_owned();
    let (sha1, sha256) = (text("root.sha1"), text("root.sha256"));
    assert_eq!(run("bag.der", &sha1), "pass/ok");
    assert_eq!(run("bag.der", &sha256.to_lowercase().replace(':', "")), "pass/ok");
    assert_eq!(run("bag.der", &format!("\u{200e}{}", sha1.replace(':', " "))), "pass/ok");
    assert_eq!(run("bag.der", &text("ca.sha1")), "pass/ok", "the issuing authority counts too");
    assert_eq!(run("bag.der", &"ab".repeat(20)), "fail/thumbprint-mismatch");
    assert_eq!(run("no-root.der", &sha1), "warn/root-not-served");
}

#[test]
fn long_requests() {
    let Some(made) = made() else { return };
    let bag = || made["bag.der"].clone();
    for (longest, too_long, reason) in [
        (usize::MAX, status(414), "pass/ok"),
        (2_100, status(404), "fail/too-long"),
        (4_200, status(404), "fail/too-long"),
        (16_400, status(400), "warn/limited"),
        (8_300, status(414), "warn/limited"),
        (4_000, status(429), "unknown/blocked"),
        (4_000, status(403), "unknown/blocked"),
        (4_000, body("text/html", "<html>blocked</html>"), "unknown/blocked"),
    ] {
        let code = too_long.status;
        let (address, log) = Ndes { longest, too_long, ..Ndes::working(bag()) }.serve();
        let seen = ask(&format!("http://{address}{PATH}"), "");
        assert_eq!(said(&seen, "long-request"), reason, "{longest} {code}");
        let padded = log.lock().unwrap().iter().filter(|target| target.contains("AAAA")).count();
        assert!((1..=6).contains(&padded), "{padded} long requests");
        assert!(
            !log.lock().unwrap().iter().any(|target| target.contains("PKIOperation&")),
            "never a fake request"
        );
    }
    let seen = Ndes { longest: 4_000, ..Ndes::working(bag()) }.run("kind = \"third-party\"");
    assert_eq!(said(&seen, "long-request"), "pass/ok", "POST has no such limit");
    let weak =
        Ndes { longest: 4_000, caps: caps("SHA-256"), ..Ndes::working(bag()) }.run("kind = \"third-party\"");
    assert_eq!(said(&weak, "long-request"), "warn/limited");
    let cloud = Ndes::working(bag()).run("kind = \"cloud-pki\"");
    assert_eq!(said(&cloud, "long-request"), "skip/not-applicable");
}

#[test]
fn each_platform_asks_in_its_own_words() {
    let Some(made) = made() else { return };
    let (address, log) = Ndes::working(made["bag.der"].clone()).serve();
    ask(&format!("http://{address}{PATH}"), "");
    let log = log.lock().unwrap();
    for message in ["default", "SCEP%20Authority", "ca"] {
        for operation in ["GetCACaps", "GetCACert"] {
            let target = format!("{PATH}?operation={operation}&message={message}");
            assert_eq!(log.iter().filter(|asked| **asked == target).count(), 1, "{target}");
        }
    }
    assert_eq!(log.iter().filter(|asked| *asked == PATH).count(), 1);
}

#[test]
fn alone_and_never_at_the_page_that_uses_up_passwords() {
    let Some(made) = made() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (address, _) = Ndes::working(made["bag.der"].clone()).serve();
    let url = format!("http://{address}{PATH}");
    let seen = Seen::of(enrollcheck(&["run", "--scep", &url, "-f", "json"], folder.path()));
    assert_eq!(seen.findings()[0]["tenant"], "*");
    assert_eq!(seen.said("scep.ca-certificate", &url), "pass/ok");
    let admin = "https://ndes.contoso.com/CertSrv/mscep_admin/";
    let refused = enrollcheck(&["run", "--scep", admin], folder.path());
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("password"));
    let settings = format!("[[tenant]]\ndomains = [\"contoso.com\"]\n[[tenant.scep]]\nurl = \"{admin}\"\n");
    let path = file(folder.path(), "enrollcheck.toml", settings).display().to_string();
    assert_eq!(enrollcheck(&["run", "-c", &path], folder.path()).status.code(), Some(2));
}

#[test]
fn debians_scep_server_behind_nginx() {
    let (Some(scep), Some(nginx), Some(pki)) =
        (installed("scepserver"), installed("nginx"), installed("pki"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = Command::new(&scep).args(["ca", "-init", "-depot", "depot"]).current_dir(at).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (own, front) = (free_port(), free_port());
    let mut command = Command::new(&scep);
    command.current_dir(at).args(["-depot", "depot", "-port", &own.to_string(), "-challenge", "secret"]);
    let _scep = start(&mut command, own, &at.join("scep.log"));
    let here = at.display();
    let configuration = format!(
        "daemon off; master_process off; pid {here}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; client_body_temp_path {here}; \
         proxy_temp_path {here}; fastcgi_temp_path {here}; uwsgi_temp_path {here}; scgi_temp_path {here};\n\
         server {{ listen 127.0.0.1:{front}; large_client_header_buffers 4 16k; location / {{ proxy_pass http://127.0.0.1:{own}; }} }} }}"
    );
    let path = file(at, "nginx.conf", configuration);
    let _nginx =
        start(Command::new(nginx).arg("-e").arg("stderr").arg("-c").arg(path), front, &at.join("nginx.log"));
    let url = format!("http://127.0.0.1:{front}/scep");
    let seen = Seen::of(enrollcheck(&["run", "--scep", &url, "-f", "json"], at));
    assert_eq!(said(&seen, "answer"), "warn/plain-http", "{}", seen.summary("scep.answer", &url));
    assert_eq!(said(&seen, "capabilities"), "pass/ok");
    assert_eq!(said(&seen, "ca-certificate"), "pass/ok");
    assert_eq!(said(&seen, "ra-certificates"), "skip/not-applicable");
    assert_eq!(said(&seen, "long-request"), "pass/ok");
    // Somebody else's client reads the same authority from the same server.
    let read = Command::new(pki)
        .args(["--scepca", "--url", &url, "--caout", "ca.der", "--force"])
        .current_dir(at)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&read.stdout).into_owned() + &String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{told}");
    let mut der = Vec::new();
    std::fs::File::open(at.join("ca.der")).unwrap().read_to_end(&mut der).unwrap();
    let ours = facts::Certificate::parse(&der).unwrap();
    let shown = seen.finding("scep.ca-certificate", &url)["evidence"]["authorities"][0]["sha256"].clone();
    assert_eq!(shown, ours.sha256);
}
