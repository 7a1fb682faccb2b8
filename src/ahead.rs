//! What is needed wherever the tenants live can be asked while the clouds are still being asked where that is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use checks::clouds::Cloud;
use checks::subject::{Endpoint, Grade, Server, Tenant};
use checks::{Check, Judge, look_ahead, visit_ahead};
use tokio::task::JoinSet;

use crate::endpoints::{self, List, Needs, Region};
use crate::world::World;

/// Starts the visits that the plan will hold whatever the clouds say. The checks ask the same questions; memory
/// gives them the answers. Dropping the set gives the visits up.
pub fn start(
    tenants: &[Arc<Tenant>],
    checks: &[&'static Check],
    list: &List,
    world: &World,
    visits: &mut JoinSet<()>,
) {
    let surveyed =
        checks.iter().any(|check| matches!(check.judge, Judge::EachEndpoint(_) | Judge::Network(_)));
    for endpoint in certain(tenants, list) {
        if surveyed || endpoint.grade == Grade::Core {
            let facts = world.facts();
            visits.spawn(async move { visit_ahead(&endpoint, &facts).await });
        }
    }
}

/// Starts the handshakes with the servers that are known before the clouds were asked for others.
pub fn shake(servers: Vec<Server>, checks: &[&'static Check], world: &World, shakes: &mut JoinSet<()>) {
    if checks.iter().any(|check| matches!(check.judge, Judge::EachServer(_))) {
        for server in servers {
            let facts = world.facts();
            shakes.spawn(async move { look_ahead(&server, &facts).await });
        }
    }
}

/// The endpoints that some tenant needs in every cloud and region that it may turn out to live in.
fn certain(tenants: &[Arc<Tenant>], list: &List) -> Vec<Endpoint> {
    let mut certain: BTreeMap<String, Endpoint> = BTreeMap::new();
    // A thousand tenants have a handful of different needs.
    let mut seen = BTreeSet::new();
    for tenant in tenants.iter().filter(|tenant| seen.insert((tenant.cloud, &tenant.platforms))) {
        let selections = possible(tenant).map(|needs| endpoints::select(list, &[needs]));
        let common = selections
            .map(|rows| rows.into_iter().map(|(e, _)| (e.subject(), e)).collect::<BTreeMap<_, _>>())
            .reduce(|known, other| {
                let same = |(subject, e): &(String, Endpoint)| {
                    other.get(subject).is_some_and(|o| o.transport == e.transport && o.probed() == e.probed())
                };
                known.into_iter().filter(same).collect()
            });
        certain.extend(common.unwrap_or_default());
    }
    certain.into_values().filter(|e| e.probed() && !e.only_after_preferred).collect()
}

/// What a tenant may turn out to need.
fn possible(tenant: &Tenant) -> impl Iterator<Item = Needs> {
    let clouds = tenant.cloud.map_or_else(|| Cloud::ALL.to_vec(), |cloud| vec![cloud]);
    let platforms = tenant.platforms.clone();
    clouds.into_iter().flat_map(move |cloud| {
        let platforms = platforms.clone();
        let regions = [Region::Na, Region::Eu].into_iter();
        regions.map(move |region| Needs { cloud, platforms: platforms.clone(), regions: [region].into() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use checks::subject::Platform;

    fn tenant(cloud: Option<Cloud>) -> Arc<Tenant> {
        Arc::new(Tenant {
            name: "contoso".to_owned(),
            domains: vec!["contoso.com".into()],
            cloud,
            platforms: Platform::ALL.into(),
            automatic_enrollment: None,
            account_driven: false,
            federation: None,
            scep: Vec::new(),
            servers: Vec::new(),
            configured: true,
        })
    }

    #[test]
    fn only_what_every_possible_plan_holds_is_asked_ahead() {
        let list = endpoints::list().unwrap();
        let hosts =
            |cloud| certain(&[tenant(cloud)], &list).into_iter().map(|e| e.subject()).collect::<Vec<_>>();
        let unknown = hosts(None);
        assert!(unknown.contains(&"albert.apple.com:443".to_owned()));
        assert!(!unknown.iter().any(|host| host.contains("manage.microsoft.com")), "{unknown:?}");
        let worldwide = hosts(Some(Cloud::Worldwide));
        assert!(worldwide.contains(&"manage.microsoft.com:443".to_owned()));
        assert!(
            !worldwide.contains(&"macsidecar.manage.microsoft.com:443".to_owned()),
            "a region of its own"
        );
    }
}
