//! What the clouds and the domain's own web server say.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use lab::{Answer, Lab, Signer, TENANT_ID, Trouble};
use support::World;

const TENANT: &str = "[[tenant]]\ndomains = [\"contoso.com\"]\n";
const ONLY: [&str; 2] = ["--only", "discovery.*"];

/// The hosts that discovery talks to.
fn lab(change: impl FnOnce(&mut Lab)) -> World {
    let hosts: Vec<(String, u16, &str)> = [
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "enterpriseregistration.windows.net",
        "enterpriseregistration.microsoftonline.us",
        "contoso.com",
    ]
    .map(|host| (host.to_owned(), 443, "tls"))
    .into();
    let mut lab = Lab::with(&["contoso.com"], &hosts);
    change(&mut lab);
    World::start(lab)
}

#[test]
fn a_managed_domain_passes_and_its_tenant_is_shown() {
    let seen = lab(|_| {}).run(TENANT, &ONLY);
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "pass/ok");
    assert_eq!(seen.said("discovery.realm", "contoso.com"), "pass/managed");
    assert_eq!(seen.said("discovery.company-name", "contoso.com"), "pass/ok");
    assert_eq!(seen.said("discovery.device-registration", "contoso.com"), "pass/ok");
    assert_eq!(seen.said("discovery.apple-account-driven", "contoso.com"), "skip/not-applicable");
    let evidence = &seen.finding("discovery.tenant", "contoso.com")["evidence"];
    assert_eq!((evidence["tenant_id"].as_str(), evidence["region"].as_str()), (Some(TENANT_ID), Some("EU")));
    assert_eq!(seen.code, 0);
}

#[test]
fn each_question_is_put_once() {
    let seen = lab(|_| {}).run(TENANT, &ONLY);
    let mut asked: Vec<String> = Vec::new();
    for finding in seen.findings() {
        for one in finding["evidence"]["asked"].as_array().into_iter().flatten() {
            asked.push(one["question"].as_str().unwrap().to_owned());
        }
    }
    let realms = asked.iter().filter(|q| q.contains("getuserrealm")).count();
    assert_eq!(realms, 2, "two checks lean on one answer: {asked:?}");
}

#[test]
fn a_federated_domain_names_its_service() {
    let world = lab(|lab| {
        lab.tenant("contoso.com", |known| {
            known.kind = "Federated";
            known.sign_in = Some("https://sts.contoso.com/adfs/ls/?username=x".into());
        });
    });
    let seen = world.run(TENANT, &ONLY);
    assert_eq!(seen.said("discovery.realm", "contoso.com"), "pass/federated");
    assert_eq!(
        seen.finding("discovery.realm", "contoso.com")["evidence"]["federation_host"],
        "sts.contoso.com"
    );
    assert_eq!(seen.said("discovery.company-name", "contoso.com"), "skip/not-published");
}

#[test]
fn a_domain_that_no_cloud_knows() {
    let world = lab(|lab| {
        lab.forget_tenant("contoso.com");
    });
    let seen = world.run(TENANT, &ONLY);
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "fail/not-a-tenant");
    assert_eq!(seen.said("discovery.realm", "contoso.com"), "fail/unverified-domain");
    assert_eq!(seen.said("discovery.device-registration", "contoso.com"), "warn/refused");
    assert_eq!(seen.code, 1);
}

#[test]
fn the_cloud_of_the_settings_is_compared() {
    let government = |lab: &mut Lab| {
        lab.tenant("contoso.com", |known| known.cloud = "microsoftonline.us");
    };
    let configured = format!("{TENANT}cloud = \"worldwide\"\n");
    let seen = lab(government).run(&configured, &ONLY);
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "fail/wrong-cloud");
    assert!(seen.remedy("discovery.tenant", "contoso.com").contains("cloud = \"us-government\""));
    let seen = lab(government).run(TENANT, &ONLY);
    assert_eq!(
        seen.said("discovery.tenant", "contoso.com"),
        "pass/ok",
        "a cloud that is discovered is right"
    );
}

#[test]
fn domains_of_one_configured_tenant_belong_together() {
    let world = lab(|lab| {
        lab.tenant("fabrikam.com", |known| known.id = "00000000-1111-2222-3333-444444444444".into());
    });
    let both = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\", \"fabrikam.com\"]\n";
    let seen = world.run(both, &ONLY);
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "pass/ok");
    assert_eq!(seen.said("discovery.tenant", "fabrikam.com"), "fail/different-tenant");
    let seen = world.run("", &["--only", "discovery.tenant", "contoso.com", "fabrikam.com"]);
    assert_eq!(seen.said("discovery.tenant", "fabrikam.com"), "pass/ok", "a command line claims nothing");
}

#[test]
fn answers_that_are_not_the_clouds_are_unknown() {
    for change in [
        (|lab: &mut Lab| {
            lab.hosts.change("login.microsoftonline.com", 443, |m| m.signer = Signer::Stranger);
        }) as fn(&mut Lab),
        |lab| {
            lab.hosts.change("login.microsoftonline.com", 443, |m| m.signer = Signer::Itself);
        },
        |lab| {
            lab.hosts
                .change("login.microsoftonline.com", 443, |m| m.name = Some("portal.example.net".into()));
        },
    ] {
        let seen = lab(change).run(TENANT, &ONLY);
        assert_eq!(seen.said("discovery.tenant", "contoso.com"), "unknown/unexpected-answer");
        assert_eq!(seen.said("discovery.realm", "contoso.com"), "unknown/unexpected-answer");
        assert_eq!(seen.said("discovery.company-name", "contoso.com"), "unknown/unreachable");
    }
}

#[test]
fn an_inspecting_proxy_of_the_organisation_may_carry_the_answer() {
    let world = lab(|lab| {
        lab.hosts.change("login.microsoftonline.com", 443, |m| m.signer = Signer::Inspector);
    });
    let root = format!("enterprise_roots = [{:?}]", world.lab.enterprise);
    let seen = world.run_with(TENANT, "", &root, &ONLY);
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "pass/ok");
}

#[test]
fn a_cloud_out_of_reach_is_unknown() {
    let world = lab(|lab| {
        for host in
            ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"]
        {
            lab.hosts.change(host, 443, |m| m.fault = Some(Trouble::Refused));
        }
        lab.hosts.change("enterpriseregistration.windows.net", 443, |m| m.fault = Some(Trouble::NotTls));
    });
    let seen = world.run(TENANT, &ONLY);
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "unknown/unreachable");
    assert_eq!(seen.said("discovery.realm", "contoso.com"), "unknown/unreachable");
    assert_eq!(seen.said("discovery.device-registration", "contoso.com"), "unknown/unreachable");
    assert_eq!(seen.code, 3);
}

#[test]
fn a_company_name_with_special_characters_warns() {
    let world = lab(|lab| {
        lab.tenant("contoso.com", |known| known.brand = "Contoso & Söhne <GmbH>".into());
    });
    let seen = world.run(TENANT, &ONLY);
    assert_eq!(seen.said("discovery.company-name", "contoso.com"), "warn/special-characters");
    assert!(seen.summary("discovery.company-name", "contoso.com").contains("'&', '<' and '>'"));
}

// ---------------------------------------------------------------- Apple's discovery document

const APPLE: &str = "discovery.apple-account-driven";
const ACCOUNT_DRIVEN: &str = "[[tenant]]\ndomains = [\"contoso.com\"]\naccount_driven = true\n";

fn apple(change: impl FnOnce(&mut lab::Manner)) -> (String, support::Seen) {
    let world = lab(|lab| {
        lab.hosts.change("contoso.com", 443, change);
    });
    let seen = world.run(ACCOUNT_DRIVEN, &["--only", APPLE]);
    (seen.said(APPLE, "contoso.com"), seen)
}

fn document(host: &str, tenant: &str) -> String {
    format!(
        r#"{{"Servers":[{{"Version":"mdm-byod","BaseURL":"https://{host}/EnrollmentServer/PostReportDeviceInfoForUEV2?aadTenantId={tenant}"}}]}}"#
    )
}

#[test]
fn the_document_leads_to_the_tenant() {
    let right = document("manage.microsoft.com", TENANT_ID);
    let (said, seen) = apple(|m| m.answer = Answer::json(200, &right));
    assert_eq!(said, "pass/ok");
    assert!(seen.finding(APPLE, "contoso.com")["expires_at"].is_string(), "the certificate's end is shown");
    let (upper, _) =
        apple(|m| m.answer = Answer::json(200, &document("manage.microsoft.com", &TENANT_ID.to_uppercase())));
    assert_eq!(upper, "pass/ok");
}

#[test]
fn each_fault_of_the_document_has_its_reason() {
    let other = "00000000-1111-2222-3333-444444444444";
    let cases: [(Answer, &str); 11] = [
        (Answer::json(200, &document("manage.microsoft.com", other)), "fail/wrong-tenant"),
        (Answer::json(200, &document("mdm.example.net", TENANT_ID)), "fail/wrong-server"),
        (Answer::json(200, &document("manage.microsoft.com.example.net", TENANT_ID)), "fail/wrong-server"),
        (
            Answer::json(
                200,
                r#"{"Servers":[{"Version":"mdm-adde","BaseURL":"https://manage.microsoft.com"}]}"#,
            ),
            "fail/no-byod-server",
        ),
        (Answer::json(200, r#"{"Servers":[]}"#), "fail/no-byod-server"),
        (Answer::json(200, "{"), "fail/invalid-document"),
        (Answer::json(200, r#"{"servers":[]}"#), "fail/invalid-document"),
        (Answer::ok(&document("manage.microsoft.com", TENANT_ID)), "fail/wrong-content-type"),
        (Answer::status(404), "warn/missing"),
        (Answer::status(500), "warn/unreachable"),
        (Answer::status(302).header("location", "https://contoso.com/elsewhere"), "warn/unreachable"),
    ];
    for (answer, wanted) in cases {
        let (said, _) = apple(|m| m.answer = answer.clone());
        assert_eq!(said, wanted, "{answer:?}");
    }
}

#[test]
fn what_to_publish_carries_the_tenants_own_id() {
    let (_, seen) = apple(|m| m.answer = Answer::status(404));
    let remedy = seen.remedy(APPLE, "contoso.com");
    assert!(remedy.contains(&document("manage.microsoft.com", TENANT_ID)), "{remedy}");
}

#[test]
fn the_device_trusts_apples_roots_alone() {
    for signer in [Signer::Stranger, Signer::Itself, Signer::PublicIncomplete] {
        let (said, _) = apple(|m| m.signer = signer);
        assert_eq!(said, "fail/tls-not-trusted", "{signer:?}");
    }
    let (said, _) = apple(|m| m.dates.until_days = -1);
    assert_eq!(said, "fail/tls-not-trusted");
    let (said, _) = apple(|m| m.name = Some("www.contoso.com".into()));
    assert_eq!(said, "fail/tls-not-trusted");
}

#[test]
fn a_redirect_to_the_right_document_warns() {
    let world = lab(|lab| {
        lab.hosts.change("contoso.com", 443, |m| {
            m.answer = Answer::status(301).header("location", "https://www.contoso.com/mdm");
        });
        lab.hosts.change("www.contoso.com", 443, |m| {
            m.answer = Answer::json(200, &document("manage.microsoft.com", TENANT_ID));
        });
    });
    assert_eq!(world.run(ACCOUNT_DRIVEN, &["--only", APPLE]).said(APPLE, "contoso.com"), "warn/redirected");
}

#[test]
fn a_throttled_cloud_is_left_alone_and_unknown() {
    let world = lab(|lab| {
        lab.clouds_answer(Answer::status(429).header("retry-after", "120"));
    });
    let seen = world.run(TENANT, &ONLY);
    assert_eq!(seen.said("discovery.tenant", "contoso.com"), "unknown/throttled");
    assert_eq!(seen.said("discovery.realm", "contoso.com"), "unknown/throttled");
    assert_eq!(seen.code, 3);
}
