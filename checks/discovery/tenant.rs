//! The domain belongs to a tenant, in the cloud that the settings name.

use facts::{Facts, Unknown};
use futures_util::future::join_all;

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::clouds::Cloud;
use crate::openid::{self, Metadata, OpenId};
use crate::say;
use crate::subject::Domain;
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "discovery.tenant",
    title: Text::new("The domain belongs to the tenant", "Le domaine appartient au locataire"),
    why: Text::new(
        "Enrollment begins with a sign-in, and sign-in begins with the domain of the address: it decides which tenant and which \
         of Microsoft's clouds a device talks to.",
        "L’inscription commence par une connexion, et la connexion par le domaine de l’adresse : c’est lui qui décide à quel \
         client et à quel cloud de Microsoft l’appareil parle.",
    ),
    affects: Text::new(
        "every user with an address in the domain",
        "tout utilisateur ayant une adresse dans le domaine",
    ),
    reasons: &[OK, NOT_A_TENANT, WRONG_CLOUD, DIFFERENT_TENANT, UNEXPECTED_ANSWER, THROTTLED, UNREACHABLE],
    references: &[OPENID],
    symptoms: &[Text::new(
        "\"This username may be incorrect\" or \"We couldn't find an account with that username\" at sign-in.",
        "« Ce nom d’utilisateur est peut-être incorrect » ou « Compte introuvable » à la connexion.",
    )],
    judge: Judge::EachDomain(|domain, facts| Box::pin(judge(domain, facts))),
};

const OPENID: Reference = Reference {
    title: Text::new("OpenID Connect metadata of a tenant", "Métadonnées OpenID Connect d’un locataire"),
    url: "https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc",
};

const OK: Reason = Reason::pass(
    "ok",
    Text::new("The cloud knows the domain's tenant.", "Le cloud connaît le locataire du domaine."),
);
const NOT_A_TENANT: Reason = Reason::fail(
    "not-a-tenant",
    Text::new(
        "No cloud knows a tenant with this domain.",
        "Aucun cloud ne connaît de locataire avec ce domaine.",
    ),
    Text::new(
        "Check the spelling, or add and verify the domain in the Microsoft 365 admin center (Settings > Domains).",
        "Vérifiez l’orthographe, ou ajoutez et vérifiez le domaine dans le centre d’administration Microsoft 365 (Paramètres > Domaines).",
    ),
);
const WRONG_CLOUD: Reason = Reason::fail(
    "wrong-cloud",
    Text::new(
        "The tenant lives in another cloud than the settings say.",
        "Le locataire se trouve dans un autre cloud que celui indiqué.",
    ),
    Text::new("Correct `cloud` in the settings.", "Corrigez `cloud` dans la configuration."),
);
const DIFFERENT_TENANT: Reason = Reason::fail(
    "different-tenant",
    Text::new(
        "Domains of one configured tenant belong to different tenants.",
        "Des domaines d’un même locataire configuré appartiennent à des locataires différents.",
    ),
    Text::new(
        "Give the domain a [[tenant]] of its own in the settings, or verify it in the right tenant.",
        "Donnez à ce domaine son propre [[tenant]] dans la configuration, ou vérifiez-le dans le bon locataire.",
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
    let trust = &domain.given.trust;
    let configured = domain.tenant.cloud;
    let metadata = match openid::ask(name, configured.unwrap_or(Cloud::Worldwide), facts, trust).await? {
        OpenId::Tenant(metadata) => metadata,
        OpenId::NotATenant => match elsewhere(domain, facts).await? {
            Elsewhere::Found(metadata, cloud) => {
                Metadata { cloud: metadata.cloud.or(Some(cloud)), ..metadata }
            }
            Elsewhere::Nowhere => {
                return Ok(NOT_A_TENANT.because(say!(
                    en: "No Microsoft cloud has a tenant with the domain {name}.",
                    fr: "Aucun cloud de Microsoft n’a de locataire avec le domaine {name}."
                )));
            }
            Elsewhere::NotSure(why) => return Ok(not_sure(domain, why)),
        },
        OpenId::Throttled(seconds) => {
            let again = seconds.map_or_else(String::new, |seconds| format!(" ({seconds} s)"));
            return Ok(THROTTLED.because(say!(
                en: "The sign-in host asks for patience{again}.",
                fr: "L’hôte de connexion demande de patienter{again}."
            )));
        }
        OpenId::Unexpected(Message { en, fr }) => {
            return Ok(UNEXPECTED_ANSWER.because(say!(en: "{en}.", fr: "{fr}.")));
        }
        OpenId::Unreachable(Message { en, fr }) => {
            return Ok(UNREACHABLE.because(say!(en: "{en}.", fr: "{fr}.")));
        }
    };
    known(domain, &metadata, facts).await
}

/// What is said of a domain whose tenant is known.
async fn known(domain: &Domain, metadata: &Metadata, facts: &Facts) -> Result<Outcome, Unknown> {
    let (name, id) = (&domain.name, &metadata.id);
    let cloud = metadata.cloud;
    let show = |outcome: Outcome| {
        outcome
            .evidence("tenant_id", id.clone())
            .evidence("cloud", cloud.map(Cloud::id))
            .evidence("region", metadata.region.clone())
            .evidence("sub_region", metadata.sub_region.clone())
    };
    if let (Some(wanted), Some(found)) = (domain.tenant.cloud, cloud)
        && wanted != found
    {
        let (here, there) = (wanted.title(), found.title());
        let (here_en, here_fr, there_en, there_fr) = (here.en, here.fr, there.en, there.fr);
        let id = found.id();
        let outcome = WRONG_CLOUD.because(say!(
            en: "{name} belongs to a tenant in {there_en}; the settings say {here_en}.",
            fr: "{name} appartient à un locataire dans {there_fr} ; la configuration indique {here_fr}."
        ));
        return Ok(show(outcome.remedy(say!(
            en: "In the settings, write cloud = \"{id}\".",
            fr: "Dans la configuration, écrivez cloud = \"{id}\"."
        ))));
    }
    if let Some((first, other)) = stranger(domain, metadata, facts).await? {
        return Ok(show(DIFFERENT_TENANT.because(say!(
            en: "{name} belongs to tenant {id}, but {first} belongs to tenant {other}.",
            fr: "{name} appartient au locataire {id}, mais {first} appartient au locataire {other}."
        ))));
    }
    let Text { en, fr } = cloud.unwrap_or(Cloud::Worldwide).title();
    Ok(show(OK.because(say!(
        en: "{name} belongs to tenant {id} in {en}.",
        fr: "{name} appartient au locataire {id} dans {fr}."
    ))))
}

enum Elsewhere {
    Found(Metadata, Cloud),
    Nowhere,
    NotSure(Message),
}

/// The other clouds, asked when the expected one has no such tenant.
async fn elsewhere(domain: &Domain, facts: &Facts) -> Result<Elsewhere, Unknown> {
    let asked = domain.tenant.cloud.unwrap_or(Cloud::Worldwide);
    let others: Vec<Cloud> = Cloud::ALL.into_iter().filter(|cloud| *cloud != asked).collect();
    let trust = &domain.given.trust;
    let said = join_all(others.iter().map(|cloud| openid::ask(&domain.name, *cloud, facts, trust))).await;
    let mut doubt = None;
    for (cloud, said) in others.into_iter().zip(said) {
        match said? {
            OpenId::Tenant(metadata) => return Ok(Elsewhere::Found(metadata, cloud)),
            OpenId::NotATenant => {}
            OpenId::Unexpected(why) | OpenId::Unreachable(why) => doubt = Some(why),
            OpenId::Throttled(_) => {
                doubt = Some(
                    Text::new(
                        "a sign-in host asks for patience",
                        "un hôte de connexion demande de patienter",
                    )
                    .into(),
                );
            }
        }
    }
    Ok(doubt.map_or(Elsewhere::Nowhere, Elsewhere::NotSure))
}

/// The configured or usual cloud says no, and the others could not be asked: with a configured cloud that is enough.
fn not_sure(domain: &Domain, why: Message) -> Outcome {
    let (name, Message { en, fr }) = (&domain.name, why);
    let Text { en: cloud_en, fr: cloud_fr } = domain.tenant.cloud.unwrap_or(Cloud::Worldwide).title();
    NOT_A_TENANT
        .because(say!(
            en: "There is no tenant with the domain {name} in {cloud_en}.",
            fr: "Il n’y a pas de locataire avec le domaine {name} dans {cloud_fr}."
        ))
        .note(say!(
            en: "Another cloud could not be asked: {en}.",
            fr: "Un autre cloud n’a pas pu être interrogé : {fr}."
        ))
}

/// The tenant's first domain, where it belongs to another tenant id. Domains that only stand together on a command
/// line owe each other nothing.
async fn stranger(
    domain: &Domain,
    metadata: &Metadata,
    facts: &Facts,
) -> Result<Option<(facts::Name, String)>, Unknown> {
    let Some(first) = domain.tenant.domains.first().filter(|first| **first != domain.name) else {
        return Ok(None);
    };
    if !domain.tenant.configured {
        return Ok(None);
    }
    let cloud = domain.tenant.cloud.or(metadata.cloud).unwrap_or(Cloud::Worldwide);
    Ok(match openid::ask(first, cloud, facts, &domain.given.trust).await? {
        OpenId::Tenant(other) if other.id != metadata.id => Some((first.clone(), other.id)),
        _ => None,
    })
}
