//! The domain's sign-in is known: managed by the cloud, or federated with a service of its own.

use facts::{Facts, Unknown};

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::realm::{self, Answered};
use crate::say;
use crate::subject::Domain;
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "discovery.realm",
    title: Text::new(
        "The cloud knows how the domain signs in",
        "Le cloud sait comment le domaine se connecte",
    ),
    why: Text::new(
        "A managed domain signs in at the cloud; a federated one is sent to the organisation's own service, which must then work \
         for every device. A domain that nobody has verified cannot sign in at all.",
        "Un domaine géré se connecte auprès du cloud ; un domaine fédéré est renvoyé au service de l’organisation, qui doit alors \
         fonctionner pour chaque appareil. Un domaine non vérifié ne peut pas se connecter du tout.",
    ),
    affects: Text::new(
        "every user with an address in the domain",
        "tout utilisateur ayant une adresse dans le domaine",
    ),
    reasons: &[MANAGED, FEDERATED, UNVERIFIED_DOMAIN, UNEXPECTED_ANSWER, THROTTLED, UNREACHABLE],
    references: &[HYBRID],
    symptoms: &[Text::new(
        "Sign-in stops after the address was typed.",
        "La connexion s’arrête après la saisie de l’adresse.",
    )],
    judge: Judge::EachDomain(|domain, facts| Box::pin(judge(domain, facts))),
};

const HYBRID: Reference = Reference {
    title: Text::new("Managed and federated domains in Entra", "Domaines gérés et fédérés dans Entra"),
    url: "https://learn.microsoft.com/entra/identity/hybrid/connect/whatis-fed",
};

const MANAGED: Reason = Reason::pass(
    "managed",
    Text::new("The cloud itself signs users in.", "Le cloud connecte lui-même les utilisateurs."),
);
const FEDERATED: Reason = Reason::pass(
    "federated",
    Text::new(
        "Users sign in at the organisation's own service.",
        "Les utilisateurs se connectent auprès du service de l’organisation.",
    ),
);
const UNVERIFIED_DOMAIN: Reason = Reason::fail(
    "unverified-domain",
    Text::new(
        "The cloud has no verified domain of this name.",
        "Le cloud n’a pas de domaine vérifié de ce nom.",
    ),
    Text::new(
        "Verify the domain in the Microsoft 365 admin center (Settings > Domains), with the TXT record shown there.",
        "Vérifiez le domaine dans le centre d’administration Microsoft 365 (Paramètres > Domaines), avec l’enregistrement TXT indiqué.",
    ),
);
const UNEXPECTED_ANSWER: Reason = Reason::unknown(
    "unexpected-answer",
    Text::new(
        "The answer is not one that the cloud would give.",
        "La réponse n’est pas de celles que donnerait le cloud.",
    ),
    Text::new(
        "Something on this network may answer in the cloud's place; look at endpoint.reachable and network.tls-inspection.",
        "Quelque chose sur ce réseau répond peut-être à la place du cloud ; voyez endpoint.reachable et network.tls-inspection.",
    ),
);
const THROTTLED: Reason = Reason::unknown(
    "throttled",
    Text::new("The cloud asks for patience (429).", "Le cloud demande de patienter (429)."),
    Text::new("Run again later.", "Relancez plus tard."),
);
const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new("The cloud's sign-in host cannot be reached.", "L’hôte de connexion du cloud est injoignable."),
    Text::new("Look at endpoint.reachable for that host.", "Voyez endpoint.reachable pour cet hôte."),
);

async fn judge(domain: &Domain, facts: &Facts) -> Result<Outcome, Unknown> {
    let name = &domain.name;
    let realm = match realm::ask(domain, facts).await? {
        Answered::Realm(realm) => realm,
        Answered::Throttled(seconds) => {
            let again = seconds.map_or_else(String::new, |seconds| format!(" ({seconds} s)"));
            return Ok(THROTTLED.because(say!(
                en: "The sign-in host asks for patience{again}.",
                fr: "L’hôte de connexion demande de patienter{again}."
            )));
        }
        Answered::Unexpected(Message { en, fr }) => {
            return Ok(UNEXPECTED_ANSWER.because(say!(en: "{en}.", fr: "{fr}.")));
        }
        Answered::Unreachable(Message { en, fr }) => {
            return Ok(UNREACHABLE.because(say!(en: "{en}.", fr: "{fr}.")));
        }
    };
    let kind = &realm.name_space_type;
    let outcome = match (realm.is("Managed"), realm.is("Federated"), realm.is("Unknown")) {
        (true, ..) => MANAGED.because(say!(
            en: "{name} is a managed domain: users sign in at the cloud.",
            fr: "{name} est un domaine géré : les utilisateurs se connectent auprès du cloud."
        )),
        (_, true, _) => match realm.federation_host() {
            Some(host) => FEDERATED
                .because(say!(
                    en: "{name} is federated: users sign in at {host}.",
                    fr: "{name} est fédéré : les utilisateurs se connectent auprès de {host}."
                ))
                .evidence("federation_host", host.to_string()),
            None => FEDERATED.because(say!(
                en: "{name} is federated; the cloud does not say where users sign in.",
                fr: "{name} est fédéré ; le cloud ne dit pas où les utilisateurs se connectent."
            )),
        },
        (.., true) => UNVERIFIED_DOMAIN.because(say!(
            en: "The cloud has no verified domain {name}.",
            fr: "Le cloud n’a pas de domaine vérifié {name}."
        )),
        _ => UNEXPECTED_ANSWER.because(say!(
            en: "The cloud calls {name} \"{kind}\", which is no known kind of domain.",
            fr: "Le cloud dit de {name} « {kind} », qui n’est pas un type de domaine connu."
        )),
    };
    Ok(outcome.evidence("name_space_type", kind.clone()))
}
