//! The two records of a domain, in every state that a name server can show them.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use lab::{Fault, Record};
use support::World;

const ENROLLMENT: &str = "dns.enterprise-enrollment";
const REGISTRATION: &str = "dns.enterprise-registration";
const TENANT: &str = "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n";
const ALIAS: &str = "enterpriseenrollment.contoso.com";
const RIGHT: &str = "enterpriseenrollment-s.manage.microsoft.com";

fn said(change: impl FnOnce(&mut lab::Names)) -> (String, support::Seen) {
    said_with(TENANT, "", change)
}

fn said_with(tenant: &str, network: &str, change: impl FnOnce(&mut lab::Names)) -> (String, support::Seen) {
    let world = World::of_names(&["contoso.com"], change);
    let seen = world.run_with(tenant, network, "", &["--only", "dns.*"]);
    (seen.said(ENROLLMENT, "contoso.com"), seen)
}

fn cname(target: &str) -> Record {
    Record::Cname(target.to_owned())
}

#[test]
fn right_records_pass() {
    let (said, seen) = said(|_| {});
    assert_eq!(said, "pass/ok");
    assert_eq!(seen.said(REGISTRATION, "contoso.com"), "pass/ok");
    assert_eq!((seen.code, seen.report["verdict"].as_str()), (0, Some("ready")));
    let evidence = &seen.finding(ENROLLMENT, "contoso.com")["evidence"];
    assert_eq!(evidence["name"], "enterpriseenrollment.contoso.com.");
    assert_eq!(evidence["cname"][0], format!("{RIGHT}."));
    assert_eq!(evidence["ttl_s"], 3600);
}

#[test]
fn a_wrong_target_fails_with_the_record_to_paste() {
    let (said, seen) = said(|names| {
        names.set(ALIAS, cname("mdm.example.net")).set("mdm.example.net", Record::A([192, 0, 2, 7].into()));
    });
    assert_eq!((said.as_str(), seen.code), ("fail/wrong-target", 1));
    assert_eq!(
        seen.summary(ENROLLMENT, "contoso.com"),
        format!("EnterpriseEnrollment.contoso.com points to mdm.example.net, not to {RIGHT}.")
    );
    let remedy = seen.remedy(ENROLLMENT, "contoso.com");
    assert!(remedy.starts_with(&format!(
        "In the DNS zone contoso.com, replace the record with: EnterpriseEnrollment 3600 IN CNAME {RIGHT}.\n"
    )));
    assert!(remedy.contains("az network dns record-set cname set-record"), "{remedy}");
}

#[test]
fn another_mdm_is_named() {
    let (said, seen) = said(|names| {
        names
            .set(ALIAS, cname("discovery.awmdm.com"))
            .set("discovery.awmdm.com", Record::A([192, 0, 2, 7].into()));
    });
    assert_eq!(said, "fail/wrong-target");
    assert!(seen.notes(ENROLLMENT, "contoso.com").contains("Workspace ONE"));
    assert!(seen.notes(ENROLLMENT, "contoso.com").contains("only when you cut over"));
}

#[test]
fn a_missing_record_counts_as_the_settings_say() {
    let missing = |names: &mut lab::Names| {
        names.remove(ALIAS);
    };
    assert_eq!(said(missing).0, "warn/missing");
    assert_eq!(said_with(&format!("{TENANT}automatic_enrollment = false\n"), "", missing).0, "fail/missing");
    assert_eq!(
        said_with(&format!("{TENANT}automatic_enrollment = true\n"), "", missing).0,
        "skip/not-needed"
    );
    assert_eq!(said_with(&format!("{TENANT}platforms = [\"ios\"]\n"), "", missing).0, "skip/not-needed");
    let (_, seen) = said(missing);
    assert!(
        seen.remedy(ENROLLMENT, "contoso.com").contains("add the record: EnterpriseEnrollment 3600 IN CNAME")
    );
}

#[test]
fn a_sub_domain_has_a_record_of_its_own() {
    let world = World::of_names(&["contoso.com"], |_| {});
    let tenant = TENANT.replace("\"contoso.com\"", "\"contoso.com\", \"us.contoso.com\"");
    let seen = world.run(&tenant, &["--only", "dns.*"]);
    assert_eq!(seen.said(REGISTRATION, "us.contoso.com"), "warn/missing");
    let remedy = seen.remedy(REGISTRATION, "us.contoso.com");
    assert!(
        remedy.contains("In the DNS zone contoso.com, add the record: EnterpriseRegistration.us 3600"),
        "{remedy}"
    );
}

#[test]
fn an_older_target_warns() {
    let older = "enterpriseenrollment.manage.microsoft.com";
    let (said, _) = said(|names| {
        names.set(ALIAS, cname(older)).set(older, Record::A([192, 0, 2, 7].into()));
    });
    assert_eq!(said, "warn/legacy-target");
}

#[test]
fn a_forgotten_dot_is_recognised() {
    let (said, _) = said(|names| {
        names.set(ALIAS, cname(&format!("{RIGHT}.contoso.com")));
    });
    assert_eq!(said, "fail/relative-target");
}

#[test]
fn the_cloud_of_the_tenant_decides() {
    let government = "enterpriseenrollment-s.manage.microsoft.us";
    let points_there = |names: &mut lab::Names| {
        names.set(ALIAS, cname(government)).set(government, Record::A([192, 0, 2, 7].into()));
    };
    assert_eq!(said(points_there).0, "fail/wrong-cloud");
    let tenant = TENANT.replace("worldwide", "us-government");
    assert_eq!(said_with(&tenant, "", points_there).0, "pass/ok");
    let (_, seen) = said_with(&TENANT.replace("worldwide", "china"), "", |_| {});
    assert_eq!(seen.said(REGISTRATION, "contoso.com"), "pass/ok");
    assert!(seen.notes(REGISTRATION, "contoso.com").contains("No document names the target"));
}

#[test]
fn addresses_instead_of_an_alias() {
    let address = |names: &mut lab::Names| {
        names.set(ALIAS, Record::A([192, 0, 2, 7].into()));
    };
    assert_eq!(said(address).0, "fail/not-a-cname");
    let (flat, _) = said(|names| {
        names.set(ALIAS, Record::A([127, 0, 0, 10].into()));
    });
    assert_eq!(flat, "warn/flattened");
}

#[test]
fn an_alias_by_way_of_another_is_right() {
    let (said, seen) = said(|names| {
        names.set(ALIAS, cname("mdm.contoso.com")).set("mdm.contoso.com", cname(RIGHT));
    });
    assert_eq!(said, "pass/ok");
    assert!(seen.notes(ENROLLMENT, "contoso.com").contains("by way of mdm.contoso.com"));
}

#[test]
fn loops_are_seen() {
    let (said, _) = said(|names| {
        names.set(ALIAS, cname("a.contoso.com")).set("a.contoso.com", cname(ALIAS));
    });
    assert_eq!(said, "fail/loop");
}

#[test]
fn several_records_at_one_name() {
    let (two, _) = said(|names| {
        names.set(ALIAS, cname(RIGHT)).add(ALIAS, cname("mdm.example.net"));
    });
    assert_eq!(two, "fail/several-records");
    let (beside, _) = said(|names| {
        names.set(ALIAS, cname(RIGHT)).add(ALIAS, Record::A([192, 0, 2, 7].into()));
    });
    assert_eq!(beside, "fail/several-records");
}

#[test]
fn a_right_target_without_an_address_is_the_resolvers_fault() {
    let (said, seen) = said(|names| {
        names.remove(RIGHT);
    });
    assert_eq!(said, "fail/dangling");
    assert!(seen.remedy(ENROLLMENT, "contoso.com").starts_with("The record is right."));
}

#[test]
fn a_domain_that_does_not_exist_is_not_a_missing_record() {
    let world = World::of_names(&["contoso.com"], |_| {});
    let seen = world.run(&TENANT.replace("contoso.com", "no-such-name.com"), &["--only", "dns.*"]);
    assert_eq!(seen.said(ENROLLMENT, "no-such-name.com"), "fail/domain-not-found");
}

#[test]
fn a_stale_cache_is_propagation_with_a_time() {
    let (said, seen) = said(|names| {
        names.resolver(ALIAS, Fault::Cached("mdm.example.net".into(), 600));
    });
    assert_eq!(said, "warn/propagating");
    assert!(seen.remedy(ENROLLMENT, "contoso.com").contains("UTC, when the cached record expires"));
    let (absent, seen) = said_with(TENANT, "", |names| {
        names.resolver(ALIAS, Fault::CachedAbsence(300));
    });
    assert_eq!(absent, "warn/propagating");
    assert!(seen.finding(ENROLLMENT, "contoso.com")["evidence"]["right_by"].is_string());
}

#[test]
fn an_internal_zone_will_never_propagate() {
    let (said, seen) = said(|names| {
        names.resolver(ALIAS, Fault::InternalZone);
    });
    assert_eq!(said, "fail/split-horizon");
    assert!(seen.remedy(ENROLLMENT, "contoso.com").contains("internal servers"));
}

#[test]
fn servers_of_one_zone_that_disagree() {
    let (said, seen) = said(|names| {
        names.differing("ns2.contoso.com", ALIAS, vec![cname("mdm.example.net")]);
    });
    assert_eq!(said, "fail/inconsistent");
    let summary = seen.summary(ENROLLMENT, "contoso.com");
    assert!(summary.contains("ns1.contoso.com") && summary.contains("ns2.contoso.com"), "{summary}");
}

#[test]
fn a_zones_own_server_that_fails_is_a_note_at_most() {
    for fault in [Fault::Refused, Fault::ServFail, Fault::Garbage] {
        let (said, _) = said_with(TENANT, "timeout = \"1s\"", |names| {
            names.server_fault("ns2.contoso.com", ALIAS, fault);
        });
        assert_eq!(said, "pass/ok");
    }
}

#[test]
fn answers_without_authority_are_not_the_zones() {
    let (said, seen) = said(|names| {
        names.intercepted().differing("ns1.contoso.com", ALIAS, vec![cname("mdm.example.net")]);
    });
    assert_eq!(said, "pass/ok");
    assert!(seen.notes(ENROLLMENT, "contoso.com").contains("without authority"));
}

#[test]
fn dnssec_that_does_not_verify_is_told_from_a_broken_server() {
    let (bogus, _) = said(|names| {
        names.resolver(ALIAS, Fault::Bogus);
    });
    assert_eq!(bogus, "fail/dnssec-bogus");
    let (broken, seen) = said_with(TENANT, "", |names| {
        names.resolver(ALIAS, Fault::ServFail);
    });
    assert_eq!((broken.as_str(), seen.code), ("unknown/lookup-failed", 3));
}

#[test]
fn a_failure_that_passes_is_no_finding() {
    let (said, seen) = said(|names| {
        names.resolver(ALIAS, Fault::ServFailOnce);
    });
    assert_eq!(said, "pass/ok");
    let asked = seen.finding(ENROLLMENT, "contoso.com")["evidence"]["asked"].to_string();
    assert!(asked.contains("again"), "{asked}");
}

#[test]
fn what_cannot_be_looked_up_is_unknown_never_missing() {
    for fault in [Fault::Refused, Fault::Silent, Fault::Garbage] {
        let (said, seen) = said_with(TENANT, "timeout = \"1s\"\nauthoritative = false", |names| {
            names.resolver(ALIAS, fault.clone());
        });
        assert_eq!((said.as_str(), seen.code), ("unknown/lookup-failed", 3), "{fault:?}");
    }
}

#[test]
fn a_cut_answer_is_asked_for_again_over_tcp() {
    let (said, seen) = said(|names| {
        names.resolver(ALIAS, Fault::Truncated);
    });
    assert_eq!(said, "pass/ok");
    let asked = seen.finding(ENROLLMENT, "contoso.com")["evidence"]["asked"].to_string();
    assert!(asked.contains("\"over\":\"tcp\""), "{asked}");
}

#[test]
fn a_long_ttl_is_a_note() {
    let (said, seen) = said(|names| {
        names.set_ttl(ALIAS, cname(RIGHT), 86_400);
    });
    assert_eq!(said, "pass/ok");
    assert!(seen.notes(ENROLLMENT, "contoso.com").contains("86400"));
}

#[test]
fn domains_of_the_provider_are_left_alone() {
    let world = World::of_names(&["contoso.com"], |_| {});
    let seen = world.run(&TENANT.replace("contoso.com", "contoso.onmicrosoft.com"), &["--only", "dns.*"]);
    assert_eq!(seen.said(ENROLLMENT, "contoso.onmicrosoft.com"), "skip/provider-managed");
}

#[test]
fn an_international_domain_is_taken_in_either_spelling() {
    let world = World::of_names(&["xn--bcher-kva.example"], |_| {});
    let seen = world.run(&TENANT.replace("contoso.com", "Bücher.Example."), &["--only", "dns.*"]);
    assert_eq!(seen.said(ENROLLMENT, "xn--bcher-kva.example"), "pass/ok");
}

#[test]
fn names_are_compared_without_case_and_final_dot() {
    let (said, _) = said(|names| {
        names.set(ALIAS, cname("EnterpriseEnrollment-S.MANAGE.microsoft.COM."));
    });
    assert_eq!(said, "pass/ok");
}

#[test]
fn registration_on_the_domains_own_federation_service_warns() {
    let world = World::of_names(&["contoso.com"], |names| {
        names.set("enterpriseregistration.contoso.com", cname("sts.contoso.com"));
        names.set("sts.contoso.com", Record::A([192, 0, 2, 9].into()));
    });
    let tenant = format!("{TENANT}[tenant.adfs]\nurl = \"https://sts.contoso.com\"\n");
    assert_eq!(
        world.run(&tenant, &["--only", "dns.*"]).said(REGISTRATION, "contoso.com"),
        "warn/on-premises"
    );
}

#[test]
fn two_resolvers_are_compared() {
    // The second resolver is the laboratory's own zone server: it answers, with authority, what the zone holds.
    let world = World::of_names(&["contoso.com"], |names| {
        names.resolver(ALIAS, Fault::Silent);
    });
    let second = world.lab.routes["ns1.contoso.com:53"].to_string();
    let first = world.lab.resolver.to_string();
    let seen = world
        .run(TENANT, &["--only", ENROLLMENT, "--timeout", "1s", "--resolver", &first, "--resolver", &second]);
    assert_eq!(seen.said(ENROLLMENT, "contoso.com"), "pass/ok");
    let found = seen.finding(ENROLLMENT, "contoso.com")["found"].to_string();
    assert!(found.contains("timed out"), "the silent one is shown: {found}");
}
