//! What one answer is worth, whoever gave it.

use std::net::IpAddr;

use facts::{Facts, Name, Unknown};

use crate::alias::reasons;
use crate::alias::record::AliasRecord;
use crate::alias::survey::Survey;
use crate::alias::view::{End, Says, View};
use crate::check::{Outcome, Reason, Status};
use crate::clouds::{Cloud, Targets};
use crate::say;
use crate::subject::Domain;
use crate::text::{Message, listed, listed_in_part};

/// What the judgement knows of the domain beside the answers.
pub(crate) struct Context<'a> {
    pub(crate) record: &'a AliasRecord,
    pub(crate) domain: &'a Domain,
    pub(crate) cloud: Cloud,
    pub(crate) targets: Targets,
    /// The zone that holds the record: the domain itself until somebody has said otherwise.
    pub(crate) zone: Name,
    pub(crate) zone_known: bool,
    /// The domain's own federation service, looked up where the record may rightly lead to it.
    pub(crate) federation: Option<(Name, Vec<IpAddr>)>,
    /// The addresses of the right target, looked up where the name has addresses of its own.
    pub(crate) target_addresses: Vec<IpAddr>,
}

impl Context<'_> {
    /// The record as the summary names it.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.record.label, self.domain.name)
    }

    fn accepts(&self, name: &Name) -> bool {
        name.as_str() == self.targets.preferred || self.targets.equal.contains(&name.as_str())
    }

    fn is_legacy(&self, name: &Name) -> bool {
        self.targets.legacy.contains(&name.as_str())
    }

    fn of_another_cloud(&self, name: &Name) -> Option<Cloud> {
        Cloud::ALL.into_iter().filter(|cloud| *cloud != self.cloud).find(|cloud| {
            let targets = (self.record.targets)(*cloud);
            std::iter::once(&targets.preferred)
                .chain(targets.equal)
                .chain(targets.legacy)
                .any(|t| name.as_str() == *t)
        })
    }

    /// Whether devices that get this answer find the cloud (or, where that is sound, the federation service).
    pub(crate) fn is_sound(&self, says: &Says) -> bool {
        let reason = self.appraise(says).reason;
        [self.record.ok.id, "legacy-target", "flattened", "on-premises"].contains(&reason.id)
    }

    /// The outcome if this were the only answer there is.
    pub(crate) fn appraise(&self, says: &Says) -> Outcome {
        let name = self.name();
        let wanted = self.targets.preferred;
        match says {
            Says::Alias(chain) => self.alias(chain),
            Says::Several { targets, addresses } => {
                let all: Vec<String> = targets
                    .iter()
                    .map(|t| format!("CNAME {t}"))
                    .chain(addresses.iter().map(|a| format!("address {a}")))
                    .collect();
                let Message { en, fr } = listed_in_part(&all);
                reasons::SEVERAL_RECORDS.because(say!(
                    en: "{name} has several records: {en}.",
                    fr: "{name} a plusieurs enregistrements : {fr}."
                ))
            }
            Says::Loop(chain) => {
                let names: Vec<&str> = chain.iter().map(Name::as_str).collect();
                let path = names.join(" → ");
                reasons::LOOP.because(say!(
                    en: "{name} leads in a circle: {path}.",
                    fr: "{name} tourne en rond : {path}."
                ))
            }
            Says::Addresses(addresses) => self.addresses(addresses),
            Says::NxDomain | Says::NoData => {
                let needed = (self.record.missing_fails)(&self.domain.tenant);
                let missing = self.record.missing;
                let outcome = missing.because(say!(
                    en: "{name} does not exist; a CNAME to {wanted} is wanted.",
                    fr: "{name} n’existe pas ; un CNAME vers {wanted} est attendu."
                ));
                outcome.with_status(if needed { Status::Fail } else { missing.status })
            }
            Says::Bogus => reasons::DNSSEC_BOGUS.because(say!(
                en: "{name} is refused by validating resolvers: its DNSSEC signatures do not verify.",
                fr: "{name} est refusé par les résolveurs validants : ses signatures DNSSEC ne se vérifient pas."
            )),
            Says::Failed(_) => {
                let Message { en, fr } = says.in_words();
                reasons::LOOKUP_FAILED.because(say!(
                    en: "The look-up of {name} failed: {en}.",
                    fr: "La recherche du nom {name} a échoué : {fr}."
                ))
            }
        }
    }

    fn alias(&self, chain: &[Name]) -> Outcome {
        let (name, wanted) = (self.name(), self.targets.preferred);
        let Some(target) = chain.first() else {
            return self.appraise(&Says::NoData);
        };
        if let Some(place) = chain.iter().position(|hop| self.accepts(hop)) {
            return self.right(
                target,
                chain.get(..place).unwrap_or_default(),
                chain.get(place).unwrap_or(target),
            );
        }
        if let (Some(hop), Some(legacy)) = (chain.iter().find(|hop| self.is_legacy(hop)), self.record.legacy)
        {
            return legacy.because(say!(
                en: "{name} points to {hop}, an older name; {wanted} spares users a confirmation.",
                fr: "{name} pointe vers {hop}, un ancien nom ; {wanted} évite une confirmation aux utilisateurs."
            ));
        }
        if let Some(head) = target.relative_to(&self.zone).map(Name::from_wire)
            && crate::clouds::is_known_target(&head)
        {
            return reasons::RELATIVE_TARGET.because(say!(
                en: "{name} points to {target}: the final dot after {head} was forgotten, and the zone's name was added.",
                fr: "{name} pointe vers {target} : le point final après {head} a été oublié, et le nom de la zone a été ajouté."
            ));
        }
        if let Some((hop, cloud)) = chain.iter().find_map(|hop| Some((hop, self.of_another_cloud(hop)?))) {
            let (there, here) = (cloud.title(), self.cloud.title());
            let (there_en, here_en, here_fr) = (there.en, here.en, here.fr);
            // "à" and "le" are one word.
            let there_fr = there.fr.trim_start_matches("le ");
            return reasons::WRONG_CLOUD.because(say!(
                en: "{name} points to {hop}, which belongs to {there_en}; the tenant is in {here_en}.",
                fr: "{name} pointe vers {hop}, qui appartient au {there_fr} ; le locataire est dans {here_fr}."
            ));
        }
        if let (Some(reason), Some((host, _))) = (self.record.on_premises, &self.federation)
            && chain.contains(host)
        {
            return self.on_premises(reason, host);
        }
        let shown = if target.is_root() { "." } else { target.as_str() };
        let outcome = reasons::WRONG_TARGET.because(say!(
            en: "{name} points to {shown}, not to {wanted}.",
            fr: "{name} pointe vers {shown}, et non vers {wanted}."
        ));
        match chain.iter().find_map(product) {
            Some(product) => outcome
                .note(say!(
                    en: "{target} belongs to {product}. Change the record only when you cut over to Intune.",
                    fr: "{target} appartient à {product}. Ne changez l’enregistrement qu’au moment de basculer vers Intune."
                ))
                .evidence("product", product),
            None => outcome,
        }
    }

    fn right(&self, target: &Name, through: &[Name], found: &Name) -> Outcome {
        let name = self.name();
        let outcome = self.record.ok.because(say!(
            en: "{name} points to {found}.",
            fr: "{name} pointe vers {found}."
        ));
        let outcome = match self.targets.undocumented {
            true => outcome.note(say!(
                en: "No document names the target of this record for 21Vianet; {found} is accepted.",
                fr: "Aucun document ne nomme la cible de cet enregistrement pour 21Vianet ; {found} est accepté."
            )),
            false => outcome,
        };
        if through.is_empty() {
            return outcome;
        }
        outcome.note(say!(
            en: "It leads there by way of {target}.",
            fr: "Il y mène en passant par {target}."
        ))
    }

    fn on_premises(&self, reason: Reason, host: &Name) -> Outcome {
        let name = self.name();
        reason.because(say!(
            en: "{name} leads to {host}, the domain's own federation service.",
            fr: "{name} mène à {host}, le service de fédération du domaine."
        ))
    }

    fn addresses(&self, addresses: &[IpAddr]) -> Outcome {
        let (name, wanted) = (self.name(), self.targets.preferred);
        let shown: Vec<String> = addresses.iter().take(4).map(ToString::to_string).collect();
        let Message { en, fr } = listed(&shown);
        if addresses.iter().all(|address| self.target_addresses.contains(address)) {
            return reasons::FLATTENED.because(say!(
                en: "{name} has no CNAME, but the addresses of {wanted} itself ({en}).",
                fr: "{name} n’a pas de CNAME, mais les adresses mêmes de {wanted} ({fr})."
            ));
        }
        if let (Some(reason), Some((host, own))) = (self.record.on_premises, &self.federation)
            && addresses.iter().any(|address| own.contains(address))
        {
            return self.on_premises(reason, host);
        }
        let (addresses_en, addresses_fr) =
            if shown.len() == 1 { ("address", "l’adresse") } else { ("addresses", "les adresses") };
        reasons::NOT_A_CNAME.because(say!(
            en: "{name} is not a CNAME to {wanted}; it has the {addresses_en} {en}.",
            fr: "{name} n’est pas un CNAME vers {wanted} ; il a {addresses_fr} {fr}."
        ))
    }

    /// The target has no address, as a resolver sees it.
    pub(crate) fn dangling(&self, view: &View) -> Option<Outcome> {
        let Says::Alias(chain) = &view.says else { return None };
        let (target, last) = (chain.first()?, chain.last()?);
        let code = match view.end {
            End::NxDomain => "NXDOMAIN",
            End::NoData => "NODATA",
            End::Addresses(_) | End::Unknown(_) => return None,
        };
        let (name, server) = (self.name(), &view.server);
        let outcome = reasons::DANGLING.because(say!(
            en: "{name} points to {target}, which has no address ({code} for {last} from {server}).",
            fr: "{name} pointe vers {target}, qui n’a pas d’adresse ({code} pour {last} de {server})."
        ));
        if !chain.iter().any(|hop| self.accepts(hop) || self.is_legacy(hop)) {
            return Some(outcome);
        }
        Some(outcome.remedy(say!(
            en: "The record is right. The resolver {server} or a DNS filter hides {target}: let the name through.",
            fr: "L’enregistrement est juste. Le résolveur {server} ou un filtre DNS cache {target} : laissez passer ce nom."
        )))
    }
}

/// Other device management products, by the names that their enrollment records lead to.
fn product(target: &Name) -> Option<&'static str> {
    const PRODUCTS: [(&str, &str); 14] = [
        ("awmdm.com", "Omnissa Workspace ONE UEM"),
        ("workspaceone.com", "Omnissa Workspace ONE UEM"),
        ("mobileiron.com", "Ivanti Neurons for MDM"),
        ("mobileiron.net", "Ivanti Neurons for MDM"),
        ("ivanticloud.com", "Ivanti Neurons for MDM"),
        ("maas360.com", "IBM MaaS360"),
        ("meraki.com", "Cisco Meraki Systems Manager"),
        ("sophos.com", "Sophos Mobile"),
        ("xm.cloud.com", "Citrix Endpoint Management"),
        ("mobicontrolcloud.com", "SOTI MobiControl"),
        ("hexnodemdm.com", "Hexnode UEM"),
        ("miradore.com", "Miradore"),
        ("manageengine.com", "ManageEngine Mobile Device Manager Plus"),
        ("fleetdm.com", "Fleet"),
    ];
    PRODUCTS.iter().find(|(suffix, _)| target.is_within(&Name::from(*suffix))).map(|(_, product)| *product)
}

/// What the judgement needs beside the survey, asked for only where an answer calls for it.
pub(crate) async fn context<'a>(
    record: &'a AliasRecord,
    domain: &'a Domain,
    cloud: Cloud,
    survey: &Survey,
    facts: &Facts,
) -> Result<Context<'a>, Unknown> {
    let targets = (record.targets)(cloud);
    let known = survey.known_zone();
    let zone_known = known.is_some();
    let zone = known.unwrap_or_else(|| domain.name.clone());
    let mut context = Context {
        record,
        domain,
        cloud,
        targets,
        zone,
        zone_known,
        federation: None,
        target_addresses: Vec::new(),
    };
    let views = || survey.resolvers.iter().chain(&survey.own);
    // Where nothing has to be changed, nobody needs to know which zone to change it in.
    if !zone_known
        && views().any(|view| context.appraise(&view.says).reason != record.ok)
        && let Some(zone) = survey.zone_name(facts).await?
    {
        (context.zone, context.zone_known) = (zone, true);
    }
    if views().any(|view| matches!(view.says, Says::Addresses(_))) {
        context.target_addresses = addresses(&Name::from(targets.preferred), facts).await?;
    }
    let astray = |view: &View| match &view.says {
        Says::Alias(_) | Says::Addresses(_) => !context.is_sound(&view.says),
        _ => false,
    };
    if record.on_premises.is_some()
        && views().any(astray)
        && let Some(host) = crate::realm::federation_host(domain, facts).await?
    {
        let addresses = addresses(&host, facts).await?;
        context.federation = Some((host, addresses));
    }
    Ok(context)
}

async fn addresses(name: &Name, facts: &Facts) -> Result<Vec<IpAddr>, Unknown> {
    Ok(match facts.resolve(name).await? {
        facts::vantage::Resolution::Addresses(addresses) => addresses,
        _ => Vec::new(),
    })
}
