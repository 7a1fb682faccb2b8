//! The federation service of the organisation.

use lab::{Adfs, Answer, Dates, Lab, Signer, TokenSigning, Trouble};

use super::{ANY_CLOUD, SIGN_IN, World, hosts};
use crate::laboratory::Made;

const HOST: &str = "sts.contoso.com";
const SEVERAL: &str =
    "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\", \"emea.contoso.com\", \"fabrikam.com\"]\n";

fn service() -> Adfs {
    Adfs::new(HOST, 200)
}

fn federated(adfs: &Adfs, domains: &[&str]) -> Lab {
    let mut lab = Lab::with(&["contoso.com"], &hosts(&SIGN_IN));
    for domain in domains {
        lab.federate(domain, adfs);
    }
    lab
}

fn with(
    name: &'static str,
    shows: &'static str,
    adfs: fn() -> Adfs,
    change: impl Fn(&mut Lab) + Send + Sync + 'static,
) -> World {
    World::new(name, shows, move || {
        let mut lab = federated(&adfs(), &["contoso.com"]);
        change(&mut lab);
        Made::of(lab, ANY_CLOUD, &["adfs.*"]).network("timeout = \"1500ms\"")
    })
}

/// A fault of one part, in the check that looks at it.
fn of(name: &'static str, shows: &'static str, adfs: fn() -> Adfs) -> World {
    World::new(name, shows, move || {
        let lab = federated(&adfs(), &["contoso.com"]);
        let check = shows.split('/').next().unwrap_or_default();
        Made::of(lab, ANY_CLOUD, &[check, "adfs.entra-copy"])
    })
}

/// The cloud holds another certificate than the service signs with.
fn copy(name: &'static str, shows: &'static str, held: fn(&Adfs) -> Option<TokenSigning>) -> World {
    World::new(name, shows, move || {
        let adfs = service().and_signing(400);
        let mut lab = federated(&adfs, &["contoso.com"]);
        lab.tenant("contoso.com", |known| known.certificate = held(&adfs));
        Made::of(lab, ANY_CLOUD, &["adfs.entra-copy"])
    })
}

pub fn worlds() -> Vec<World> {
    vec![
        with("ad-fs-out-of-reach", "adfs.sign-in/unreachable", service, |lab| {
            lab.hosts.change(HOST, 443, |manner| manner.fault = Some(Trouble::Refused));
        }),
        of("ad-fs-service-stopped", "adfs.sign-in/server-error", || {
            service().instead(Adfs::SIGN_IN, Answer::status(503))
        }),
        of("ad-fs-sign-in-not-published", "adfs.sign-in/not-found", || {
            service().instead(Adfs::SIGN_IN, Answer::status(404))
        }),
        of("ad-fs-metadata-not-published", "adfs.metadata/not-found", || {
            service().instead(Adfs::METADATA, Answer::status(404))
        }),
        of("ad-fs-metadata-replaced-by-a-page", "adfs.metadata/invalid", || {
            service().instead(Adfs::METADATA, Answer::ok("<html><body>Welcome"))
        }),
        of("token-signing-certificate-expired", "adfs.token-signing/expired", || Adfs::new(HOST, -1)),
        of("token-signing-certificate-expires-in-a-week", "adfs.token-signing/expires-very-soon", || {
            Adfs::new(HOST, 7)
        }),
        of("token-signing-certificate-expires-in-a-month", "adfs.token-signing/expires-soon", || {
            Adfs::new(HOST, 30)
        }),
        of("token-signing-certificate-rolls-over", "adfs.token-signing/rollover-under-way", || {
            Adfs::new(HOST, 10).and_signing(400)
        }),
        copy("cloud-holds-another-token-signing-certificate", "adfs.entra-copy/mismatch", |_| {
            Some(TokenSigning::new("last year", Dates { from_days: -400, until_days: -35 }))
        }),
        copy("cloud-holds-the-next-token-signing-certificate", "adfs.entra-copy/secondary", |adfs| {
            adfs.signing.get(1).cloned()
        }),
        of("ad-fs-without-user-name-endpoints", "adfs.trust-endpoints/username-mixed-missing", || Adfs {
            endpoints: vec!["13/windowstransport"],
            ..service()
        }),
        of("ad-fs-metadata-exchange-blocked", "adfs.trust-endpoints/invalid", || {
            service().instead(Adfs::EXCHANGE, Answer::status(404))
        }),
        with("ad-fs-with-a-certificate-nobody-trusts", "adfs.sign-in/ok", service, |lab| {
            lab.hosts.change(HOST, 443, |manner| manner.signer = Signer::Stranger);
        }),
        World::new("several-domains-at-one-ad-fs", "adfs.multiple-domains/several-domains", || {
            let lab = federated(&service(), &["contoso.com", "emea.contoso.com", "fabrikam.com"]);
            Made::of(lab, SEVERAL, &["adfs.*", "discovery.realm"])
        }),
        with(
            "federated-with-another-identity-provider",
            "adfs.sign-in/other-identity-provider",
            service,
            |lab| {
                lab.tenant("contoso.com", |known| {
                    known.sign_in =
                        Some("https://contoso.okta.example/app/office365/sso/wsfed/passive".into());
                    known.exchange = Some("https://contoso.okta.example/app/office365/mex".into());
                });
            },
        ),
    ]
}
