//! Worlds in which devices enroll.

use checks::clouds::{Cloud, enrollment_targets, registration_targets};
use checks::subject::Platform;
use lab::{Adfs, Lab, Record, Trouble};

use super::{SIGN_IN, World, hosts};
use crate::laboratory::Made;
use crate::support::hosts_of;

/// Domains of one cloud, with every host that these platforms need.
pub fn in_cloud(cloud: Cloud, platforms: &[Platform], domains: &[&str]) -> Lab {
    let mut all = hosts_of(cloud, platforms);
    all.extend(hosts(&SIGN_IN));
    let mut lab = Lab::with(domains, &all);
    for domain in domains {
        settle(&mut lab, cloud, domain);
    }
    lab
}

/// The domain's records and its tenant are those of that cloud.
fn settle(lab: &mut Lab, cloud: Cloud, domain: &str) {
    for (label, target, last) in [
        ("enterpriseenrollment", enrollment_targets(cloud).preferred, 10),
        ("enterpriseregistration", registration_targets(cloud).preferred, 11),
    ] {
        lab.names.set(&format!("{label}.{domain}"), Record::Cname(target.to_owned()));
        lab.names.set(target, Record::A([127, 0, 0, last].into()));
    }
    lab.tenant(domain, |known| {
        (known.cloud, known.region) = match cloud {
            Cloud::Worldwide => ("microsoftonline.com", "EU"),
            Cloud::UsGovernment => ("microsoftonline.us", "USGov"),
            Cloud::China => ("partner.microsoftonline.cn", "AS"),
        };
    });
}

pub fn tenant(cloud: Cloud, platforms: &[Platform]) -> String {
    named("contoso", "contoso.com", cloud, platforms)
}

fn named(name: &str, domain: &str, cloud: Cloud, platforms: &[Platform]) -> String {
    let platforms: Vec<String> =
        platforms.iter().map(|platform| platform.name().to_ascii_lowercase()).collect();
    let cloud = cloud.id();
    format!(
        "[[tenant]]\nname = \"{name}\"\ndomains = [\"{domain}\"]\ncloud = \"{cloud}\"\nplatforms = {platforms:?}\n"
    )
}

fn whole(cloud: Cloud, platforms: &[Platform]) -> Made {
    Made::of(in_cloud(cloud, platforms, &["contoso.com"]), &tenant(cloud, platforms), &["*"])
}

pub fn worlds() -> Vec<World> {
    use Cloud::{China, UsGovernment, Worldwide};
    use Platform::{Android, Ios, Windows};
    vec![
        World::new("all-is-well", "", || whole(Worldwide, &[Ios, Android]).whole()),
        World::new("government-cloud", "", || whole(UsGovernment, &[Windows])),
        World::new("operated-by-21vianet", "", || whole(China, &[Windows, Android]).whole()),
        World::new("cloud-only-tenant", "", || {
            // Automatic enrollment needs no record, nobody signs in at home, nothing is in the way.
            let mut made = whole(Worldwide, &[Windows]).whole();
            made.lab.names.remove("enterpriseenrollment.contoso.com");
            made.settings.push_str("automatic_enrollment = true\n");
            made
        }),
        World::new("records-as-they-should-be", "", || {
            let lab = in_cloud(Worldwide, &[], &["contoso.com"]);
            Made::of(lab, super::TENANT, &["dns.*", "discovery.*"])
        }),
        World::new("federated-with-ad-fs", "", || {
            let mut lab = in_cloud(Worldwide, &[], &["contoso.com"]);
            lab.federate("contoso.com", &Adfs::new("sts.contoso.com", 200));
            Made::of(lab, super::TENANT, &["dns.*", "discovery.*", "adfs.*"])
        }),
        World::new("three-tenants-in-three-clouds", "dns.enterprise-enrollment/wrong-target", || {
            let mut lab = in_cloud(UsGovernment, &[Windows], &["fabrikam.com"]);
            for (host, port, transport) in hosts_of(China, &[Android]) {
                lab.hosts.change(&host, port, |_| assert_eq!(transport, "tls"));
            }
            for (domain, cloud) in [("contoso.com", Worldwide), ("tailspintoys.com", China)] {
                lab.names.healthy(domain);
                settle(&mut lab, cloud, domain);
            }
            lab.names.set("enterpriseenrollment.contoso.com", Record::Cname("mdm.example.net".into()));
            lab.names.set("mdm.example.net", Record::A([192, 0, 2, 7].into()));
            let settings = [
                "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\n".to_owned(),
                "[[tenant]]\nname = \"fabrikam\"\ndomains = [\"fabrikam.com\"]\n".to_owned(),
                "[[tenant]]\nname = \"tailspin\"\ndomains = [\"tailspintoys.com\"]\n".to_owned(),
            ];
            Made::of(lab, &settings.concat(), &["dns.*", "discovery.tenant"])
        }),
        World::new("two-tenants-and-one-is-ready", "endpoint.reachable/refused", || {
            let mut lab = in_cloud(China, &[Windows, Android], &["contoso.com", "tailspintoys.com"]);
            lab.hosts.change("microsoftgraph.chinacloudapi.cn", 443, |manner| {
                manner.fault = Some(Trouble::Refused);
            });
            let settings =
                tenant(China, &[Windows]) + &named("tailspin", "tailspintoys.com", China, &[Android]);
            Made::of(lab, &settings, &["dns.*", "endpoint.*"])
        }),
    ]
}
