//! The dated list of endpoints, and the rows of it that tenants need.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use checks::clouds::Cloud;
use checks::subject::{Canary, Endpoint, Grade, Platform, Role, Transport};
use checks::{Message, say};
use facts::Name;
use serde::Deserialize;

use crate::needed::Needed;

const LIST: &str = include_str!("../data/endpoints.toml");

/// The list as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The day on which the sources were read.
    pub date: String,
    /// What the codes under `source` stand for.
    pub sources: BTreeMap<String, String>,
    group: Vec<Group>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    purpose: Words,
    grade: Grade,
    feature: Option<String>,
    why: Option<Words>,
    clouds: BTreeSet<Cloud>,
    platforms: BTreeSet<Reader>,
    region: Option<Region>,
    transport: Transport,
    ports: Vec<u16>,
    #[serde(default)]
    open: Vec<u16>,
    service: Option<String>,
    role: Option<Role>,
    #[serde(default)]
    only_after_preferred: bool,
    inspection: Option<Forbidden>,
    proxy_auth: Option<Forbidden>,
    canary: Option<Canary>,
    #[serde(default)]
    represented_by: Vec<String>,
    vendor: String,
    source: Vec<String>,
    hosts: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    en: String,
    fr: String,
}

/// Who talks to a host: devices by platform, or servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reader {
    Windows,
    Ios,
    Macos,
    Android,
    Server,
}

impl Reader {
    fn platform(self) -> Option<Platform> {
        match self {
            Self::Windows => Some(Platform::Windows),
            Self::Ios => Some(Platform::Ios),
            Self::Macos => Some(Platform::Macos),
            Self::Android => Some(Platform::Android),
            Self::Server => None,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Forbidden {
    Forbidden,
}

/// Where a tenant's data live, as far as endpoints differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Region {
    Na,
    Eu,
    Apac,
    Gcc,
}

impl Region {
    /// The region that OpenID discovery's scope means; some scopes mean none in particular.
    pub fn of_scope(scope: &str) -> Option<Self> {
        match scope.to_ascii_uppercase().as_str() {
            "NA" | "SA" => Some(Self::Na),
            "EU" | "AF" | "ME" | "DE" => Some(Self::Eu),
            "AS" | "OC" => Some(Self::Apac),
            _ => None,
        }
    }
}

/// What decides which rows a tenant needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needs {
    pub cloud: Cloud,
    pub platforms: BTreeSet<Platform>,
    /// Empty: not learnt, and then every region counts.
    pub regions: BTreeSet<Region>,
}

impl List {
    /// Every host of the list, wildcards too.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.group.iter().flat_map(|group| &group.hosts).map(String::as_str)
    }

    /// The list's date, found without reading the rest: every report shows it.
    pub fn day() -> &'static str {
        let line = LIST.lines().find_map(|line| line.strip_prefix("date = "));
        line.map_or("", |date| date.trim_matches('"'))
    }
}

/// Parses the built-in list. It is part of the program and a test reads all of it, so that the error is for those
/// who change it.
pub fn list() -> Result<List, toml::de::Error> {
    toml::from_str(LIST)
}

/// The rows that at least one of the tenants needs, each host and port once, and by whom.
pub fn select(list: &List, tenants: &[Needs]) -> Vec<(Endpoint, Needed)> {
    // A thousand tenants have a handful of different needs.
    let mut different: BTreeMap<&Needs, BTreeSet<usize>> = BTreeMap::new();
    for (place, needs) in tenants.iter().enumerate() {
        different.entry(needs).or_default().insert(place);
    }
    let different: Vec<(&Needs, BTreeSet<usize>)> = different.into_iter().collect();
    let mut rows: BTreeMap<(String, u16), (Endpoint, BTreeMap<usize, Grade>)> = BTreeMap::new();
    for (kind, (needs, _)) in different.iter().enumerate() {
        for group in list.group.iter().filter(|group| group.is_needed(needs)) {
            for host in &group.hosts {
                for port in &group.ports {
                    let endpoint = group.endpoint(host, *port, needs, &list.sources);
                    let row = rows.entry((host.clone(), *port));
                    let (known, grades) = row.or_insert_with(|| (endpoint.clone(), BTreeMap::new()));
                    let grade = grades.entry(kind).or_insert(endpoint.grade);
                    *grade = endpoint.grade.min(*grade);
                    merge(known, endpoint);
                }
            }
        }
    }
    let mut places: BTreeMap<BTreeSet<usize>, Needed> = BTreeMap::new();
    let mut of = |kinds: BTreeSet<usize>| {
        let all = |kinds: &BTreeSet<usize>| {
            let of_kinds = kinds.iter().filter_map(|kind| different.get(*kind));
            Needed::Several(Arc::new(of_kinds.flat_map(|(_, places)| places).copied().collect()))
        };
        places.entry(kinds).or_insert_with_key(all).clone()
    };
    // What is the core of one tenant and a feature of another one stops the first alone.
    let needing = |endpoint: &Endpoint, grades: BTreeMap<usize, Grade>| {
        grades.into_iter().filter(|(_, grade)| *grade == endpoint.grade).map(|(kind, _)| kind).collect()
    };
    let rows = rows.into_values().map(|(endpoint, grades)| {
        let kinds = needing(&endpoint, grades);
        (endpoint, of(kinds))
    });
    rows.collect()
}

/// Two rows of one host and port: the stricter holds, for the platforms of both.
fn merge(known: &mut Endpoint, other: Endpoint) {
    let platforms: BTreeSet<Platform> = known.platforms.union(&other.platforms).copied().collect();
    let forbidden = known.inspection_forbidden || other.inspection_forbidden;
    let unauthenticated = known.unauthenticated || other.unauthenticated;
    if other.grade < known.grade {
        *known = other;
    }
    known.platforms = platforms;
    known.inspection_forbidden = forbidden;
    known.unauthenticated = unauthenticated;
}

impl Group {
    fn is_needed(&self, needs: &Needs) -> bool {
        let of_the_cloud = self.clouds.contains(&needs.cloud);
        // What servers need is listed for every tenant: it is shown, and never probed.
        let read_by = |reader: &Reader| reader.platform().is_none_or(|p| needs.platforms.contains(&p));
        let of_the_region =
            self.region.is_none_or(|region| needs.regions.is_empty() || needs.regions.contains(&region));
        of_the_cloud && of_the_region && self.platforms.iter().any(read_by)
    }

    fn endpoint(&self, host: &str, port: u16, needs: &Needs, sources: &BTreeMap<String, String>) -> Endpoint {
        let readers = self.platforms.iter().filter_map(|reader| reader.platform());
        let for_servers = self.platforms.contains(&Reader::Server);
        Endpoint {
            host: Name::from_wire(host),
            port,
            grade: if for_servers { Grade::NotTested } else { self.grade },
            transport: self.transport,
            purpose: self.purpose.message(),
            feature: self.feature.clone(),
            why: self.why.as_ref().map(|why| self.because(why)),
            platforms: readers.filter(|platform| needs.platforms.contains(platform)).collect(),
            service: self.service.clone(),
            role: self.role,
            only_after_preferred: self.only_after_preferred,
            inspection_forbidden: self.inspection.is_some(),
            unauthenticated: self.proxy_auth.is_some(),
            vendor: self.vendor.clone(),
            canary: self.canary.clone(),
            represented_by: self.represented_by.clone(),
            open: if self.open.is_empty() { self.ports.clone() } else { self.open.clone() },
            sources: self.source.iter().filter_map(|code| sources.get(code)).cloned().collect(),
        }
    }

    /// Why a row is what it is; a retired server port is not probed, and says so.
    fn because(&self, why: &Words) -> Message {
        let (en, fr) = (&why.en, &why.fr);
        if self.grade == Grade::Legacy && self.platforms.contains(&Reader::Server) {
            return say!(en: "retired: {en}", fr: "retiré : {fr}");
        }
        why.message()
    }
}

impl Words {
    fn message(&self) -> Message {
        Message { en: self.en.clone(), fr: self.fr.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(cloud: Cloud, platforms: &[Platform]) -> Needs {
        Needs { cloud, platforms: platforms.iter().copied().collect(), regions: BTreeSet::new() }
    }

    #[test]
    fn the_list_is_read_whole_and_every_row_has_its_source() {
        let list = list().unwrap();
        assert!(list.date.parse::<jiff::civil::Date>().is_ok());
        assert_eq!(list.date, List::day());
        for group in &list.group {
            assert!(!group.hosts.is_empty() && !group.ports.is_empty() && !group.source.is_empty());
            for source in &group.source {
                assert!(list.sources.contains_key(source), "{source} is not explained");
            }
            let explained = matches!(group.grade, Grade::Feature) || group.why.is_some();
            assert!(explained, "{:?} is neither a feature nor explained", group.hosts);
            assert_eq!(
                group.grade == Grade::Feature,
                group.feature.is_some() && group.grade == Grade::Feature
            );
            assert!(
                !matches!(group.grade, Grade::Core) || group.region.is_none(),
                "the core knows no regions"
            );
            assert_eq!(group.service.is_some(), group.role.is_some());
        }
    }

    #[test]
    fn no_host_and_port_stands_twice_for_one_cloud_and_platform() {
        let list = list().unwrap();
        let mut seen = BTreeSet::new();
        for group in &list.group {
            for host in &group.hosts {
                for (port, cloud, reader) in group.ports.iter().flat_map(|port| {
                    group
                        .clouds
                        .iter()
                        .flat_map(move |c| group.platforms.iter().map(move |r| (*port, *c, *r)))
                }) {
                    assert!(seen.insert((host, port, cloud, reader)), "{host}:{port} {cloud:?} {reader:?}");
                }
            }
        }
    }

    #[test]
    fn the_stricter_of_two_rows_holds() {
        let list = list().unwrap();
        let graph = |platforms: &[Platform]| {
            let rows = select(&list, &[needs(Cloud::Worldwide, platforms)]);
            rows.into_iter().find(|(e, _)| e.subject() == "graph.microsoft.com:443").unwrap().0.grade
        };
        assert_eq!(graph(&[Platform::Windows]), Grade::Feature);
        assert_eq!(graph(&[Platform::Windows, Platform::Ios]), Grade::Core);
    }

    #[test]
    fn a_known_region_leaves_the_others_out() {
        let list = list().unwrap();
        let mut europe = needs(Cloud::Worldwide, &Platform::ALL);
        let all = select(&list, std::slice::from_ref(&europe)).len();
        europe.regions.insert(Region::Eu);
        let rows = select(&list, &[europe]);
        assert!(rows.len() < all);
        assert!(rows.iter().any(|(e, _)| e.host.as_str() == "macsidecareu.manage.microsoft.com"));
        assert!(!rows.iter().any(|(e, _)| e.host.as_str() == "macsidecar.manage.microsoft.com"));
    }

    #[test]
    fn what_servers_use_is_listed_and_never_probed() {
        let list = list().unwrap();
        let rows = select(&list, &[needs(Cloud::Worldwide, &Platform::ALL)]);
        let (gateway, _) = rows.iter().find(|(e, _)| e.subject() == "gateway.push.apple.com:2195").unwrap();
        assert!(!gateway.probed());
        assert!(rows.iter().all(|(e, _)| !e.host.as_str().starts_with('*') || !e.probed()));
    }
}
