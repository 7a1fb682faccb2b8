//! Everything through a forward proxy.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::sync::atomic::Ordering;

use checks::clouds::Cloud;
use checks::subject::Platform;
use lab::{Lab, Proxy, Signer};
use support::{Seen, World, every_host};

const TENANT: &str = "[[tenant]]\ndomains = [\"contoso.com\"]\n";
const CHECK: &str = "endpoint.reachable";
const CORE: &str = "manage.microsoft.com:443";
const ONLY: [&str; 4] = ["--skip", "dns.*", "--skip", "discovery.apple-account-driven"];
/// `svc:right` in base64.
const RIGHT: &str = "Basic c3ZjOnJpZ2h0";

fn world(proxy: Proxy, change: impl FnOnce(&mut Lab)) -> World {
    let mut lab = Lab::with(&["contoso.com"], &every_host());
    change(&mut lab);
    World::start(lab.behind(proxy))
}

fn about_proxy(seen: &Seen) -> String {
    let of_proxy = |f: &&serde_json::Value| f["check"] == "network.proxy";
    let subject = seen.findings().iter().find(of_proxy).unwrap()["subject"].as_str().unwrap().to_owned();
    seen.said("network.proxy", &subject)
}

#[test]
fn everything_is_reached_through_an_open_proxy() {
    let world = world(Proxy::default(), |_| {});
    let seen = world.run(TENANT, &ONLY);
    assert_eq!(seen.trouble(), Vec::<String>::new());
    assert_eq!(about_proxy(&seen), "pass/ok");
    let subject = format!("http://{}", world.lab.proxy.unwrap());
    assert_eq!(seen.said("network.proxy", &subject), "pass/ok", "the subject is the proxy's URL");
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "pass/ok");
}

#[test]
fn a_host_that_the_proxy_refuses_is_named_with_the_status() {
    let refuses = [(CORE.to_owned(), 403)].into();
    let seen = world(Proxy { refuses, ..Proxy::default() }, |_| {}).run(TENANT, &ONLY);
    assert_eq!(seen.said(CHECK, CORE), "fail/proxy-refused");
    assert!(seen.summary(CHECK, CORE).contains("403"));
    assert_eq!(about_proxy(&seen), "pass/ok");
}

#[test]
fn a_proxy_that_refuses_every_core_host() {
    let refuses = every_host().into_iter().map(|(host, port, _)| (format!("{host}:{port}"), 403)).collect();
    let seen = world(Proxy { refuses, ..Proxy::default() }, |_| {}).run(TENANT, &ONLY);
    assert_eq!(about_proxy(&seen), "fail/refused");
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "unknown/unreachable");
    assert!(seen.summary("discovery.tenant", "contoso.com").contains("403"));
}

#[test]
fn the_proxy_is_asked_for_the_sign_in_host_of_the_tenants_own_cloud() {
    let hosts = support::hosts_of(Cloud::UsGovernment, &[Platform::Windows]);
    let mut all = hosts.clone();
    // What opens the way to the worldwide cloud says nothing of the government's.
    all.push(("login.microsoftonline.com".into(), 443, "tls"));
    let refuses = hosts.into_iter().map(|(host, port, _)| (format!("{host}:{port}"), 403)).collect();
    let world = World::start(Lab::with(&["contoso.com"], &all).behind(Proxy { refuses, ..Proxy::default() }));
    let tenant = format!("{TENANT}cloud = \"us-government\"\nplatforms = [\"windows\"]\n");
    let seen = world.run(&tenant, &["--only", "endpoint.*", "--only", "network.*"]);
    assert_eq!(about_proxy(&seen), "fail/refused");
    // Nor is a refused connectivity test a captive portal.
    assert_eq!(seen.said(CHECK, "www.msftconnecttest.com:80"), "warn/optional-unreachable");
}

#[test]
fn a_proxy_that_wants_to_know_who_asks() {
    let proxy = Proxy { wants: Some(RIGHT.into()), ..Proxy::default() };
    let requests = proxy.requests.clone();
    let seen = world(proxy, |_| {}).run(TENANT, &ONLY);
    assert_eq!(about_proxy(&seen), "fail/authentication-required");
    assert_eq!(seen.said(CHECK, CORE), "unknown/proxy-authentication-required");
    assert_eq!(requests.load(Ordering::SeqCst), 1, "one knock is enough to know");
    let of_proxy = |f: &&serde_json::Value| f["check"] == "network.proxy";
    let finding = seen.findings().iter().find(of_proxy).unwrap();
    assert_eq!(finding["evidence"]["schemes"], serde_json::json!(["Negotiate", "Basic"]));
}

#[test]
fn credentials_come_from_a_secret_and_are_never_shown() {
    let proxy = Proxy { wants: Some(RIGHT.into()), ..Proxy::default() };
    let world = world(proxy, |_| {});
    support::file(world.lab.folder(), "proxy-password", "right\n");
    let network = "proxy_user = \"svc\"\nproxy_password = { file = \"proxy-password\" }";
    let seen = world.run_with(TENANT, network, "", &ONLY);
    assert_eq!(seen.trouble(), Vec::<String>::new());
    assert_eq!(about_proxy(&seen), "pass/ok");
    let all = format!("{}{}", seen.report, seen.stderr);
    for secret in ["right\"", "svc:", "c3ZjOnJpZ2h0"] {
        assert!(!all.contains(secret), "{secret} is in the output");
    }
}

#[test]
fn wrong_credentials_are_sent_once() {
    let proxy = Proxy { wants: Some(RIGHT.into()), ..Proxy::default() };
    let wrong = proxy.wrong.clone();
    let world = world(proxy, |_| {});
    support::file(world.lab.folder(), "proxy-password", "hunter2");
    let network = "proxy_user = \"svc\"\nproxy_password = { file = \"proxy-password\" }";
    let seen = world.run_with(TENANT, network, "", &ONLY);
    assert_eq!(wrong.load(Ordering::SeqCst), 1, "a wrong password over a hundred hosts locks an account");
    assert_eq!(about_proxy(&seen), "fail/authentication-required");
    assert!(!format!("{}{}", seen.report, seen.stderr).contains("hunter2"));
}

#[test]
fn a_route_leads_to_the_proxy_too() {
    let mut world = world(Proxy::default(), |_| {});
    let really = world.lab.proxy.take().unwrap();
    world.lab.routes.insert("proxy.contoso.com:3128".to_owned(), really);
    let seen = world.run_with(TENANT, "proxy = \"http://proxy.contoso.com:3128\"", "", &ONLY);
    assert_eq!(seen.trouble(), Vec::<String>::new());
    assert_eq!(seen.said("network.proxy", "http://proxy.contoso.com:3128"), "pass/ok");
}

#[test]
fn the_environments_proxy_is_used_unless_told_otherwise() {
    let mut world = world(Proxy::default(), |_| {});
    let proxy = format!("http://svc:hunter2@{}", world.lab.proxy.take().unwrap());
    let file = world.lab.settings(TENANT).unwrap().display().to_string();
    let run = |more: &[&str], no_proxy: &str| {
        let all: Vec<&str> = ["run", "-c", &file, "-f", "json", "--only", "network.proxy"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        let output = support::command(&all, world.lab.folder())
            .env("HTTPS_PROXY", &proxy)
            .env("NO_PROXY", no_proxy)
            .output()
            .unwrap();
        assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"));
        Seen::of(output)
    };
    assert_eq!(about_proxy(&run(&[], "")), "pass/ok");
    assert_eq!(about_proxy(&run(&["--no-proxy"], "")), "skip/not-applicable");
    assert_eq!(about_proxy(&run(&[], "*")), "skip/not-applicable");
}

#[test]
fn a_proxy_that_is_not_there() {
    let mut world = world(Proxy::default(), |_| {});
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    world.lab.proxy = Some(listener.local_addr().unwrap());
    drop(listener);
    let seen = world.run(TENANT, &ONLY);
    assert_eq!(about_proxy(&seen), "fail/unreachable");
    assert_eq!(seen.said(CHECK, CORE), "fail/proxy-unreachable");
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "unknown/unreachable");
}

#[test]
fn inspection_behind_a_proxy_is_seen() {
    let seen = world(Proxy::default(), |lab| {
        lab.hosts.change_all(|_, port| port == 443, |m| m.signer = Signer::Inspector);
    })
    .run(TENANT, &ONLY);
    assert_eq!(seen.said(CHECK, CORE), "fail/intercepted");
    assert_eq!(seen.said("network.tls-inspection", "network"), "fail/inspected");
}
