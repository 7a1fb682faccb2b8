//! Several top-level domains of one federation service each have an issuer of their own.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Facts, Name, Unknown};
use futures_util::future::join_all;

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::common::NOT_LEARNT;
use crate::federation;
use crate::say;
use crate::sts::service::{self, NOT_APPLICABLE, OTHER_IDENTITY_PROVIDER};
use crate::subject::{Domain, Federation, Service};
use crate::text::{Message, Text, listed};

pub static CHECK: Check = Check {
    id: "adfs.multiple-domains",
    title: Text::new(
        "Each top-level domain of AD FS has its own issuer",
        "Chaque domaine de premier niveau d’AD FS a son propre émetteur",
    ),
    why: Text::new(
        "The cloud tells federated domains apart by the issuer in the token. Several top-level domains at one AD FS need the claim \
         rule of SupportMultipleDomain; without it the users of all but one of them cannot sign in.",
        "Le cloud distingue les domaines fédérés par l’émetteur du jeton. Plusieurs domaines de premier niveau chez un même AD FS ont \
         besoin de la règle de revendication de SupportMultipleDomain ; sans elle, les utilisateurs de tous sauf un ne peuvent pas se connecter.",
    ),
    affects: Text::new(
        "users of the second and every further federated domain",
        "les utilisateurs du deuxième domaine fédéré et des suivants",
    ),
    reasons: &[OK, SEVERAL_DOMAINS, OTHER_IDENTITY_PROVIDER, NOT_APPLICABLE],
    references: &[MULTIPLE_DOMAINS],
    symptoms: &[Text::new(
        "Users of one domain enroll; those of another get AADSTS50107 after the password was accepted.",
        "Les utilisateurs d’un domaine s’inscrivent ; ceux d’un autre reçoivent AADSTS50107 après l’acceptation du mot de passe.",
    )],
    judge: Judge::EachFederation(|federation, facts| Box::pin(judge(federation, facts))),
};

const MULTIPLE_DOMAINS: Reference = Reference {
    title: Text::new(
        "Multiple domain support for federating with Microsoft Entra ID",
        "Prise en charge de plusieurs domaines pour la fédération avec Microsoft Entra ID",
    ),
    url: "https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-install-multiple-domains",
};

const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "The federated domains share one top-level domain.",
        "Les domaines fédérés partagent un domaine de premier niveau.",
    ),
);
const SEVERAL_DOMAINS: Reason = Reason::pass(
    "several-domains",
    Text::new(
        "Several top-level domains are federated with one service: their issuers must differ, which only the directory can show.",
        "Plusieurs domaines de premier niveau sont fédérés avec un même service : leurs émetteurs doivent différer, ce que seul l’annuaire peut montrer.",
    ),
);

async fn judge(federation: &Federation, facts: &Facts) -> Result<Outcome, Unknown> {
    let service = match service::adfs(federation) {
        Ok(service) => service,
        Err(instead) => return Ok(*instead),
    };
    let known = federated(federation, service, facts).await;
    let (at, shared) = (&service.at, suffixes(&known.with_it));
    let outcome = if shared.len() > 1 {
        several(service, &known.with_it, &shared)
    } else if !known.unlearnt.is_empty() && suffixes(known.with_it.iter().chain(&known.unlearnt)).len() > 1 {
        let Message { en, fr } = listed(&names(&known.unlearnt));
        NOT_LEARNT.because(say!(
            en: "Whether these domains are federated with {at} could not be learnt: {en}.",
            fr: "On n’a pas pu savoir si ces domaines sont fédérés avec {at} : {fr}."
        ))
    } else if known.with_it.is_empty() && known.unlearnt.is_empty() {
        let tenant = &federation.tenant.name;
        NOT_APPLICABLE.because(say!(
            en: "The cloud sends no domain of {tenant} to {at}.",
            fr: "Le cloud n’envoie aucun domaine de {tenant} à {at}."
        ))
    } else {
        let Message { en, fr } = listed(&names(known.with_it.iter().chain(&known.unlearnt)));
        OK.because(say!(
            en: "One top-level domain is federated with {at}: {en}.",
            fr: "Un seul domaine de premier niveau est fédéré avec {at} : {fr}."
        ))
    };
    Ok(outcome.evidence("domains", names(&known.with_it)))
}

/// What the cloud says of the tenant's domains.
#[derive(Default)]
struct Known {
    with_it: Vec<Name>,
    unlearnt: Vec<Name>,
}

/// The domains that the cloud sends to the service. Where the settings name it nobody has asked yet.
async fn federated(federation: &Federation, service: &Service, facts: &Facts) -> Known {
    if federation.tenant.federation.is_none() {
        return Known { with_it: service.domains.clone(), unlearnt: Vec::new() };
    }
    let asked = service.domains.iter().map(|name| async move {
        let (tenant, given) = (federation.tenant.clone(), federation.given.clone());
        (name, federation::of_domain(&Domain { name: name.clone(), tenant, given }, facts).await)
    });
    let mut known = Known::default();
    for (name, found) in join_all(asked).await {
        match found {
            Ok(Some(found)) if found.at == service.at => known.with_it.push(name.clone()),
            Ok(_) => {}
            Err(_) => known.unlearnt.push(name.clone()),
        }
    }
    known
}

/// The domains under which organisations register: one stands for all that lie below it.
fn suffixes<'a>(domains: impl IntoIterator<Item = &'a Name>) -> BTreeMap<Name, &'a Name> {
    let registered = |name: &Name| {
        facts::registry::registrable(name.as_str()).map_or_else(|| name.clone(), Name::from_wire)
    };
    let mut suffixes = BTreeMap::new();
    for name in domains {
        suffixes.entry(registered(name)).or_insert(name);
    }
    suffixes
}

fn names<'a>(domains: impl IntoIterator<Item = &'a Name>) -> Vec<String> {
    domains.into_iter().map(Name::to_string).collect::<BTreeSet<_>>().into_iter().collect()
}

fn several(service: &Service, domains: &[Name], suffixes: &BTreeMap<Name, &Name>) -> Outcome {
    let (at, count) = (&service.at, suffixes.len());
    let Message { en, fr } = listed(&names(suffixes.keys()));
    let quoted: Vec<String> = names(domains).iter().map(|name| format!("'{name}'")).collect();
    let quoted = quoted.join(", ");
    let issuers: Vec<String> =
        suffixes.keys().map(|name| format!("http://{name}/adfs/services/trust/")).collect();
    let Message { en: issuers_en, fr: issuers_fr } = listed(&issuers);
    SEVERAL_DOMAINS
        .because(say!(
            en: "{count} top-level domains are federated with {at}: {en}.",
            fr: "{count} domaines de premier niveau sont fédérés avec {at} : {fr}."
        ))
        .note(say!(
            en: "Verify that their issuers differ ({issuers_en}); a subdomain has its parent's. After Connect-MgGraph -Scopes Domain.Read.All: {quoted} | ForEach-Object {{ Get-MgDomainFederationConfiguration -DomainId $_ | Format-List IssuerUri }}",
            fr: "Vérifiez que leurs émetteurs diffèrent ({issuers_fr}) ; un sous-domaine a celui de son parent. Après Connect-MgGraph -Scopes Domain.Read.All : {quoted} | ForEach-Object {{ Get-MgDomainFederationConfiguration -DomainId $_ | Format-List IssuerUri }}"
        ))
}
