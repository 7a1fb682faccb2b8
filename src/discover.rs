//! What the clouds say of each tenant, as far as the plan depends on it: cloud, region, federation.

use std::collections::BTreeSet;
use std::sync::Arc;

use checks::clouds::Cloud;
use checks::federation;
use checks::openid::{self, Metadata, OpenId};
use checks::subject::{Domain, Federation, Given, Tenant};
use facts::{Facts, Unknown};
use futures_util::{StreamExt, stream};

use crate::endpoints::{Needs, Region};
use crate::world::World;

/// What decides which endpoints a tenant needs, before anybody was asked.
pub fn assumed(tenant: &Tenant) -> Needs {
    Needs {
        cloud: tenant.cloud.unwrap_or(Cloud::Worldwide),
        platforms: tenant.platforms.clone(),
        regions: BTreeSet::new(),
    }
}

/// Tenants that are asked about at once where all are.
const AT_ONCE: usize = 64;

/// The same for all tenants, with what the clouds say.
pub async fn learn(tenants: &[Arc<Tenant>], given: &Arc<Given>, world: &World) -> Vec<Needs> {
    let each = tenants.iter().map(|tenant| async move { needs(tenant, given, &world.facts()).await });
    stream::iter(each).buffered(AT_ONCE).collect().await
}

/// The federation services of all tenants.
pub async fn federations(tenants: &[Arc<Tenant>], given: &Arc<Given>, world: &World) -> Vec<Vec<Federation>> {
    let each =
        tenants.iter().map(|tenant| async move { federation::learn(tenant, given, &world.facts()).await });
    stream::iter(each).buffered(AT_ONCE).collect().await
}

/// The same before anybody was asked.
pub fn assumed_federations(tenant: &Arc<Tenant>, given: &Arc<Given>) -> Vec<Federation> {
    vec![federation::assumed(tenant, given)]
}

/// What the clouds say of one tenant. The questions are those of the checks, so that memory makes them free.
pub async fn needs(tenant: &Arc<Tenant>, given: &Arc<Given>, facts: &Facts) -> Needs {
    let mut needs = assumed(tenant);
    // Only the worldwide cloud's list knows regions.
    if tenant.cloud.is_some_and(|cloud| cloud != Cloud::Worldwide) {
        return needs;
    }
    for name in &tenant.domains {
        let domain = Domain { name: name.clone(), tenant: Arc::clone(tenant), given: Arc::clone(given) };
        // A domain about which nothing can be learnt leaves the question to the tenant's next one.
        if let Ok(Some((cloud, metadata))) = ask(&domain, facts).await {
            needs.cloud = tenant.cloud.unwrap_or(cloud);
            needs.regions = regions(&metadata);
            break;
        }
    }
    needs
}

async fn ask(domain: &Domain, facts: &Facts) -> Result<Option<(Cloud, Metadata)>, Unknown> {
    if let Some(cloud) = domain.tenant.cloud {
        return Ok(match openid::ask(&domain.name, cloud, facts, &domain.given.trust).await? {
            OpenId::Tenant(metadata) => Some((cloud, metadata)),
            _ => None,
        });
    }
    let place = openid::place(domain, facts).await?;
    Ok(place.metadata.map(|metadata| (place.cloud, metadata)))
}

fn regions(metadata: &Metadata) -> BTreeSet<Region> {
    let scope = metadata.region.as_deref().and_then(Region::of_scope);
    let gcc = metadata.sub_region.as_deref().is_some_and(|sub| sub.eq_ignore_ascii_case("GCC"));
    scope.into_iter().chain(gcc.then_some(Region::Gcc)).collect()
}
