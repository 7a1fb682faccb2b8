//! What the organisation's AD FS shows, and what the cloud knows of it.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use lab::{Adfs, Answer, Dates, Lab, Manner, Proxy, Signer, TokenSigning, Trouble};
use support::{Seen, World};

const TENANT: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\n";
const ONLY: [&str; 2] = ["--only", "adfs.*"];

const STS: &str = "sts.contoso.com:443";
const SIGN_IN: &str = "adfs.sign-in";
const COPY: &str = "adfs.entra-copy";
const METADATA: &str = "adfs.metadata";
const TOKEN_SIGNING: &str = "adfs.token-signing";
const TRUST: &str = "adfs.trust-endpoints";
const DOMAINS: &str = "adfs.multiple-domains";
const OF_SERVICE: [&str; 5] = [SIGN_IN, METADATA, TOKEN_SIGNING, TRUST, DOMAINS];

fn adfs() -> Adfs {
    Adfs::new("sts.contoso.com", 200)
}

fn clouds() -> Lab {
    let hosts: Vec<(String, u16, &str)> =
        ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"]
            .map(|host| (host.to_owned(), 443, "tls"))
            .into();
    Lab::with(&["contoso.com"], &hosts)
}

/// A tenant whose only domain signs in at that AD FS.
fn federated(adfs: &Adfs, change: impl FnOnce(&mut Lab)) -> Lab {
    let mut lab = clouds();
    lab.federate("contoso.com", adfs);
    change(&mut lab);
    lab
}

fn run(lab: Lab) -> Seen {
    World::start(lab).run(TENANT, &ONLY)
}

/// With an AD FS that is published, but whose host behaves like that.
fn host(change: impl FnOnce(&mut Manner)) -> Lab {
    federated(&adfs(), |lab| {
        lab.hosts.change("sts.contoso.com", 443, change);
    })
}

fn faulty(trouble: Trouble) -> Lab {
    host(|manner| manner.fault = Some(trouble))
}

/// With one path of the AD FS answering something else.
fn instead(path: &str, answer: Answer) -> Lab {
    federated(&adfs().instead(path, answer), |_| {})
}

/// What `status/reason` a laboratory brings about.
struct Case(&'static str, &'static str, &'static str, Lab);

fn cases() -> Vec<Case> {
    use Case as C;
    let managed = clouds;
    let other = || {
        let mut lab = clouds();
        lab.tenant("contoso.com", |known| {
            known.kind = "Federated";
            known.sign_in = Some("https://contoso.okta.example/app/office365/sso/wsfed/passive".into());
            known.exchange = Some("https://contoso.okta.example/app/office365/mex".into());
        });
        lab
    };
    let copy = |adfs: &Adfs, held: Option<TokenSigning>| {
        federated(adfs, |lab| {
            lab.tenant("contoso.com", |known| known.certificate = held);
        })
    };
    let two = adfs().and_signing(400);
    let second = two.signing[1].clone();
    let stranger = TokenSigning::new("somebody else", Dates::default());
    let in_days = |days| federated(&Adfs::new("sts.contoso.com", days), |_| {});
    let without_13 = Adfs { endpoints: vec!["2005/usernamemixed"], ..adfs() };
    let mut cases = vec![
        C(SIGN_IN, STS, "pass/ok", federated(&adfs(), |_| {})),
        C(SIGN_IN, STS, "pass/ok", instead(Adfs::SIGN_IN, Answer::status(401))),
        C(SIGN_IN, STS, "fail/unreachable", faulty(Trouble::Refused)),
        C(SIGN_IN, STS, "fail/unreachable", faulty(Trouble::Closed)),
        C(SIGN_IN, STS, "fail/unreachable", faulty(Trouble::NotTls)),
        C(SIGN_IN, STS, "fail/unreachable", faulty(Trouble::NotHttp)),
        C(SIGN_IN, STS, "fail/server-error", instead(Adfs::SIGN_IN, Answer::status(503))),
        C(SIGN_IN, STS, "fail/server-error", instead(Adfs::SIGN_IN, Answer::status(403))),
        C(SIGN_IN, STS, "fail/server-error", instead(Adfs::SIGN_IN, Answer::status(429))),
        C(SIGN_IN, STS, "fail/not-found", instead(Adfs::SIGN_IN, Answer::status(404))),
        C(COPY, "contoso.com", "pass/ok", federated(&adfs(), |_| {})),
        C(COPY, "contoso.com", "pass/ok", federated(&two.clone().primary(1), |_| {})),
        C(COPY, "contoso.com", "warn/secondary", copy(&two, Some(second))),
        C(COPY, "contoso.com", "fail/mismatch", copy(&two, Some(stranger))),
        C(COPY, "contoso.com", "skip/not-published", copy(&two, None)),
        C(COPY, "contoso.com", "unknown/unreachable", faulty(Trouble::Refused)),
        C(COPY, "contoso.com", "unknown/unreachable", instead(Adfs::METADATA, Answer::ok("<html>"))),
        C(COPY, "contoso.com", "skip/other-identity-provider", other()),
        C(COPY, "contoso.com", "skip/not-applicable", managed()),
        C(METADATA, STS, "pass/ok", federated(&adfs(), |_| {})),
        C(METADATA, STS, "warn/unreachable", faulty(Trouble::Refused)),
        C(METADATA, STS, "warn/invalid", instead(Adfs::METADATA, Answer::ok("<html><body>Welcome"))),
        C(METADATA, STS, "warn/invalid", instead(Adfs::METADATA, Answer::status(503))),
        C(METADATA, STS, "warn/invalid", instead(Adfs::METADATA, Answer::status(302))),
        C(METADATA, STS, "warn/invalid", federated(&Adfs { signing: vec![], ..adfs() }, |_| {})),
        C(METADATA, STS, "warn/not-found", instead(Adfs::METADATA, Answer::status(404))),
        C(TOKEN_SIGNING, STS, "pass/ok", in_days(36)),
        C(TOKEN_SIGNING, STS, "warn/expires-soon", in_days(34)),
        C(TOKEN_SIGNING, STS, "warn/expires-soon", in_days(16)),
        C(TOKEN_SIGNING, STS, "fail/expires-very-soon", in_days(14)),
        C(TOKEN_SIGNING, STS, "fail/expired", in_days(-1)),
        C(TOKEN_SIGNING, STS, "pass/rollover-under-way", federated(&two, |_| {})),
        C(TOKEN_SIGNING, STS, "unknown/unreachable", faulty(Trouble::Refused)),
        C(TOKEN_SIGNING, STS, "unknown/unreachable", instead(Adfs::METADATA, Answer::status(404))),
        C(TRUST, STS, "pass/ok", federated(&adfs(), |_| {})),
        C(TRUST, STS, "warn/username-mixed-missing", federated(&without_13, |_| {})),
        C(TRUST, STS, "warn/unreachable", faulty(Trouble::Closed)),
        C(TRUST, STS, "warn/invalid", instead(Adfs::EXCHANGE, Answer::status(404))),
        C(TRUST, STS, "warn/invalid", instead(Adfs::EXCHANGE, Answer::xml("<html/>"))),
        C(DOMAINS, STS, "pass/ok", federated(&adfs(), |_| {})),
    ];
    for check in OF_SERVICE {
        cases.push(C(check, "contoso.okta.example:443", "skip/other-identity-provider", other()));
        cases.push(C(check, "contoso", "skip/not-applicable", managed()));
    }
    cases
}

#[test]
fn every_reason_of_every_check_is_given_where_it_holds() {
    let mut wanted: BTreeSet<(&str, &str)> = BTreeSet::new();
    for check in checks::all().filter(|check| check.family() == "adfs") {
        wanted.extend(check.reasons.iter().map(|reason| (check.id, reason.id)));
    }
    // Needs two domains; has a test of its own.
    wanted.remove(&(DOMAINS, "several-domains"));
    for Case(check, subject, said, lab) in cases() {
        let seen = run(lab);
        assert_eq!(seen.said(check, subject), said, "{check}: {}", seen.summary(check, subject));
        wanted.remove(&(check, said.split_once('/').unwrap().1));
    }
    assert_eq!(wanted, BTreeSet::new(), "reasons that no case gives");
}

#[test]
fn a_healthy_federated_tenant_passes_everything() {
    let seen = run(federated(&adfs(), |_| {}));
    assert_eq!(seen.trouble(), Vec::<String>::new());
    assert_eq!(seen.findings().len(), 6);
    assert_eq!(seen.code, 0);
    let evidence = &seen.finding(METADATA, STS)["evidence"];
    assert_eq!(evidence["entity_id"], "http://sts.contoso.com/adfs/services/trust");
    let thumbprint = evidence["signing_certificates"][0]["thumbprint"].as_str().unwrap();
    assert!(seen.summary(COPY, "contoso.com").contains(thumbprint), "{thumbprint}");
    for (check, subject) in [(TOKEN_SIGNING, STS), (COPY, "contoso.com")] {
        assert!(seen.finding(check, subject)["expires_at"].is_string(), "{check}");
    }
}

fn asked(seen: &Seen, check: &str, subject: &str) -> Vec<String> {
    let asked = seen.finding(check, subject)["evidence"]["asked"].as_array().cloned().unwrap_or_default();
    asked.iter().filter_map(|one| one["question"].as_str()).map(str::to_owned).collect()
}

#[test]
fn the_sign_in_is_asked_for_as_the_cloud_asks_for_it() {
    let url = adfs().sign_in_url("contoso.com");
    let seen = run(federated(&adfs(), |_| {}));
    assert!(asked(&seen, SIGN_IN, STS).contains(&format!("GET {url}")), "{:?}", asked(&seen, SIGN_IN, STS));
}

const NAMED: &str = "[tenant.adfs]\nurl = \"https://sts.contoso.com\"\n";

#[test]
fn a_service_that_only_the_settings_name_is_never_asked_for_its_bare_sign_in() {
    let world = World::start(federated(&adfs(), |_| {}));
    let seen = world.run(&format!("{TENANT}{NAMED}"), &ONLY);
    let sign_in = "GET https://sts.contoso.com/adfs/ls/?wa=wsignin1.0&wtrealm=urn:federation:MicrosoftOnline";
    assert!(asked(&seen, SIGN_IN, STS).contains(&sign_in.to_owned()), "{:?}", asked(&seen, SIGN_IN, STS));
    assert_eq!(seen.trouble(), Vec::<String>::new());
    let seen = world.run(&format!("{TENANT}cloud = \"china\"\n{NAMED}"), &ONLY);
    let asked = asked(&seen, SIGN_IN, STS);
    assert!(
        asked.iter().any(|q| q.ends_with("wtrealm=urn:federation:partner.microsoftonline.cn")),
        "{asked:?}"
    );
}

#[test]
fn a_service_on_another_port_is_asked_there() {
    let adfs = Adfs { port: 8443, ..adfs() };
    let world = World::start(federated(&adfs, |_| {}));
    let named = "[tenant.adfs]\nurl = \"https://sts.contoso.com:8443\"\n";
    for settings in [TENANT.to_owned(), format!("{TENANT}{named}")] {
        let seen = world.run(&settings, &ONLY);
        assert_eq!(seen.trouble(), Vec::<String>::new());
        assert_eq!(seen.said(TOKEN_SIGNING, "sts.contoso.com:8443"), "pass/ok");
        assert_eq!(seen.said(DOMAINS, "sts.contoso.com:8443"), "pass/ok");
    }
}

#[test]
fn answers_worth_a_word_carry_a_note() {
    let noted = |answer: Answer| {
        let seen = run(instead(Adfs::SIGN_IN, answer));
        assert_eq!(seen.said(SIGN_IN, STS), "pass/ok");
        seen.notes(SIGN_IN, STS)
    };
    assert!(noted(Answer::status(401)).contains("Windows authentication"));
    let redirect = Answer::status(302).header("location", "https://login.contoso.com/");
    assert!(noted(redirect).contains("https://login.contoso.com/"));
    assert!(noted(Answer::ok("<h1>It works!</h1>")).contains("does not look like"));
    assert!(noted(Answer::ok("<a id=\"errorDetailsLink\">Error details</a>")).contains("error page"));
    assert_eq!(noted(Answer::ok("<form action=\"/adfs/ls/\">")), "");
}

#[test]
fn silence_and_names_without_an_address_are_unreachable() {
    let world = World::start(faulty(Trouble::Silent));
    let seen = world.run(TENANT, &[ONLY[0], ONLY[1], "--timeout", "1s"]);
    assert_eq!(seen.said(SIGN_IN, STS), "fail/unreachable");
    assert_eq!(seen.said(METADATA, STS), "warn/unreachable");
    let seen = run(federated(&adfs(), |lab| {
        lab.tenant("contoso.com", |known| {
            known.sign_in = Some("https://nowhere.contoso.com/adfs/ls/?wa=wsignin1.0".into());
        });
    }));
    let nowhere = "nowhere.contoso.com:443";
    assert_eq!(seen.said(SIGN_IN, nowhere), "fail/unreachable");
    assert!(seen.summary(SIGN_IN, nowhere).contains("NXDOMAIN"), "{}", seen.summary(SIGN_IN, nowhere));
}

#[test]
fn a_proxy_that_refuses_is_named_with_its_status() {
    let refuses = [("sts.contoso.com:443".to_owned(), 403), ("sts.contoso.com".to_owned(), 403)].into();
    let requests: std::sync::Arc<AtomicUsize> = Default::default();
    let proxy = Proxy { refuses, requests: requests.clone(), ..Proxy::default() };
    let seen = run(federated(&adfs(), |_| {}).behind(proxy));
    assert!(requests.load(Ordering::SeqCst) > 0);
    assert_eq!(seen.said(SIGN_IN, STS), "fail/unreachable");
    assert!(seen.summary(SIGN_IN, STS).contains("403"), "{}", seen.summary(SIGN_IN, STS));
}

#[test]
fn trust_in_the_certificate_is_the_business_of_others_but_worth_a_note() {
    for signer in [Signer::Stranger, Signer::Itself] {
        let seen = run(host(|manner| manner.signer = signer));
        assert_eq!(seen.trouble(), Vec::<String>::new(), "{signer:?}");
        for (check, subject) in [(METADATA, STS), (TOKEN_SIGNING, STS), (COPY, "contoso.com")] {
            assert!(seen.notes(check, subject).contains("not trusted"), "{signer:?} {check}");
        }
    }
}

#[test]
fn metadata_of_fifty_megabytes_and_a_bomb_are_invalid() {
    let laughs: String =
        (1..12).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let bomb =
        format!("<!DOCTYPE x [<!ENTITY l0 \"ha\">{laughs}]><EntityDescriptor>&l11;</EntityDescriptor>");
    let large = format!("<EntityDescriptor entityID=\"x\">{}", " ".repeat(50_000_000));
    for (body, wanted) in [(bomb, "document type"), (large, "larger than"), ("<a>".repeat(100_000), "nested")]
    {
        let seen = run(instead(Adfs::METADATA, Answer::xml(&body)));
        assert_eq!(seen.said(METADATA, STS), "warn/invalid");
        assert!(seen.summary(METADATA, STS).contains(wanted), "{}", seen.summary(METADATA, STS));
    }
}

#[test]
fn a_roll_over_says_which_certificate_comes_next() {
    let two = adfs().and_signing(400);
    let next = thumbprint(&run(federated(&two, |_| {})), 1);
    let seen = run(federated(&two, |_| {}));
    assert!(seen.summary(TOKEN_SIGNING, STS).contains(&format!("{next} (until ")));
    assert!(seen.notes(TOKEN_SIGNING, STS).contains("-NextSigningCertificate"));
    // A roll-over changes nothing where the next certificate ends soon, too.
    let seen = run(federated(&Adfs::new("sts.contoso.com", 5).and_signing(10), |_| {}));
    assert_eq!(seen.said(TOKEN_SIGNING, STS), "fail/expires-very-soon");
    // Judged by the newest; that the primary has expired is said.
    let seen = run(federated(&Adfs::new("sts.contoso.com", -2).and_signing(300), |_| {}));
    assert_eq!(seen.said(TOKEN_SIGNING, STS), "pass/rollover-under-way");
    assert!(seen.notes(TOKEN_SIGNING, STS).contains("Set-AdfsCertificate"));
}

fn thumbprint(seen: &Seen, place: usize) -> String {
    let certificates = &seen.finding(METADATA, STS)["evidence"]["signing_certificates"];
    certificates[place]["thumbprint"].as_str().unwrap().to_owned()
}

#[test]
fn a_mismatch_tells_how_to_give_the_cloud_the_right_certificate() {
    let seen = run(federated(&adfs(), |lab| {
        lab.tenant("contoso.com", |known| {
            known.certificate =
                Some(TokenSigning::new("last year", Dates { from_days: -400, until_days: -35 }));
        });
    }));
    let (primary, summary) = (thumbprint(&seen, 0), seen.summary(COPY, "contoso.com"));
    assert!(summary.contains(&primary), "{summary}");
    let remedy = seen.remedy(COPY, "contoso.com");
    assert!(
        remedy.contains(
            "Update-MgDomainFederationConfiguration -DomainId contoso.com -InternalDomainFederationId"
        ),
        "{remedy}"
    );
    let seen = run(federated(&Adfs { endpoints: vec![], ..adfs() }, |_| {}));
    let remedy = seen.remedy(TRUST, STS);
    assert!(remedy.contains("Enable-AdfsEndpoint -TargetAddressPath /adfs/services/trust/13/usernamemixed"));
}

const SEVERAL: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\", \"emea.contoso.com\", \"fabrikam.com\", \"fabrikam.co.uk\"]\n";

fn several(federated: &[&str]) -> World {
    let mut lab = clouds();
    for domain in ["contoso.com", "emea.contoso.com", "fabrikam.com", "fabrikam.co.uk"] {
        match federated.contains(&domain) {
            true => lab.federate(domain, &adfs()),
            false => lab.tenant(domain, |_| {}),
        };
    }
    World::start(lab)
}

#[test]
fn several_top_level_domains_of_one_service_are_counted_by_what_was_registered() {
    for named in ["", NAMED] {
        let settings = format!("{SEVERAL}{named}");
        let said = |federated: &[&str]| {
            let seen = several(federated).run(&settings, &ONLY);
            (seen.said(DOMAINS, STS), seen)
        };
        let (reason, seen) = said(&["contoso.com", "emea.contoso.com"]);
        assert_eq!(reason, "pass/ok", "a subdomain shares its parent's issuer");
        assert_eq!(seen.said(COPY, "fabrikam.com"), "skip/not-applicable");
        let (reason, seen) = said(&["contoso.com", "emea.contoso.com", "fabrikam.co.uk"]);
        assert_eq!(reason, "pass/several-domains");
        assert!(
            seen.summary(DOMAINS, STS).starts_with("2 top-level domains"),
            "{}",
            seen.summary(DOMAINS, STS)
        );
        let notes = seen.notes(DOMAINS, STS);
        assert!(notes.contains("http://fabrikam.co.uk/adfs/services/trust/"), "{notes}");
        assert!(notes.contains("Get-MgDomainFederationConfiguration -DomainId"), "{notes}");
        let domains = &seen.finding(DOMAINS, STS)["evidence"]["domains"];
        assert_eq!(domains.as_array().map(Vec::len), Some(3));
    }
    let seen = several(&[]).run(&format!("{SEVERAL}{NAMED}"), &ONLY);
    assert_eq!(seen.said(DOMAINS, STS), "skip/not-applicable", "the cloud sends nobody there");
}

#[test]
fn a_cloud_that_says_nothing_leaves_the_service_unlearnt() {
    let mut lab = clouds();
    lab.hosts
        .change_all(|host, _| host.starts_with("login."), |manner| manner.fault = Some(Trouble::Refused));
    let seen = run(lab);
    for check in OF_SERVICE {
        assert_eq!(seen.said(check, "contoso"), "unknown/not-learnt", "{check}");
    }
    assert_eq!(seen.said(COPY, "contoso.com"), "unknown/unreachable");
    assert_eq!(seen.code, 3);
}

#[test]
fn a_service_of_the_settings_is_examined_though_the_cloud_says_nothing() {
    let world = World::start(federated(&adfs(), |lab| {
        lab.hosts
            .change_all(|host, _| host.starts_with("login."), |manner| manner.fault = Some(Trouble::Refused));
    }));
    let seen = world.run(&format!("{TENANT}{NAMED}"), &ONLY);
    for check in OF_SERVICE {
        assert_eq!(seen.said(check, STS), "pass/ok", "{check}");
    }
    assert_eq!(seen.said(COPY, "contoso.com"), "unknown/unreachable");
    let seen = world.run(&format!("{SEVERAL}{NAMED}"), &ONLY);
    assert_eq!(seen.said(DOMAINS, STS), "unknown/not-learnt");
}

#[test]
fn the_cloud_may_send_users_elsewhere_than_the_settings_say() {
    let world = World::start(federated(&adfs(), |lab| {
        lab.tenant("contoso.com", |known| {
            known.sign_in = Some("https://old-sts.contoso.com/adfs/ls/".into());
        });
    }));
    let seen = world.run(&format!("{TENANT}{NAMED}"), &ONLY);
    assert_eq!(seen.said(COPY, "contoso.com"), "pass/ok");
    assert!(seen.notes(COPY, "contoso.com").contains("old-sts.contoso.com"));
    assert_eq!(seen.said(DOMAINS, STS), "skip/not-applicable");
}

#[test]
fn a_service_behind_a_name_of_its_own_is_known_by_its_metadata_exchange() {
    let seen = run(federated(&adfs(), |lab| {
        lab.tenant("contoso.com", |known| {
            known.sign_in = Some("https://sts.contoso.com/portal/sign-in?wa=wsignin1.0".into());
        });
    }));
    assert_eq!(seen.said(METADATA, STS), "pass/ok");
}

#[test]
fn every_finding_is_said_in_french() {
    let seen = World::start(federated(&adfs(), |_| {})).run(TENANT, &["--only", "adfs.*", "--lang", "fr"]);
    assert!(seen.summary(SIGN_IN, STS).contains("répond à la connexion"), "{}", seen.summary(SIGN_IN, STS));
}
