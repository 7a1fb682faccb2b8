//! Every host that devices need, in every state that a network can show it.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use lab::{Answer, Dates, Lab, Signer, Trouble};
use support::{Seen, World};

const CHECK: &str = "endpoint.reachable";
const INSPECTION: &str = "network.tls-inspection";
const TENANT: &str = "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n";
const CORE: &str = "manage.microsoft.com:443";
const FEATURE: &str = "remoteassistance.support.services.microsoft.com:443";

fn run(change: impl FnOnce(&mut Lab)) -> Seen {
    run_with("", &[], change)
}

fn run_with(network: &str, more: &[&str], change: impl FnOnce(&mut Lab)) -> Seen {
    let world = World::of_endpoints(change);
    let mut arguments = vec!["--only", "endpoint.*", "--only", "network.*"];
    arguments.extend(more);
    world.run_with(TENANT, network, "", &arguments)
}

fn split(subject: &str) -> (String, u16) {
    let (host, port) = subject.rsplit_once(':').unwrap();
    (host.to_owned(), port.parse().unwrap())
}

/// What is said of a core host and of a feature's host that both behave like that.
fn both(change: impl Fn(&mut lab::Manner)) -> (String, String, Seen) {
    let seen = run_with("timeout = \"1500ms\"", &[], |lab| {
        for subject in [CORE, FEATURE] {
            let (host, port) = split(subject);
            lab.hosts.change(&host, port, &change);
        }
    });
    (seen.said(CHECK, CORE), seen.said(CHECK, FEATURE), seen)
}

#[test]
fn a_healthy_network_has_no_red_line() {
    let seen = run(|_| {});
    assert_eq!(seen.trouble(), Vec::<String>::new());
    assert_eq!((seen.code, seen.report["verdict"].as_str()), (0, Some("ready")));
    assert_eq!(seen.said(INSPECTION, "network"), "pass/none");
    assert_eq!(seen.said("network.clock", "this-machine"), "pass/ok");
    assert_eq!(seen.said("network.proxy", "network"), "skip/not-applicable");
}

#[test]
fn what_is_not_probed_is_shown_and_never_passes() {
    let seen = run(|_| {});
    for subject in [
        "*.manage.microsoft.com:443",
        "time.windows.com:123",
        "gateway.push.apple.com:2195",
        "api.push.apple.com:443",
    ] {
        assert_eq!(seen.said(CHECK, subject), "skip/not-tested", "{subject}");
    }
    assert_eq!(seen.said(CHECK, "mtalk.google.com:443"), "skip/not-tested", "a fallback is left alone");
    assert!(seen.notes(CHECK, "*.manage.microsoft.com:443").contains("portal.manage.microsoft.com"));
}

#[test]
fn a_blocked_host_fails_only_where_enrollment_needs_it() {
    for (trouble, reason) in [
        (Trouble::Refused, "refused"),
        (Trouble::Silent, "timed-out"),
        (Trouble::Closed, "reset"),
        (Trouble::NotTls, "tls-failed"),
    ] {
        let (core, feature, seen) = both(|m| m.fault = Some(trouble));
        assert_eq!(core, format!("fail/{reason}"), "{trouble:?}");
        assert_eq!(feature, "warn/optional-unreachable", "{trouble:?}");
        assert_eq!(seen.finding(CHECK, FEATURE)["evidence"]["cause"], reason);
        assert!(seen.summary(CHECK, FEATURE).contains("Remote Help"));
        let remedy = seen.remedy(CHECK, CORE);
        assert!(remedy.contains("manage.microsoft.com"), "{remedy}");
        assert_eq!(seen.code, 1);
    }
}

#[test]
fn certificates_that_devices_refuse() {
    let (core, feature, _) = both(|m| m.name = Some("portal.example.net".into()));
    assert_eq!((core.as_str(), feature.as_str()), ("fail/name-mismatch", "warn/optional-unreachable"));
    let (core, _, _) = both(|m| m.dates = Dates { from_days: -90, until_days: -2 });
    assert_eq!(core, "fail/expired");
    let (core, _, _) = both(|m| m.dates = Dates { from_days: 2, until_days: 90 });
    assert_eq!(core, "fail/expired");
    let one = |signer| {
        run(|lab| {
            lab.hosts.change("manage.microsoft.com", 443, |m| m.signer = signer);
        })
    };
    assert_eq!(one(Signer::Itself).said(CHECK, CORE), "fail/untrusted");
    assert_eq!(one(Signer::PublicIncomplete).said(CHECK, CORE), "fail/untrusted");
    let stranger = one(Signer::Stranger);
    assert_eq!(stranger.said(CHECK, CORE), "warn/unknown-issuer", "one odd root is no inspector");
    assert_eq!(stranger.said(INSPECTION, "network"), "pass/none");
}

#[test]
fn one_unknown_root_over_unrelated_vendors_is_an_inspector() {
    let seen = run(|lab| {
        for host in ["manage.microsoft.com", "albert.apple.com", "login.microsoftonline.com"] {
            lab.hosts.change(host, 443, |m| m.signer = Signer::Inspector);
        }
    });
    assert_eq!(seen.said(CHECK, CORE), "fail/intercepted");
    assert_eq!(seen.said(CHECK, "albert.apple.com:443"), "fail/intercepted");
    assert_eq!(
        seen.said(CHECK, "login.microsoftonline.com:443"),
        "warn/unknown-issuer",
        "nothing forbids that one"
    );
    assert_eq!(seen.said(INSPECTION, "network"), "fail/inspected");
    let remedy = seen.remedy(INSPECTION, "network");
    assert!(remedy.ends_with(":\nalbert.apple.com:443\nmanage.microsoft.com:443"), "{remedy}");
    assert!(seen.summary(INSPECTION, "network").contains("Contoso Web Gateway Root"));
}

#[test]
fn an_enterprise_root_is_the_mark_of_inspection() {
    let inspected = |hosts: &'static [&'static str]| {
        let world = World::of_endpoints(|lab| {
            for host in hosts {
                lab.hosts.change(host, 443, |m| m.signer = Signer::Inspector);
            }
        });
        let root = format!("enterprise_roots = [{:?}]", world.lab.enterprise);
        world.run_with(TENANT, "", &root, &["--only", "endpoint.*", "--only", "network.*"])
    };
    let seen = inspected(&["manage.microsoft.com"]);
    assert_eq!(seen.said(CHECK, CORE), "fail/intercepted");
    assert_eq!(seen.said(INSPECTION, "network"), "fail/inspected");
    let seen = inspected(&["login.microsoftonline.com", "graph.microsoft.com"]);
    assert_eq!(seen.said(CHECK, "login.microsoftonline.com:443"), "pass/ok");
    assert!(seen.notes(CHECK, "login.microsoftonline.com:443").contains("re-signed"));
    assert_eq!(seen.said(INSPECTION, "network"), "warn/inspected-allowed");
    assert_eq!(seen.code, 0);
}

#[test]
fn inspection_of_features_alone_does_not_stop_enrollment() {
    let seen = run(|lab| {
        for host in ["gdmf.apple.com", "dl.google.com"] {
            lab.hosts.change(host, 443, |m| m.signer = Signer::Inspector);
        }
    });
    assert_eq!(seen.said(CHECK, "gdmf.apple.com:443"), "warn/optional-unreachable");
    assert_eq!(seen.said(INSPECTION, "network"), "warn/inspected");
    assert_eq!(seen.code, 0);
}

#[test]
fn a_blocked_push_port_falls_back() {
    let seen = run(|lab| {
        lab.hosts.change("courier.push.apple.com", 5223, |m| m.fault = Some(Trouble::Refused));
    });
    assert_eq!(seen.said(CHECK, "courier.push.apple.com:5223"), "warn/fallback-only");
    assert_eq!(seen.said(CHECK, "courier.push.apple.com:443"), "pass/ok");
    let seen = run(|lab| {
        lab.hosts.change("courier.push.apple.com", 5223, |m| m.fault = Some(Trouble::Refused));
        lab.hosts.change("courier.push.apple.com", 443, |m| m.fault = Some(Trouble::Refused));
    });
    assert_eq!(seen.said(CHECK, "courier.push.apple.com:5223"), "fail/refused");
    assert_eq!(seen.said(CHECK, "courier.push.apple.com:443"), "fail/refused");
}

#[test]
fn one_host_of_googles_push_service_is_enough() {
    let block = |lab: &mut Lab, port: u16| {
        lab.hosts
            .change_all(|host, p| host.contains("mtalk") && p == port, |m| m.fault = Some(Trouble::Refused));
    };
    let seen = run(|lab| {
        lab.hosts.change("mtalk.google.com", 5228, |m| m.fault = Some(Trouble::Refused));
    });
    assert_eq!(seen.said(CHECK, "mtalk.google.com:5228"), "warn/optional-unreachable");
    assert_eq!(seen.said(CHECK, "mtalk.google.com:443"), "pass/ok", "its fallback is tried now");
    let seen = run(|lab| block(lab, 5228));
    assert_eq!(seen.said(CHECK, "mtalk.google.com:5228"), "warn/fallback-only");
    assert_eq!(seen.code, 0);
    let seen = run(|lab| {
        block(lab, 5228);
        block(lab, 443);
    });
    assert_eq!(seen.said(CHECK, "mtalk.google.com:5228"), "fail/refused");
    assert_eq!(seen.said(CHECK, "alt3-mtalk.google.com:443"), "fail/refused");
    assert_eq!(seen.code, 1);
}

#[test]
fn captive_portals_show_themselves() {
    let portal = |answer: Answer| {
        let seen = run(|lab| {
            lab.hosts.change("captive.apple.com", 80, |m| m.answer = answer.clone());
        });
        seen.said(CHECK, "captive.apple.com:80")
    };
    assert_eq!(
        portal(Answer::status(302).header("location", "http://portal.hotel.example/")),
        "fail/captive-portal"
    );
    assert_eq!(portal(Answer::ok("<h1>Welcome, please sign in</h1>")), "fail/captive-portal");
    assert_eq!(portal(Answer::ok("<TITLE>Success</TITLE>")), "pass/ok");
    let seen = run(|lab| {
        lab.hosts.change("manage.microsoft.com", 443, |m| m.answer = Answer::status(511));
        lab.hosts.change("connectivitycheck.gstatic.com", 80, |m| m.answer = Answer::ok("hello"));
    });
    assert_eq!(seen.said(CHECK, CORE), "fail/captive-portal");
    assert_eq!(seen.said(CHECK, "connectivitycheck.gstatic.com:80"), "fail/captive-portal");
}

#[test]
fn answers_that_are_no_fault_of_the_network() {
    for status in [301, 401, 403, 404] {
        let (core, feature, _) = both(|m| m.answer = Answer::status(status));
        assert_eq!((core.as_str(), feature.as_str()), ("pass/ok", "pass/ok"), "{status}");
    }
    let (core, feature, seen) = both(|m| m.answer = Answer::status(503));
    assert_eq!((core.as_str(), feature.as_str()), ("warn/server-error", "warn/server-error"));
    assert!(seen.summary(CHECK, CORE).contains("503"));
}

#[test]
fn names_that_do_not_exist_and_names_that_cannot_be_looked_up() {
    let world = World::of_endpoints(|lab| {
        lab.names.resolver("manage.microsoft.com", lab::Fault::ServFail);
    });
    // Without their routes these hosts are looked up.
    let mut without = world;
    for subject in [CORE, FEATURE, "albert.apple.com:443", "graph.windows.net:443"] {
        without.lab.routes.remove(subject);
    }
    let seen = without.run(TENANT, &["--only", "endpoint.*", "--timeout", "1s"]);
    assert_eq!(seen.said(CHECK, CORE), "unknown/name-lookup-failed");
    assert_eq!(seen.said(CHECK, "albert.apple.com:443"), "fail/name-not-found");
    assert_eq!(seen.said(CHECK, FEATURE), "warn/optional-unreachable");
    assert_eq!(seen.said(CHECK, "graph.windows.net:443"), "skip/retired");
}

#[test]
fn a_slow_host_is_named_with_its_phase() {
    let world = World::start(
        Lab::with(&["contoso.com"], &support::every_host()).delayed(std::time::Duration::from_millis(60)),
    );
    let thresholds = format!("{TENANT}[thresholds]\nslow = \"50ms\"\n");
    let seen = world.run(&thresholds, &["--only", "endpoint.*"]);
    assert_eq!(seen.said(CHECK, CORE), "warn/slow");
}

#[test]
fn only_the_tenants_platforms_count() {
    let world = World::of_endpoints(|_| {});
    let seen = world.run(&format!("{TENANT}platforms = [\"windows\"]\n"), &["--only", "endpoint.*"]);
    let subjects: Vec<&str> = seen.findings().iter().filter_map(|f| f["subject"].as_str()).collect();
    assert!(subjects.contains(&"enrollment.manage.microsoft.com:443"));
    assert!(!subjects.contains(&"albert.apple.com:443") && !subjects.contains(&"play.google.com:443"));
}

#[test]
fn several_tenants_share_one_finding_per_host() {
    let world = World::of_endpoints(|lab| {
        lab.hosts.change("albert.apple.com", 443, |m| m.fault = Some(Trouble::Refused));
    });
    let tenants = "[[tenant]]\nname = \"apples\"\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\nplatforms = [\"ios\"]\n\
                   [[tenant]]\nname = \"windows\"\ndomains = [\"fabrikam.com\"]\ncloud = \"worldwide\"\nplatforms = [\"windows\"]\n";
    let seen = world.run(tenants, &["--only", "endpoint.*", "--only", "network.*"]);
    assert_eq!(seen.finding(CHECK, "albert.apple.com:443")["tenant"], "*");
    assert_eq!(seen.report["tenants"][0]["verdict"], "not-ready");
    assert_eq!(
        seen.report["tenants"][1]["verdict"], "ready",
        "what only the other needs does not count here"
    );
}

#[test]
fn the_clock_is_compared_with_what_hosts_say() {
    let skewed = |offset: &str| {
        let seen = run(|lab| {
            lab.hosts.change_all(
                |_, port| port == 443,
                |m| {
                    m.answer = Answer::ok("").header("Date", offset);
                },
            );
        });
        seen.said("network.clock", "this-machine")
    };
    assert_eq!(skewed("Mon, 01 Jan 2024 00:00:00 GMT"), "fail/badly-skewed");
    assert_eq!(skewed("not a date"), "unknown/no-reference");
    let seen = run(|lab| {
        lab.hosts.change_all(|_, port| port == 443, |m| m.answer = Answer::ok("").header("Age", "900"));
    });
    assert_eq!(seen.said("network.clock", "this-machine"), "unknown/no-reference", "a cache may have told");
}
