//! The record as every server in reach sees it.

use std::sync::Arc;

use facts::dns::{Kind, Lookup, Reply, Server, Soa};
use facts::vantage::Resolution;
use facts::{Facts, Name, Unknown};
use futures_util::future::join_all;

use crate::alias::view::{self, Asked, View};

/// More name servers than any zone needs; the root has thirteen.
const SERVERS: usize = 13;

pub(crate) struct Survey {
    pub(crate) alias: Name,
    pub(crate) domain: Name,
    pub(crate) resolvers: Vec<View>,
    pub(crate) zone: Option<Zone>,
    /// What the zone's own servers say, each asked directly.
    pub(crate) own: Vec<View>,
}

/// The zone that holds the domain.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) name: Name,
    pub(crate) servers: Vec<Server>,
    /// The start of authority as each resolver sees it.
    pub(crate) seen: Vec<(Server, Soa)>,
}

/// Asks all resolvers, and the zone's own servers where the settings allow it, at the same time.
pub(crate) async fn take(label: &str, domain: &Name, facts: &Facts) -> Result<Survey, Unknown> {
    let alias = domain.child(&label.to_ascii_lowercase());
    let vantage = facts.vantage();
    let views =
        join_all(vantage.resolvers.iter().map(|server| view::look(server, &alias, Asked::Resolver, facts)));
    let directly = async {
        if !vantage.authoritative {
            return Ok((None, Vec::new()));
        }
        let Some(zone) = find_zone(domain, facts).await? else { return Ok((None, Vec::new())) };
        let asked = zone.servers.iter().map(|server| view::look(server, &alias, Asked::ZoneServer, facts));
        let own = join_all(asked).await.into_iter().collect::<Result<Vec<View>, Unknown>>()?;
        Ok((Some(zone), own))
    };
    let (resolvers, own) = tokio::join!(views, directly);
    let (zone, mut own) = own?;
    let resolvers = resolvers.into_iter().collect::<Result<Vec<View>, Unknown>>()?;
    for view in &mut own {
        view::complete(view, &resolvers, &alias, facts).await?;
    }
    Ok(Survey { alias, domain: domain.clone(), resolvers, zone, own })
}

impl Survey {
    /// The start of authority that a resolver sees for the zone, from its negative answer or from having been asked.
    pub(crate) fn soa_seen_by<'a>(&'a self, view: &'a View) -> Option<&'a Soa> {
        let asked =
            self.zone.as_ref().and_then(|zone| zone.seen.iter().find(|(server, _)| *server == view.server));
        view.soa.as_ref().map(|(_, soa)| soa).or(asked.map(|(_, soa)| soa))
    }

    /// The zone's name, where some answer has told it.
    pub(crate) fn known_zone(&self) -> Option<Name> {
        if let Some(zone) = &self.zone {
            return Some(zone.name.clone());
        }
        let soas =
            self.resolvers.iter().chain(&self.own).filter_map(|v| v.soa.as_ref().map(|(owner, _)| owner));
        soas.into_iter().find(|owner| self.holds(owner)).cloned()
    }

    /// The zone's name, asked for where it was not needed before.
    pub(crate) async fn zone_name(&self, facts: &Facts) -> Result<Option<Name>, Unknown> {
        if let Some(known) = self.known_zone() {
            return Ok(Some(known));
        }
        for server in &facts.vantage().resolvers {
            let reply = facts.ask(Lookup::of(server, &self.domain, Kind::Soa)).await?;
            if let Some((owner, _)) = authority(&reply).filter(|(owner, _)| self.holds(owner)) {
                return Ok(Some(owner.clone()));
            }
        }
        Ok(None)
    }

    fn holds(&self, zone: &Name) -> bool {
        self.domain.is_within(zone) && !is_above(zone, &self.domain)
    }

    /// The start of authority that the zone's own servers hold.
    pub(crate) async fn own_soa(&self, facts: &Facts) -> Result<Option<Soa>, Unknown> {
        if let Some((_, soa)) = self.own.iter().filter(|v| v.authoritative).find_map(|v| v.soa.as_ref()) {
            return Ok(Some(soa.clone()));
        }
        let Some(zone) = &self.zone else { return Ok(None) };
        for view in self.own.iter().filter(|v| v.authoritative) {
            let reply = facts.ask(Lookup::direct(&view.server, &zone.name, Kind::Soa)).await?;
            if let Some((_, soa)) = authority(&reply) {
                return Ok(Some(soa.clone()));
            }
        }
        Ok(None)
    }
}

/// The zone of the domain and its name servers; none if it has none of its own, or nobody could say.
async fn find_zone(domain: &Name, facts: &Facts) -> Result<Option<Zone>, Unknown> {
    let resolvers = &facts.vantage().resolvers;
    let asked = join_all(resolvers.iter().map(|server| ask_one(server, domain, facts))).await;
    let mut seen = Vec::new();
    for (server, pair) in resolvers.iter().zip(asked) {
        let (soa, servers) = pair?;
        if let Some((owner, found)) = authority(&soa) {
            let aa = soa.message().is_some_and(|message| message.authoritative);
            seen.push((server.clone(), owner.clone(), found.clone(), aa, servers));
        }
    }
    // A resolver that answers from a zone of its own may hold an internal copy: others are asked first.
    let best = seen.iter().find(|(_, _, _, aa, _)| !aa).or(seen.first());
    let Some((server, owner, _, _, servers)) = best else { return Ok(None) };
    if is_above(owner, domain) {
        return Ok(None);
    }
    let of_the_zone = match owner == domain {
        true => Arc::clone(servers),
        false => facts.ask(Lookup::of(server, owner, Kind::Ns)).await?,
    };
    let names: Vec<Name> = name_servers(&of_the_zone).take(SERVERS).collect();
    let located = join_all(names.iter().map(|name| locate(name, facts))).await;
    let mut servers = Vec::new();
    for found in located {
        servers.extend(found?);
    }
    let seen = seen.iter().map(|(server, _, soa, ..)| (server.clone(), soa.clone())).collect();
    Ok(Some(Zone { name: owner.clone(), servers, seen }))
}

async fn ask_one(server: &Server, domain: &Name, facts: &Facts) -> Result<(Arc<Reply>, Arc<Reply>), Unknown> {
    let (soa, servers) = tokio::join!(
        facts.ask(Lookup::of(server, domain, Kind::Soa)),
        facts.ask(Lookup::of(server, domain, Kind::Ns))
    );
    Ok((soa?, servers?))
}

/// Whose zone an answer comes from: the owner of its SOA.
fn authority(reply: &Reply) -> Option<(&Name, &Soa)> {
    reply.about_the_name()?.any_soa().map(|(record, soa)| (&record.name, soa))
}

fn name_servers(reply: &Reply) -> impl Iterator<Item = Name> {
    let answers = reply.about_the_name().map(|message| message.answers.as_slice()).unwrap_or_default();
    answers.iter().filter_map(|record| match &record.data {
        facts::dns::Data::Ns(name) => Some(name.clone()),
        _ => None,
    })
}

/// One address of each family: two that belong to one machine would only say the same twice.
async fn locate(name: &Name, facts: &Facts) -> Result<Vec<Server>, Unknown> {
    if let Some(address) = facts.vantage().route(name, 53) {
        return Ok(vec![Server { name: name.clone(), address }]);
    }
    let Resolution::Addresses(addresses) = facts.resolve(name).await? else { return Ok(Vec::new()) };
    let first = |v4: bool| addresses.iter().find(|a| a.is_ipv4() == v4);
    Ok([first(true), first(false)].into_iter().flatten().map(|ip| Server::named(name.clone(), *ip)).collect())
}

/// Whether a zone is not the organisation's: the root, or a suffix under which the public registers names.
pub(crate) fn is_above(zone: &Name, domain: &Name) -> bool {
    if zone == domain {
        return false;
    }
    if zone.labels().count() < 2 {
        return true;
    }
    facts::registry::public_suffix(zone.as_str()) == Some(zone.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_suffix_is_above_every_domain_but_itself() {
        let above = |zone: &str, domain: &str| is_above(&zone.into(), &domain.into());
        assert!(above("", "contoso.com"));
        assert!(above("com", "contoso.com"));
        assert!(above("co.uk", "contoso.co.uk"));
        assert!(above("test", "contoso.test"));
        assert!(!above("contoso.com", "us.contoso.com"));
        assert!(!above("contoso.co.uk", "us.contoso.co.uk"));
        assert!(!above("co.uk", "co.uk"));
    }
}
