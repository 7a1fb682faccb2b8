//! What the organisation knows and has put up with, and for how long.

use lab::{Lab, Record};

use super::{TENANT, World};
use crate::laboratory::Made;

/// The enrollment record leads somewhere else, and there is a word about it.
fn waived(name: &'static str, shows: &'static str, subject: &'static str, until: &'static str) -> World {
    World::new(name, shows, move || {
        let mut lab = Lab::with(&["contoso.com"], &[]);
        lab.names.set("enterpriseenrollment.contoso.com", Record::Cname("mdm.example.net".into()));
        lab.names.set("mdm.example.net", Record::A([192, 0, 2, 7].into()));
        let settings = format!(
            "{TENANT}[[waiver]]\ncheck = \"dns.enterprise-enrollment\"\nreason = \"wrong-target\"\nsubject = \"{subject}\"\n\
             because = \"moves with the merger\"\nowner = \"dns@contoso.com\"\nuntil = {until}\n"
        );
        Made::of(lab, &settings, &["dns.*", "settings.*"])
    })
}

pub fn worlds() -> Vec<World> {
    vec![
        waived(
            "known-fault-that-is-waived",
            "dns.enterprise-enrollment/wrong-target",
            "contoso.com",
            "2099-01-01",
        ),
        waived("waiver-has-expired", "settings.waiver/expired", "contoso.com", "2025-06-30"),
        waived("waiver-for-nothing", "settings.waiver/unused", "fabrikam.com", "2099-01-01"),
    ]
}
