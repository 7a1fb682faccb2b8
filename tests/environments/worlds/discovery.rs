//! What the clouds and the domain's own web server say.

use lab::{Answer, Lab, Manner, Signer, TENANT_ID, Trouble};

use super::{ANY_CLOUD, SIGN_IN, TENANT, World, hosts};
use crate::laboratory::Made;

const ACCOUNT_DRIVEN: &str =
    "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\naccount_driven = true\n";
const TWO_DOMAINS: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\", \"fabrikam.com\"]\n";
const OTHER: &str = "00000000-1111-2222-3333-444444444444";

fn lab(change: impl FnOnce(&mut Lab)) -> Lab {
    let mut lab = Lab::with(&["contoso.com"], &hosts(&SIGN_IN));
    change(&mut lab);
    lab
}

fn clouds(
    name: &'static str,
    shows: &'static str,
    tenant: &'static str,
    change: impl Fn(&mut Lab) + Send + Sync + 'static,
) -> World {
    World::new(name, shows, move || Made::of(lab(&change), tenant, &["discovery.*"]))
}

/// The web server of a domain from which Apple devices enroll by an account.
fn apple(
    name: &'static str,
    shows: &'static str,
    change: impl Fn(&mut Manner) + Send + Sync + 'static,
) -> World {
    World::new(name, shows, move || {
        let lab = lab(|lab| {
            lab.hosts.change("contoso.com", 443, |manner| {
                manner.answer = document("manage.microsoft.com", TENANT_ID);
                change(manner);
            });
        });
        Made::of(lab, ACCOUNT_DRIVEN, &["discovery.apple-account-driven"])
    })
}

fn text(host: &str, tenant: &str) -> String {
    format!(
        r#"{{"Servers":[{{"Version":"mdm-byod","BaseURL":"https://{host}/EnrollmentServer/PostReportDeviceInfoForUEV2?aadTenantId={tenant}"}}]}}"#
    )
}

pub fn document(host: &str, tenant: &str) -> Answer {
    Answer::json(200, &text(host, tenant))
}

pub fn worlds() -> Vec<World> {
    vec![
        clouds("domain-unknown-to-every-cloud", "discovery.tenant/not-a-tenant", ANY_CLOUD, |lab| {
            lab.forget_tenant("contoso.com");
        }),
        clouds("tenant-lives-in-another-cloud", "discovery.tenant/wrong-cloud", TENANT, |lab| {
            lab.tenant("contoso.com", |known| known.cloud = "microsoftonline.us");
        }),
        clouds("domains-of-two-tenants", "discovery.tenant/different-tenant", TWO_DOMAINS, |lab| {
            lab.tenant("fabrikam.com", |known| known.id = OTHER.into());
        }),
        clouds("sign-in-hosts-out-of-reach", "discovery.tenant/unreachable", ANY_CLOUD, |lab| {
            lab.hosts.change_all(|_, _| true, |manner| manner.fault = Some(Trouble::Refused));
        }),
        clouds("cloud-asks-for-patience", "discovery.realm/throttled", ANY_CLOUD, |lab| {
            lab.clouds_answer(Answer::status(429).header("retry-after", "120"));
        }),
        clouds("somebody-poses-as-the-cloud", "discovery.tenant/unexpected-answer", ANY_CLOUD, |lab| {
            lab.hosts.change_all(|_, _| true, |manner| manner.signer = Signer::Stranger);
        }),
        clouds(
            "company-name-with-special-characters",
            "discovery.company-name/special-characters",
            ANY_CLOUD,
            |lab| {
                lab.tenant("contoso.com", |known| known.brand = "Contoso & Söhne <GmbH>".into());
            },
        ),
        clouds(
            "registration-service-answered-by-a-stranger",
            "discovery.device-registration/unexpected-answer",
            ANY_CLOUD,
            |lab| {
                lab.hosts.change("enterpriseregistration.windows.net", 443, |manner| {
                    manner.signer = Signer::Stranger;
                });
            },
        ),
        apple("discovery-document-as-it-should-be", "", |_| {}),
        apple("discovery-document-missing", "discovery.apple-account-driven/missing", |manner| {
            manner.answer = Answer::status(404);
        }),
        apple(
            "discovery-document-of-another-tenant",
            "discovery.apple-account-driven/wrong-tenant",
            |manner| {
                manner.answer = document("manage.microsoft.com", OTHER);
            },
        ),
        apple(
            "discovery-document-names-another-server",
            "discovery.apple-account-driven/wrong-server",
            |manner| {
                manner.answer = document("mdm.example.net", TENANT_ID);
            },
        ),
        apple(
            "discovery-document-sent-as-html",
            "discovery.apple-account-driven/wrong-content-type",
            |manner| {
                manner.answer = Answer::ok(&text("manage.microsoft.com", TENANT_ID));
            },
        ),
        apple(
            "discovery-document-for-company-devices-only",
            "discovery.apple-account-driven/no-byod-server",
            |manner| {
                let only = r#"{"Servers":[{"Version":"mdm-adde","BaseURL":"https://manage.microsoft.com"}]}"#;
                manner.answer = Answer::json(200, only);
            },
        ),
        apple("discovery-document-is-no-json", "discovery.apple-account-driven/invalid-document", |manner| {
            manner.answer = Answer::json(200, "{\"Servers\": [");
        }),
        apple(
            "discovery-document-on-a-self-signed-server",
            "discovery.apple-account-driven/tls-not-trusted",
            |manner| {
                manner.signer = Signer::Itself;
            },
        ),
        apple(
            "discovery-document-behind-a-broken-server",
            "discovery.apple-account-driven/unreachable",
            |manner| {
                manner.answer = Answer::status(500);
            },
        ),
        World::new(
            "discovery-document-behind-a-redirect",
            "discovery.apple-account-driven/redirected",
            || {
                let lab = lab(|lab| {
                    lab.hosts.change("contoso.com", 443, |manner| {
                        manner.answer = Answer::status(301).header("location", "https://www.contoso.com/mdm");
                    });
                    lab.hosts.change("www.contoso.com", 443, |manner| {
                        manner.answer = document("manage.microsoft.com", TENANT_ID);
                    });
                });
                Made::of(lab, ACCOUNT_DRIVEN, &["discovery.apple-account-driven"])
            },
        ),
    ]
}
