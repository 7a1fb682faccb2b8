//! The whole catalogue, family by family.

use crate::check::Check;
use crate::{adfs, apns, certificate, discovery, dns, endpoint, network, scep, settings, tls};

pub struct Family {
    pub name: &'static str,
    pub checks: &'static [&'static Check],
}

pub static FAMILIES: &[Family] = &[
    Family { name: "dns", checks: dns::CHECKS },
    Family { name: "discovery", checks: discovery::CHECKS },
    Family { name: "endpoint", checks: endpoint::CHECKS },
    Family { name: "network", checks: network::CHECKS },
    Family { name: "tls", checks: tls::CHECKS },
    Family { name: "adfs", checks: adfs::CHECKS },
    Family { name: "scep", checks: scep::CHECKS },
    Family { name: "apns", checks: apns::CHECKS },
    Family { name: "certificate", checks: certificate::CHECKS },
    Family { name: "settings", checks: settings::CHECKS },
];

/// The family of users' own checks, which no list of this program holds.
const OWN: &str = "own";

/// The families of reports, in their order.
pub fn family_names() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|family| family.name).chain([OWN])
}

/// Every check, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Check> {
    FAMILIES.iter().flat_map(|family| family.checks.iter().copied())
}

pub fn by_id(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}

/// The guard: what is in the folders is in the lists, under its own name, and complete.
#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::check::{Judge, Status};
    use crate::text::Text;

    fn files(family: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(family);
        let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| name != "mod.rs")
            .map(|name| name.strip_suffix(".rs").unwrap().to_owned())
            .collect()
    }

    #[test]
    fn every_file_of_a_family_is_a_listed_check_with_its_name_as_id() {
        for family in FAMILIES {
            let listed: BTreeSet<String> = family
                .checks
                .iter()
                .map(|check| {
                    assert_eq!(check.family(), family.name, "{}", check.id);
                    check.id.strip_prefix(family.name).unwrap().trim_start_matches('.').replace('-', "_")
                })
                .collect();
            assert_eq!(listed, files(family.name), "the list of {} and its folder", family.name);
            assert_eq!(listed.len(), family.checks.len(), "a check of {} is listed twice", family.name);
        }
    }

    #[test]
    fn every_check_is_complete_in_both_languages() {
        let complete = |text: &Text, place: &str| {
            assert!(!text.en.is_empty() && !text.fr.is_empty(), "{place}");
            assert_ne!(text.en, text.fr, "{place} is not translated");
            for sentence in [text.en, text.fr] {
                assert!(!sentence.contains("  "), "{place} has a double space: {sentence}");
            }
        };
        for check in all() {
            let id = check.id;
            complete(&check.title, id);
            complete(&check.why, id);
            complete(&check.affects, id);
            check.symptoms.iter().for_each(|symptom| complete(symptom, id));
            for reason in check.reasons {
                let place = format!("{id}/{}", reason.id);
                complete(&reason.meaning, &place);
                let acts = !matches!(reason.status, Status::Pass | Status::Skip);
                assert_eq!(reason.remedy.is_some(), acts, "{place}: a remedy where something is to be done");
                reason.remedy.iter().for_each(|remedy| complete(remedy, &place));
            }
            let cites = check.references.iter().all(|reference| reference.url.starts_with("https://"));
            assert!(
                cites && (!check.references.is_empty() || matches!(check.judge, Judge::Settings)),
                "{id}"
            );
        }
    }

    #[test]
    fn ids_and_reasons_are_unique_and_well_formed() {
        let kebab =
            |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let mut ids = BTreeSet::new();
        for check in all() {
            assert!(ids.insert(check.id) && check.id.split('.').all(kebab), "{}", check.id);
            let mut reasons: BTreeSet<&str> = crate::common::REASONS.iter().map(|reason| reason.id).collect();
            for reason in check.reasons {
                assert!(reasons.insert(reason.id) && kebab(reason.id), "{}/{}", check.id, reason.id);
            }
        }
    }
}
