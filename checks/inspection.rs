//! Who really signs: the survey over all hosts that tells an inspecting proxy from one odd certificate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use facts::{Facts, Unknown};
use futures_util::future::join_all;

use crate::chain::{Broken, Ends, Identity, Verdict};
use crate::reach::look::{self, Sight};
use crate::subject::{Endpoint, Grade, Landscape};

/// What all chains of a run show together.
pub struct Survey {
    /// Authorities that nobody vouches for and that sign for vendors who have nothing to do with each other.
    inspectors: BTreeSet<Identity>,
    /// Hosts whose chain was signed by an enterprise root or by such an authority.
    pub(crate) resigned: Vec<Resigned>,
    /// How many chains were seen at all.
    pub(crate) seen: usize,
    /// Those of them that end in no root that anybody knows.
    pub(crate) unknown: usize,
}

pub(crate) struct Resigned {
    pub(crate) host: String,
    pub(crate) signer: String,
    pub(crate) forbidden: bool,
    pub(crate) grade: Grade,
}

impl Survey {
    pub(crate) fn is_inspector(&self, identity: &Identity) -> bool {
        self.inspectors.contains(identity)
    }
}

/// Who signed a chain that no programme's root stands above.
pub(crate) fn unknown_authority(verdict: &Verdict) -> Option<&Identity> {
    match &verdict.ends {
        Ends::UnknownRoot(identity) => Some(identity),
        Ends::Nowhere(Broken::SelfSigned(identity) | Broken::Incomplete(identity)) => Some(identity),
        _ => None,
    }
}

impl Landscape {
    /// The survey over this run's endpoints, made once.
    pub(crate) async fn survey(&self, facts: &Facts) -> Result<Arc<Survey>, Unknown> {
        let aside = facts.aside();
        self.survey.get_or_try_init(|| take(self, aside)).await.cloned()
    }
}

async fn take(landscape: &Landscape, facts: Facts) -> Result<Arc<Survey>, Unknown> {
    let looks = landscape.visited().map(|endpoint| chain_of(endpoint, landscape, &facts));
    let chains: Vec<(&Endpoint, Arc<Verdict>)> = join_all(looks).await.into_iter().flatten().collect();
    let mut vendors: BTreeMap<&Identity, BTreeSet<&str>> = BTreeMap::new();
    for (endpoint, verdict) in &chains {
        if let Some(identity) = unknown_authority(verdict) {
            vendors.entry(identity).or_default().insert(&endpoint.vendor);
        }
    }
    let inspectors: BTreeSet<Identity> = vendors
        .into_iter()
        .filter(|(_, vendors)| vendors.len() > 1)
        .map(|(identity, _)| identity.clone())
        .collect();
    let is_resigned = |verdict: &Verdict| {
        matches!(verdict.ends, Ends::Enterprise { .. })
            || unknown_authority(verdict).is_some_and(|identity| inspectors.contains(identity))
    };
    let resigned = chains
        .iter()
        .filter(|(_, verdict)| is_resigned(verdict))
        .map(|(endpoint, verdict)| Resigned {
            host: endpoint.subject(),
            signer: verdict.signer(),
            forbidden: endpoint.inspection_forbidden,
            grade: endpoint.grade,
        })
        .collect();
    let unknown = chains.iter().filter(|(_, verdict)| unknown_authority(verdict).is_some()).count();
    Ok(Arc::new(Survey { resigned, seen: chains.len(), unknown, inspectors }))
}

/// The chain that a host serves; none where no handshake showed one. A host that cannot be asked is no reason to
/// know nothing of the others.
async fn chain_of<'a>(
    endpoint: &'a Endpoint,
    landscape: &'a Landscape,
    facts: &Facts,
) -> Option<(&'a Endpoint, Arc<Verdict>)> {
    if !endpoint.speaks_tls() || look::spared_by(endpoint, landscape, facts).await.ok()?.is_some() {
        return None;
    }
    match look::look(endpoint, facts).await.ok()? {
        Sight::Unresolved(_) => None,
        Sight::Visited { visited, .. } => {
            let chain = visited.tls.as_ref()?.chain();
            let judge = || landscape.given.trust.judge(chain, endpoint.host.as_str(), facts.gathered());
            (!chain.is_empty()).then(|| (endpoint, judge()))
        }
    }
}
