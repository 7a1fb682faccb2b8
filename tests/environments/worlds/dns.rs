//! The two records of a domain.

use lab::{Fault, Lab, Names, Record};

use super::{TENANT, World};
use crate::laboratory::Made;

const ENROLLMENT: &str = "enterpriseenrollment.contoso.com";
const INTUNE: &str = "enterpriseenrollment-s.manage.microsoft.com";
const REGISTRATION: &str = "enterpriseregistration.contoso.com";
const ENTRA: &str = "enterpriseregistration.windows.net";

/// The names of the zone, changed.
fn names(name: &'static str, shows: &'static str, change: fn(&mut Names)) -> World {
    with(name, shows, TENANT, "", change)
}

fn with(
    name: &'static str,
    shows: &'static str,
    tenant: &'static str,
    network: &'static str,
    change: fn(&mut Names),
) -> World {
    World::new(name, shows, move || {
        let mut lab = Lab::with(&["contoso.com"], &[]);
        change(&mut lab.names);
        Made::of(lab, tenant, &["dns.*"]).network(network)
    })
}

/// The same for both records, each with its right target.
fn both(names: &mut Names, change: impl Fn(&mut Names, &str, &str)) {
    change(names, ENROLLMENT, INTUNE);
    change(names, REGISTRATION, ENTRA);
}

fn cname(target: &str) -> Record {
    Record::Cname(target.to_owned())
}

fn address(last: u8) -> Record {
    Record::A([192, 0, 2, last].into())
}

const IMPATIENT: &str = "timeout = \"1s\"\nauthoritative = false";
const HYBRID: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n\
                      automatic_enrollment = false\n";
const WITH_ADFS: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n\
                         [tenant.adfs]\nurl = \"https://sts.contoso.com\"\n";
const SUBDOMAIN: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\", \"emea.contoso.com\"]\n\
                         cloud = \"worldwide\"\n";
const MISTYPED: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contso.com\"]\ncloud = \"worldwide\"\n";

pub fn worlds() -> Vec<World> {
    vec![
        names("enrollment-record-points-to-another-mdm", "dns.enterprise-enrollment/wrong-target", |names| {
            names.set(ENROLLMENT, cname("discovery.awmdm.com")).set("discovery.awmdm.com", address(7));
        }),
        names("enrollment-record-missing", "dns.enterprise-enrollment/missing", |names| {
            names.remove(ENROLLMENT);
        }),
        with(
            "enrollment-record-missing-where-users-enroll-by-hand",
            "dns.enterprise-enrollment/missing",
            HYBRID,
            "",
            |names| {
                names.remove(ENROLLMENT);
            },
        ),
        names(
            "enrollment-record-points-to-the-old-name",
            "dns.enterprise-enrollment/legacy-target",
            |names| {
                let old = "enterpriseenrollment.manage.microsoft.com";
                names.set(ENROLLMENT, cname(old)).set(old, address(7));
            },
        ),
        names("final-dot-forgotten", "dns.enterprise-enrollment/relative-target", |names| {
            both(names, |names, alias, right| {
                names.set(alias, cname(&format!("{right}.contoso.com")));
            });
        }),
        names("records-of-the-government-cloud", "dns.enterprise-enrollment/wrong-cloud", |names| {
            for (alias, target) in [
                (ENROLLMENT, "enterpriseenrollment-s.manage.microsoft.us"),
                (REGISTRATION, "enterpriseregistration.microsoftonline.us"),
            ] {
                names.set(alias, cname(target)).set(target, address(12));
            }
        }),
        names("addresses-instead-of-aliases", "dns.enterprise-enrollment/not-a-cname", |names| {
            both(names, |names, alias, _| {
                names.set(alias, address(7));
            });
        }),
        names("aliases-flattened-to-addresses", "dns.enterprise-enrollment/flattened", |names| {
            names.set(ENROLLMENT, Record::A([127, 0, 0, 10].into()));
            names.set(REGISTRATION, Record::A([127, 0, 0, 11].into()));
        }),
        names("aliases-in-a-circle", "dns.enterprise-enrollment/loop", |names| {
            both(names, |names, alias, _| {
                names.set(alias, cname("mdm.contoso.com")).set("mdm.contoso.com", cname(ENROLLMENT));
            });
        }),
        names("two-records-at-one-name", "dns.enterprise-enrollment/several-records", |names| {
            both(names, |names, alias, right| {
                names.set(alias, cname(right)).add(alias, cname("mdm.example.net"));
            });
        }),
        names("microsofts-names-filtered-by-the-resolver", "dns.enterprise-enrollment/dangling", |names| {
            both(names, |names, _, right| {
                names.remove(right);
            });
        }),
        with("domain-mistyped", "dns.enterprise-enrollment/domain-not-found", MISTYPED, "", |_| {}),
        names("old-records-still-cached", "dns.enterprise-enrollment/propagating", |names| {
            both(names, |names, alias, _| {
                names.resolver(alias, Fault::Cached("mdm.example.net".into(), 600));
            });
        }),
        names("absence-of-the-record-still-cached", "dns.enterprise-enrollment/propagating", |names| {
            names.resolver(ENROLLMENT, Fault::CachedAbsence(300));
        }),
        names("internal-zone-without-the-records", "dns.enterprise-enrollment/split-horizon", |names| {
            both(names, |names, alias, _| {
                names.resolver(alias, Fault::InternalZone);
            });
        }),
        names("name-servers-disagree", "dns.enterprise-enrollment/inconsistent", |names| {
            both(names, |names, alias, _| {
                names.differing("ns2.contoso.com", alias, vec![cname("mdm.example.net")]);
            });
        }),
        names("dnssec-signatures-do-not-verify", "dns.enterprise-enrollment/dnssec-bogus", |names| {
            both(names, |names, alias, _| {
                names.resolver(alias, Fault::Bogus);
            });
        }),
        names("resolver-answers-servfail", "dns.enterprise-enrollment/lookup-failed", |names| {
            both(names, |names, alias, _| {
                names.resolver(alias, Fault::ServFail);
            });
        }),
        with(
            "resolver-never-answers",
            "dns.enterprise-enrollment/lookup-failed",
            TENANT,
            IMPATIENT,
            |names| {
                both(names, |names, alias, _| {
                    names.resolver(alias, Fault::Silent);
                });
            },
        ),
        names("resolver-refuses-to-answer", "dns.enterprise-registration/lookup-failed", |names| {
            both(names, |names, alias, _| {
                names.resolver(alias, Fault::Refused);
            });
        }),
        names(
            "registration-record-points-somewhere-else",
            "dns.enterprise-registration/wrong-target",
            |names| {
                names.set(REGISTRATION, cname("old.example.net")).set("old.example.net", address(8));
            },
        ),
        names("registration-record-missing", "dns.enterprise-registration/missing", |names| {
            names.remove(REGISTRATION);
        }),
        with(
            "registration-record-points-to-ad-fs",
            "dns.enterprise-registration/on-premises",
            WITH_ADFS,
            "",
            |names| {
                names.set(REGISTRATION, cname("sts.contoso.com")).set("sts.contoso.com", address(9));
            },
        ),
        with(
            "subdomain-without-records-of-its-own",
            "dns.enterprise-registration/missing",
            SUBDOMAIN,
            "",
            |_| {},
        ),
        names("dns-answered-by-something-on-the-way", "dns.enterprise-enrollment/ok", |names| {
            names.intercepted().differing("ns1.contoso.com", ENROLLMENT, vec![cname("mdm.example.net")]);
        }),
        names("one-name-server-out-of-order", "dns.enterprise-enrollment/ok", |names| {
            both(names, |names, alias, _| {
                names.server_fault("ns2.contoso.com", alias, Fault::Refused);
            });
        }),
        names("records-that-live-for-a-day", "dns.enterprise-enrollment/ok", |names| {
            both(names, |names, alias, right| {
                names.set_ttl(alias, cname(right), 86_400);
            });
        }),
    ]
}
