//! Servers that stall, drip, never end or speak another protocol: a finding within the time-out, and no more.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use lab::{Answer, Lab, TENANT_ID, Trouble};
use support::{World, every_host};

const TENANT: &str = "[[tenant]]\ndomains = [\"contoso.com\"]\naccount_driven = true\n";
const CORE: &str = "manage.microsoft.com:443";
const APPLE: &str = "discovery.apple-account-driven";

fn world(trouble: Trouble) -> World {
    let mut hosts = every_host();
    hosts.push(("contoso.com".to_owned(), 443, "tls"));
    let mut lab = Lab::with(&["contoso.com"], &hosts);
    for host in ["manage.microsoft.com", "contoso.com"] {
        lab.hosts.change(host, 443, |m| m.fault = Some(trouble));
    }
    World::start(lab)
}

#[test]
fn every_trouble_of_a_connection_is_a_finding_within_the_bound() {
    for (trouble, core, apple) in [
        (Trouble::Silent, "fail/timed-out", "warn/unreachable"),
        (Trouble::Drips, "fail/timed-out", "warn/unreachable"),
        (Trouble::EndlessHeaders, "warn/server-error", "warn/unreachable"),
        (Trouble::NotHttp, "warn/server-error", "warn/unreachable"),
        (Trouble::EndlessBody, "pass/ok", "fail/invalid-document"),
        (Trouble::NotTls, "fail/tls-failed", "warn/unreachable"),
        (Trouble::Closed, "fail/reset", "warn/unreachable"),
    ] {
        let seen = world(trouble).run(TENANT, &["--timeout", "2s", "--only", "endpoint.*", "--only", APPLE]);
        assert_eq!(seen.said("endpoint.reachable", CORE), core, "{trouble:?}");
        assert_eq!(seen.said(APPLE, "contoso.com"), apple, "{trouble:?}");
        assert_eq!(seen.report["complete"], true, "{trouble:?}");
    }
}

#[test]
fn hostile_text_reaches_the_report_harmless() {
    let hosts =
        vec![("login.microsoftonline.com".to_owned(), 443, "tls"), ("contoso.com".to_owned(), 443, "tls")];
    let mut lab = Lab::with(&["contoso.com"], &hosts);
    lab.tenant("contoso.com", |known| {
        known.brand = r"Evil\u001b[2J\u202e<script>alert(1)</script>\r\nFAIL".into()
    });
    lab.hosts.change("contoso.com", 443, |m| {
        m.answer = Answer::json(
            200,
            &format!(
                r#"{{"Servers":[{{"Version":"mdm-byod","BaseURL":"https://evil\u001b]0;x\u0007.example/?aadTenantId={TENANT_ID}"}}]}}"#
            ),
        );
    });
    let world = World::start(lab);
    let file = world.lab.settings(TENANT).unwrap().display().to_string();
    let output =
        support::enrollcheck(&["run", "-c", &file, "--only", "discovery.*", "-v"], world.lab.folder());
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("Evil\\u{1b}[2J\\u{202e}"), "{shown}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && !shown.contains('\u{7}'));
}

#[test]
fn a_deadline_ends_the_run_with_what_is_known() {
    let world = world(Trouble::Silent);
    let seen = world
        .run(TENANT, &["--deadline", "1s", "--timeout", "30s", "--only", "endpoint.*", "--only", "dns.*"]);
    assert_eq!(seen.said("endpoint.reachable", CORE), "unknown/deadline");
    assert_eq!(seen.said("endpoint.reachable", "albert.apple.com:443"), "pass/ok");
    assert_eq!(seen.said("dns.enterprise-registration", "contoso.com"), "pass/ok");
    assert_eq!((seen.code, &seen.report["complete"]), (3, &serde_json::Value::Bool(false)));
}

#[test]
fn a_deadline_before_the_clouds_have_answered_still_names_every_case() {
    let mut hosts = every_host();
    hosts.push(("contoso.com".to_owned(), 443, "tls"));
    let mut lab = Lab::with(&["contoso.com"], &hosts);
    lab.hosts.change("login.microsoftonline.com", 443, |m| m.fault = Some(Trouble::Silent));
    let world = World::start(lab);
    let seen = world.run(TENANT, &["--deadline", "1s", "--timeout", "30s"]);
    assert_eq!(seen.said("endpoint.reachable", CORE), "unknown/deadline");
    assert_eq!(seen.said("network.tls-inspection", "network"), "unknown/deadline");
    assert_eq!(seen.said("dns.enterprise-registration", "contoso.com"), "unknown/deadline");
}

/// Memory stays bounded while servers send without end: the answer is read up to a bound and let go.
#[cfg(target_os = "linux")]
#[test]
fn bodies_without_end_do_not_fill_memory() {
    let mut hosts = every_host();
    hosts.push(("contoso.com".to_owned(), 443, "tls"));
    let mut lab = Lab::with(&["contoso.com"], &hosts);
    lab.hosts.change_all(|_, port| port == 443, |m| m.fault = Some(Trouble::EndlessBody));
    let world = World::start(lab);
    let file = world.lab.settings(TENANT).unwrap().display().to_string();
    let mut child =
        support::command(&["run", "-c", &file, "--timeout", "3s", "-f", "json"], world.lab.folder())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kb = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
        let kb: u64 = line.split_whitespace().next().unwrap_or("0").parse().unwrap_or(0);
        peak_kb = peak_kb.max(kb);
        std::thread::yield_now();
    }
    assert!(peak_kb > 0 && peak_kb < 100 * 1024, "{peak_kb} kB");
}
