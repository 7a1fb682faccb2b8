//! Nobody re-signs what devices must see unchanged; and if somebody does: who, where, and what to exempt.

use std::collections::BTreeMap;

use facts::{Facts, Unknown};

use crate::check::{Check, Judge, Outcome, Reason, Reference, Status};
use crate::inspection::Resigned;
use crate::remedy::Remedy;
use crate::say;
use crate::subject::{Grade, Landscape};
use crate::text::{Text, listed};

pub static CHECK: Check = Check {
    id: "network.tls-inspection",
    title: Text::new(
        "TLS reaches devices as the vendors sent it",
        "Le TLS parvient aux appareils tel que les fournisseurs l’ont émis",
    ),
    why: Text::new(
        "Intune, Apple and Google refuse connections that a proxy has opened and signed again. Microsoft and Apple name the hosts \
         that must be exempt from TLS inspection.",
        "Intune, Apple et Google refusent les connexions qu’un proxy a ouvertes puis re-signées. Microsoft et Apple nomment les hôtes \
         à exempter de l’inspection TLS.",
    ),
    affects: Text::new(
        "every device behind the inspecting proxy",
        "tous les appareils derrière le proxy d’inspection",
    ),
    reasons: &[NONE, INSPECTED, INSPECTED_ALLOWED, NOTHING_REACHED],
    references: &[INTUNE_INSPECTION, APPLE_INSPECTION],
    symptoms: &[Text::new(
        "Enrollment and check-in fail inside the organisation's network and work at home.",
        "L’inscription et la synchronisation échouent dans le réseau de l’organisation et fonctionnent à domicile.",
    )],
    judge: Judge::Network(|landscape, facts| Box::pin(judge(landscape, facts))),
};

const INTUNE_INSPECTION: Reference = Reference {
    title: Text::new(
        "Network endpoints for Microsoft Intune: SSL inspection",
        "Points de terminaison réseau de Microsoft Intune : inspection SSL",
    ),
    url: "https://learn.microsoft.com/intune/intune-service/fundamentals/intune-endpoints",
};
const APPLE_INSPECTION: Reference = Reference {
    title: Text::new(
        "Use Apple products on enterprise networks",
        "Utiliser les produits Apple sur un réseau d’entreprise",
    ),
    url: "https://support.apple.com/101555",
};

const INSPECTED: Reason = Reason::fail(
    "inspected",
    Text::new(
        "Hosts that must not be inspected are re-signed.",
        "Des hôtes qui ne doivent pas être inspectés sont re-signés.",
    ),
    Text::new(
        "Exempt the listed hosts from TLS inspection.",
        "Exemptez les hôtes cités de l’inspection TLS.",
    ),
);
const INSPECTED_ALLOWED: Reason = Reason::warn(
    "inspected-allowed",
    Text::new(
        "Hosts are re-signed, but none for which a vendor forbids it.",
        "Des hôtes sont re-signés, mais aucun pour lequel un fournisseur l’interdit.",
    ),
    Text::new(
        "Make sure that devices have the inspecting root before they enroll, or exempt these hosts too.",
        "Assurez-vous que les appareils ont la racine d’inspection avant l’inscription, ou exemptez aussi ces hôtes.",
    ),
);
const NONE: Reason = Reason::pass(
    "none",
    Text::new(
        "Every chain ends in its vendor's own root.",
        "Chaque chaîne aboutit à la racine de son fournisseur.",
    ),
);
const NOTHING_REACHED: Reason = Reason::unknown(
    "nothing-reached",
    Text::new(
        "No host showed a certificate of its vendor, so nothing can be said.",
        "Aucun hôte n’a présenté de certificat de son fournisseur : rien ne peut être dit.",
    ),
    Text::new(
        "Mend what endpoint.reachable reports, then run again.",
        "Corrigez ce que signale endpoint.reachable, puis relancez.",
    ),
);

async fn judge(landscape: &Landscape, facts: &Facts) -> Result<Outcome, Unknown> {
    let survey = landscape.survey(facts).await?;
    let seen = survey.seen;
    if seen == 0 {
        return Ok(NOTHING_REACHED.because(say!(
            en: "No host showed a certificate.",
            fr: "Aucun hôte n’a présenté de certificat."
        )));
    }
    let unknown = survey.unknown;
    if survey.resigned.is_empty() {
        let outcome = match unknown {
            0 => NONE.because(say!(
                en: "None of the {seen} chains seen was re-signed on the way.",
                fr: "Aucune des {seen} chaînes vues n’a été re-signée en chemin."
            )),
            // A portal answers for everybody: behind it nothing of the vendors' own was seen.
            _ if unknown == seen => NOTHING_REACHED.because(say!(
                en: "None of the {seen} hosts showed a certificate below a known root: something else may answer in their place.",
                fr: "Aucun des {seen} hôtes n’a présenté de certificat sous une racine connue : autre chose répond peut-être à leur place."
            )),
            _ => NONE
                .because(say!(
                    en: "Nothing shows that the {seen} chains seen were re-signed by an inspecting proxy.",
                    fr: "Rien ne montre que les {seen} chaînes vues aient été re-signées par un proxy d’inspection."
                ))
                .note(say!(
                    en: "{unknown} of them end in no known root; endpoint.reachable names the hosts.",
                    fr: "Sans racine connue parmi elles : {unknown} ; endpoint.reachable nomme les hôtes."
                )),
        };
        return Ok(outcome.evidence("chains_seen", seen));
    }
    let mut by_signer: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for host in &survey.resigned {
        by_signer.entry(&host.signer).or_default().push(&host.host);
    }
    let signers: Vec<&str> = by_signer.keys().copied().collect();
    let who = listed(&signers);
    let (who_en, who_fr, count) = (&who.en, &who.fr, survey.resigned.len());
    let forbidden: Vec<&Resigned> = survey.resigned.iter().filter(|host| host.forbidden).collect();
    let exempt: Vec<&str> = forbidden.iter().map(|host| host.host.as_str()).collect();
    let outcome = if forbidden.is_empty() {
        INSPECTED_ALLOWED.because(say!(
            en: "{count} of {seen} hosts are re-signed by {who_en}; none of them is one that must not be inspected.",
            fr: "{count} hôtes sur {seen} sont re-signés par {who_fr} ; aucun ne fait partie de ceux qui ne doivent pas l’être."
        ))
    } else {
        let (number, list) = (forbidden.len(), exempt.join("\n"));
        let (none_en, none_fr) = match number {
            all if all == count => {
                ("none of them may be inspected".to_owned(), "aucun d’eux ne doit être inspecté".to_owned())
            }
            1 => (
                "one of them must not be inspected".to_owned(),
                "l’un d’entre eux ne doit pas être inspecté".to_owned(),
            ),
            _ => (
                format!("{number} of them must not be inspected"),
                format!("{number} d’entre eux ne doivent pas être inspectés"),
            ),
        };
        let outcome = INSPECTED
            .because(say!(
                en: "{count} of {seen} hosts are re-signed by {who_en}; {none_en}.",
                fr: "{count} hôtes sur {seen} sont re-signés par {who_fr} ; {none_fr}."
            ))
            .remedy(
                Remedy::from(say!(
                    en: "On the inspecting proxy or firewall, exempt these hosts from TLS inspection:",
                    fr: "Sur le proxy ou pare-feu d’inspection, exemptez ces hôtes de l’inspection TLS :"
                ))
                .copy(list),
            );
        // Only what enrollment itself needs can fail; a feature's host costs that feature.
        let stops = forbidden.iter().any(|host| host.grade == Grade::Core);
        if stops { outcome } else { outcome.with_status(Status::Warn) }
    };
    let by_signer: serde_json::Map<String, serde_json::Value> =
        by_signer.into_iter().map(|(signer, hosts)| (signer.to_owned(), hosts.into())).collect();
    Ok(outcome.evidence("chains_seen", seen).evidence("signed_by", by_signer).evidence("exempt", exempt))
}
