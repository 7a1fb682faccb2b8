//! Certificates in files that somebody wants watched.

use lab::{Dates, Lab};

use super::World;
use crate::laboratory::Made;

const NAMED: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n\
                     [[tenant.certificate]]\npath = \"radius.pem\"\n";

fn dated(name: &'static str, shows: &'static str, from_days: i64, until_days: i64) -> World {
    World::new(name, shows, move || {
        let lab = Lab::with(&["contoso.com"], &[]);
        let pem = lab.authority.leaf_pem(&["radius.contoso.com"], Dates { from_days, until_days });
        Made::of(lab, NAMED, &["certificate.*"]).file("radius.pem", pem)
    })
}

pub fn worlds() -> Vec<World> {
    vec![
        dated("radius-certificate-as-it-should-be", "", -100, 265),
        dated("radius-certificate-expires-in-three-weeks", "certificate.validity/expires-soon", -340, 21),
        dated("radius-certificate-expires-in-three-days", "certificate.validity/expires-very-soon", -362, 3),
        dated("radius-certificate-expired", "certificate.validity/expired", -400, -12),
        dated("radius-certificate-not-yet-valid", "certificate.validity/not-yet-valid", 3, 365),
        World::new("radius-file-is-no-certificate", "certificate.validity/unreadable", || {
            let lab = Lab::with(&["contoso.com"], &[]);
            Made::of(lab, NAMED, &["certificate.*"]).file("radius.pem", "radius.contoso.com\n")
        }),
    ]
}
