//! The hosts that devices need, as this network shows them. Mostly the Android hosts of 21Vianet's cloud: they are few.

use std::net::Ipv4Addr;
use std::time::Duration;

use checks::clouds::Cloud;
use checks::subject::Platform;
use jiff::{Timestamp, ToSpan};
use lab::{Answer, Dates, Fault, Lab, Manner, Record, Signer, Trouble};

use super::World;
use super::healthy::{in_cloud, tenant};
use crate::laboratory::Made;

/// Company Portal, without which nobody enrolls.
const CORE: &str = "portal.manage.microsoftonline.cn";
const REACH: &str = "endpoint.reachable";

fn of(cloud: Cloud, platform: Platform, change: impl FnOnce(&mut Lab), only: &[&str]) -> Made {
    let mut lab = in_cloud(cloud, &[platform], &["contoso.com"]);
    change(&mut lab);
    Made::of(lab, &tenant(cloud, &[platform]), only).network("timeout = \"1500ms\"")
}

fn few(change: impl FnOnce(&mut Lab), only: &[&str]) -> Made {
    of(Cloud::China, Platform::Android, change, only)
}

fn government(change: impl FnOnce(&mut Lab), only: &[&str]) -> Made {
    of(Cloud::UsGovernment, Platform::Windows, change, only)
}

fn apple(change: impl FnOnce(&mut Lab), only: &[&str]) -> Made {
    of(Cloud::Worldwide, Platform::Ios, change, only)
}

/// The core host behaves like that.
fn core(name: &'static str, shows: &'static str, change: fn(&mut Manner)) -> World {
    World::new(name, shows, move || {
        few(
            |lab| {
                lab.hosts.change(CORE, 443, change);
            },
            &[REACH],
        )
    })
}

fn everything(change: fn(&mut Manner)) -> impl FnOnce(&mut Lab) {
    move |lab| {
        lab.hosts.change_all(|_, _| true, change);
    }
}

/// The core host's name is looked up, and found like that.
fn named(name: &'static str, shows: &'static str, change: fn(&mut Lab)) -> World {
    World::new(name, shows, move || few(change, &[REACH]).route(&format!("{CORE}:443"), None))
}

/// All hosts tell a time that is so far from this machine's.
fn clock(name: &'static str, shows: &'static str, minutes: i64) -> World {
    World::new(name, shows, move || {
        let told = Timestamp::now() + minutes.minutes();
        let told = told.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let change = |lab: &mut Lab| {
            lab.hosts.change_all(
                |_, port| port == 443,
                |manner| manner.answer = Answer::ok("").header("Date", &told),
            );
        };
        few(change, &["network.clock"])
    })
}

pub fn worlds() -> Vec<World> {
    vec![
        core("firewall-refuses-a-core-host", "endpoint.reachable/refused", |manner| {
            manner.fault = Some(Trouble::Refused);
        }),
        core("firewall-drops-a-core-host", "endpoint.reachable/timed-out", |manner| {
            manner.fault = Some(Trouble::Silent);
        }),
        core("filter-cuts-connections-by-name", "endpoint.reachable/reset", |manner| {
            manner.fault = Some(Trouble::Closed);
        }),
        core("something-else-answers-on-port-443", "endpoint.reachable/tls-failed", |manner| {
            manner.fault = Some(Trouble::NotTls);
        }),
        core("core-host-shows-an-expired-certificate", "endpoint.reachable/expired", |manner| {
            manner.dates = Dates { from_days: -90, until_days: -2 };
        }),
        core("block-page-under-another-name", "endpoint.reachable/name-mismatch", |manner| {
            manner.name = Some("blocked.contoso.com".into());
        }),
        core("block-page-with-a-self-signed-certificate", "endpoint.reachable/untrusted", |manner| {
            manner.signer = Signer::Itself;
        }),
        core("one-host-with-a-root-nobody-knows", "endpoint.reachable/unknown-issuer", |manner| {
            manner.signer = Signer::Stranger;
        }),
        core("core-host-answers-with-errors", "endpoint.reachable/server-error", |manner| {
            manner.answer = Answer::status(503);
        }),
        World::new("one-feature-blocked", "endpoint.reachable/optional-unreachable", || {
            few(
                |lab| {
                    lab.hosts.change_all(
                        |host, _| host == "mooncake.ecs.office.com",
                        |manner| manner.fault = Some(Trouble::Refused),
                    );
                },
                &[REACH],
            )
        }),
        named("dns-filter-hides-a-core-host", "endpoint.reachable/name-not-found", |lab| {
            lab.names.remove(CORE);
        }),
        named("names-cannot-be-looked-up", "endpoint.reachable/name-lookup-failed", |lab| {
            lab.names.resolver(CORE, Fault::ServFail);
        }),
        named("no-route-to-the-internet", "endpoint.reachable/unroutable", |lab| {
            lab.names.set(CORE, Record::A(Ipv4Addr::BROADCAST));
        }),
        World::new("some-addresses-do-not-answer", "endpoint.reachable/partly-reachable", || {
            // Devices name the port, so that the laboratory has to listen on it.
            let change = |lab: &mut Lab| {
                let name = "courier.push.apple.com";
                lab.names.set(name, Record::A(Ipv4Addr::LOCALHOST));
                lab.names.add(name, Record::A(Ipv4Addr::new(127, 0, 0, 2)));
            };
            let made = apple(change, &[REACH]).whole();
            made.route("courier.push.apple.com:5223", None).listening(5223, "courier.push.apple.com:443")
        }),
        World::new("captive-portal", "endpoint.reachable/captive-portal", || {
            let portal = everything(|manner| {
                manner.answer = Answer::status(302).header("location", "http://portal.contoso.com/guests");
                manner.signer = Signer::Stranger;
                manner.name = Some("portal.contoso.com".into());
            });
            government(portal, &[REACH, "network.*"])
        }),
        World::new("inspected-by-a-gateway", "network.tls-inspection/inspected", || {
            apple(
                |lab| {
                    lab.hosts.change_all(|_, port| port == 443, |manner| manner.signer = Signer::Inspector);
                },
                &["network.*"],
            )
        }),
        World::new("gateway-inspects-the-core-hosts", "endpoint.reachable/intercepted", || {
            government(
                |lab| {
                    lab.hosts.change_all(
                        |host, _| host.ends_with("manage.microsoft.us"),
                        |manner| manner.signer = Signer::Inspector,
                    );
                },
                &[REACH, "network.*"],
            )
            .trust("enterprise_roots = [\"enterprise-root.pem\"]")
        }),
        World::new(
            "gateway-inspects-where-it-is-allowed",
            "network.tls-inspection/inspected-allowed",
            || {
                government(
                    |lab| {
                        lab.hosts.change_all(
                            |host, _| host == "login.microsoftonline.us" || host == "graph.microsoft.us",
                            |manner| manner.signer = Signer::Inspector,
                        );
                    },
                    &[REACH, "network.*"],
                )
                .trust("enterprise_roots = [\"enterprise-root.pem\"]")
            },
        ),
        World::new("cut-off-from-the-internet", "network.tls-inspection/nothing-reached", || {
            few(everything(|manner| manner.fault = Some(Trouble::Refused)), &[REACH, "network.*"])
        }),
        World::new("network-is-slow", "endpoint.reachable/slow", || {
            let mut made = few(|_| {}, &[REACH]);
            made.lab = made.lab.delayed(Duration::from_millis(250));
            made.settings.push_str("[thresholds]\nslow = \"200ms\"\n");
            made
        }),
        World::new("apple-push-port-blocked", "endpoint.reachable/fallback-only", || {
            let change = |lab: &mut Lab| {
                lab.hosts.change("courier.push.apple.com", 5223, |m| m.fault = Some(Trouble::Refused));
            };
            apple(change, &[REACH]).whole()
        }),
        clock("clock-off-by-a-day", "network.clock/badly-skewed", -24 * 60 - 7),
        clock("clock-off-by-ten-minutes", "network.clock/skewed", 10),
        World::new("nobody-tells-the-time", "network.clock/no-reference", || {
            let change = |lab: &mut Lab| {
                lab.hosts.change_all(
                    |_, port| port == 443,
                    |manner| manner.answer = Answer::ok("").header("Age", "900"),
                );
            };
            few(change, &["network.clock"])
        }),
    ]
}
