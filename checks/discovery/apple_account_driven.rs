//! Apple devices find Intune from the user's address alone (account-driven enrollment).

use facts::{Facts, Name, Unknown};
use serde::Deserialize;
use serde_json::error::Category;

use crate::chain::Ends;
use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::clouds::Cloud;
use crate::documents::{self, Answer, Fetch};
use crate::openid::{self, OpenId};
use crate::remedy::Remedy;
use crate::roots::Programme;
use crate::say;
use crate::subject::{Domain, Platform};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "discovery.apple-account-driven",
    title: Text::new(
        "Apple devices find Intune from a work address",
        "Les appareils Apple trouvent Intune d’après l’adresse professionnelle",
    ),
    why: Text::new(
        "With account-driven enrollment a user signs in with a work address on the device, and the device asks the web server of \
         the address's domain where to enroll. This is the only way of enrolling that reads the organisation's own web server.",
        "Avec l’inscription pilotée par le compte, l’utilisateur se connecte sur l’appareil avec son adresse professionnelle, et \
         l’appareil demande au serveur web du domaine où s’inscrire. Seule cette méthode lit le serveur web de l’organisation.",
    ),
    affects: Text::new(
        "iPhones, iPads and Macs that users enroll with a work account",
        "les iPhone, iPad et Mac que les utilisateurs inscrivent avec un compte professionnel",
    ),
    reasons: &[
        TLS_NOT_TRUSTED,
        WRONG_CONTENT_TYPE,
        INVALID_DOCUMENT,
        NO_BYOD_SERVER,
        WRONG_SERVER,
        WRONG_TENANT,
        MISSING,
        UNREACHABLE,
        REDIRECTED,
        OK,
        NOT_APPLICABLE,
    ],
    references: &[INTUNE_ACCOUNT_DRIVEN, APPLE_DISCOVERY],
    symptoms: &[Text::new(
        "\"Your Apple Account does not support the expected services\" on the device.",
        "« Votre compte Apple ne prend pas en charge les services attendus » sur l’appareil.",
    )],
    judge: Judge::EachDomain(|domain, facts| Box::pin(judge(domain, facts))),
};

const INTUNE_ACCOUNT_DRIVEN: Reference = Reference {
    title: Text::new(
        "Set up account-driven Apple User Enrollment",
        "Configurer l’inscription utilisateur Apple pilotée par le compte",
    ),
    url: "https://learn.microsoft.com/mem/intune/enrollment/apple-account-driven-user-enrollment",
};
const APPLE_DISCOVERY: Reference = Reference {
    title: Text::new(
        "Implementing the simple authentication account-driven enrollment flow",
        "Mettre en œuvre l’inscription pilotée par le compte à authentification simple",
    ),
    url: "https://developer.apple.com/documentation/devicemanagement/implementing-the-simple-authentication-user-enrollment-flow",
};

const TLS_NOT_TRUSTED: Reason = Reason::fail(
    "tls-not-trusted",
    Text::new(
        "The web server's certificate is not one that an Apple device trusts before it is enrolled.",
        "Le certificat du serveur web n’est pas de ceux qu’un appareil Apple accepte avant d’être inscrit.",
    ),
    Text::new(
        "Install a certificate of a public authority, with its intermediates, on the web server of the domain.",
        "Installez sur le serveur web du domaine un certificat d’une autorité publique, avec ses intermédiaires.",
    ),
);
const WRONG_CONTENT_TYPE: Reason = Reason::fail(
    "wrong-content-type",
    Text::new(
        "The document does not come as application/json.",
        "Le document n’arrive pas en application/json.",
    ),
    Text::new(
        "Have the web server send the file com.apple.remotemanagement with the header Content-Type: application/json.",
        "Réglez le serveur web pour qu’il envoie le fichier com.apple.remotemanagement avec l’en-tête Content-Type: application/json.",
    ),
);
const INVALID_DOCUMENT: Reason = Reason::fail(
    "invalid-document",
    Text::new(
        "The document is not the JSON object that devices expect.",
        "Le document n’est pas l’objet JSON attendu.",
    ),
    Text::new("Replace the document.", "Remplacez le document."),
);
const NO_BYOD_SERVER: Reason = Reason::fail(
    "no-byod-server",
    Text::new(
        "The document lists no server of version mdm-byod.",
        "Le document ne cite aucun serveur de version mdm-byod.",
    ),
    Text::new("Add the server to the document.", "Ajoutez le serveur au document."),
);
const WRONG_SERVER: Reason = Reason::fail(
    "wrong-server",
    Text::new(
        "The document leads to another server than Intune.",
        "Le document mène à un autre serveur qu’Intune.",
    ),
    Text::new("Correct BaseURL in the document.", "Corrigez BaseURL dans le document."),
);
const WRONG_TENANT: Reason = Reason::fail(
    "wrong-tenant",
    Text::new(
        "The tenant id in the document is not the domain's.",
        "L’identifiant de locataire du document n’est pas celui du domaine.",
    ),
    Text::new("Correct aadTenantId in the document.", "Corrigez aadTenantId dans le document."),
);
const MISSING: Reason = Reason::warn(
    "missing",
    Text::new(
        "The web server has no such document. Since iOS 18.2 and macOS 15.2 devices then ask Apple Business Manager; older systems fail.",
        "Le serveur web n’a pas ce document. Depuis iOS 18.2 et macOS 15.2, les appareils interrogent alors Apple Business Manager ; les systèmes plus anciens échouent.",
    ),
    Text::new("Publish the document.", "Publiez le document."),
);
const UNREACHABLE: Reason = Reason::warn(
    "unreachable",
    Text::new(
        "The web server of the domain gives no answer. Since iOS 18.2 and macOS 15.2 devices then ask Apple Business Manager; older systems fail.",
        "Le serveur web du domaine ne répond pas. Depuis iOS 18.2 et macOS 15.2, les appareils interrogent alors Apple Business Manager ; les systèmes plus anciens échouent.",
    ),
    Text::new(
        "Publish the document on a web server that answers https:// on the domain's own name.",
        "Publiez le document sur un serveur web qui répond en https:// au nom même du domaine.",
    ),
);
const REDIRECTED: Reason = Reason::warn(
    "redirected",
    Text::new(
        "The document is reached by a redirect, which not every system follows.",
        "Le document s’obtient par une redirection, que tous les systèmes ne suivent pas.",
    ),
    Text::new(
        "Answer with status 200 and the document directly.",
        "Répondez directement par le statut 200 et le document.",
    ),
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new("The document leads to the tenant's Intune.", "Le document mène à l’Intune du locataire."),
);
const NOT_APPLICABLE: Reason = Reason::skip(
    "not-applicable",
    Text::new(
        "Account-driven enrollment is not in use.",
        "L’inscription pilotée par le compte n’est pas utilisée.",
    ),
);

/// As many redirects as a patient client would follow.
const REDIRECTS: usize = 5;
const DOCUMENT: &str = "/.well-known/com.apple.remotemanagement";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Servers {
    pub(crate) servers: Vec<Server>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Server {
    pub(crate) version: String,
    #[serde(rename = "BaseURL")]
    pub(crate) base_url: String,
}

async fn judge(domain: &Domain, facts: &Facts) -> Result<Outcome, Unknown> {
    let name = &domain.name;
    let apple = [Platform::Ios, Platform::Macos].iter().any(|p| domain.tenant.platforms.contains(p));
    if !domain.tenant.account_driven || !apple {
        return Ok(NOT_APPLICABLE.because(say!(
            en: "Account-driven enrollment is not said to be in use for {name} (account_driven = true).",
            fr: "L’inscription pilotée par le compte n’est pas déclarée pour {name} (account_driven = true)."
        )));
    }
    let place = openid::place(domain, facts).await?;
    let outcome = follow(domain, place.cloud, facts).await?;
    Ok(outcome.notes(place.note()))
}

/// Fetches the document, over redirects where there are any, and judges what comes.
async fn follow(domain: &Domain, cloud: Cloud, facts: &Facts) -> Result<Outcome, Unknown> {
    let name = &domain.name;
    let mut host = name.clone();
    let mut path = format!("{DOCUMENT}?user-identifier=enrollcheck-probe@{name}&model-family=iPhone");
    let mut redirected = None;
    for _ in 0..=REDIRECTS {
        let answer = match documents::fetch(&host, &path, facts, &domain.given.trust).await? {
            Fetch::Answer(answer) => answer,
            Fetch::Throttled(_) => return Ok(unreachable(&host, "429")),
            Fetch::Unreachable(Message { en, fr }) => {
                return Ok(UNREACHABLE
                    .because(say!(en: "{en}.", fr: "{fr}."))
                    .remedy(publish(domain, cloud, None)));
            }
        };
        if let Some(outcome) = untrusted(&host, &answer) {
            return Ok(outcome);
        }
        if !(300..400).contains(&answer.response.status) {
            let outcome = document(domain, cloud, &answer, facts).await?;
            let found = [Some(outcome), redirected].into_iter().flatten();
            return Ok(Outcome::worst_of(CHECK.reasons, found).unwrap_or_else(|| unreachable(&host, "?")));
        }
        let status = answer.response.status;
        let next = answer.response.header("location").and_then(|to| resolve(&host, &path, to));
        let Some((next_host, next_path)) = next else {
            return Ok(unreachable(&host, &status.to_string()));
        };
        redirected.get_or_insert(REDIRECTED.because(say!(
            en: "{name} answers with a redirect ({status}) to {next_host}.",
            fr: "{name} répond par une redirection ({status}) vers {next_host}."
        )));
        (host, path) = (next_host, next_path);
    }
    Ok(UNREACHABLE.because(say!(
        en: "{name} redirects more than {REDIRECTS} times.",
        fr: "{name} redirige plus de {REDIRECTS} fois."
    )))
}

/// Where a redirect leads; only https on its usual port is what a device would follow.
pub(crate) fn resolve(host: &Name, path: &str, to: &str) -> Option<(Name, String)> {
    let base = url::Url::parse(&format!("https://{host}{path}")).ok()?;
    let next = base.join(to).ok()?;
    if next.scheme() != "https" || next.port().is_some() {
        return None;
    }
    let query = next.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some((Name::of_host(next.host_str()?)?, format!("{}{query}", next.path())))
}

/// The device knows Apple's roots and nothing else at that moment.
fn untrusted(host: &Name, answer: &Answer) -> Option<Outcome> {
    let chain = answer.chain.as_ref()?;
    let objection = match &chain.ends {
        Ends::Public { root, programmes } if chain.is_sound() && !programmes.has(Programme::Apple) => {
            Some(say!(
                en: "Apple's programme does not have the root {root}",
                fr: "le programme d’Apple n’a pas la racine {root}"
            ))
        }
        _ => chain.objection(),
    }?;
    let Message { en, fr } = objection;
    Some(
        TLS_NOT_TRUSTED
            .because(say!(en: "{host}: {en}.", fr: "{host} : {fr}."))
            .expires_at(chain.expires_at()),
    )
}

fn unreachable(host: &Name, status: &str) -> Outcome {
    UNREACHABLE.because(say!(
        en: "{host} answered with status {status} instead of the document.",
        fr: "{host} a répondu avec le statut {status} au lieu du document."
    ))
}

async fn document(domain: &Domain, cloud: Cloud, answer: &Answer, facts: &Facts) -> Result<Outcome, Unknown> {
    let (name, response) = (&domain.name, &answer.response);
    let status = response.status;
    let tenant = tenant_id(domain, cloud, facts).await?;
    let paste = publish(domain, cloud, tenant.as_deref());
    match status {
        200 => {}
        400..=499 => {
            return Ok(MISSING
                .because(say!(
                    en: "{name} has no discovery document (status {status}).",
                    fr: "{name} n’a pas de document de découverte (statut {status})."
                ))
                .remedy(paste));
        }
        _ => return Ok(unreachable(name, &status.to_string())),
    }
    let mut outcomes = Vec::new();
    let kind = response.header("content-type").unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        outcomes.push(WRONG_CONTENT_TYPE.because(say!(
            en: "The document of {name} comes as {kind:?}, not as application/json.",
            fr: "Le document de {name} arrive en {kind:?}, et non en application/json."
        )));
    }
    match (serde_json::from_slice::<Servers>(&response.body), documents::whole(response)) {
        (Ok(_), Err(Message { en, fr })) => outcomes.push(invalid(name, &en, &fr)),
        (Ok(document), Ok(_)) => outcomes.push(servers(domain, cloud, &document, tenant.as_deref())),
        (Err(error), _) => {
            let (line, column) = (error.line(), error.column());
            let (en, fr) = match error.classify() {
                Category::Data => {
                    ("it has not the form that Apple describes", "il n’a pas la forme qu’Apple décrit")
                }
                _ => ("it is not JSON", "ce n’est pas du JSON"),
            };
            let why_en = format!("{en} (line {line}, column {column})");
            let why_fr = format!("{fr} (ligne {line}, colonne {column})");
            outcomes.push(invalid(name, &why_en, &why_fr));
        }
    }
    let expires_at = answer.chain.as_ref().and_then(|chain| chain.expires_at());
    let outcome = Outcome::worst_of(CHECK.reasons, outcomes).unwrap_or_else(|| invalid(name, "", ""));
    let needs_document =
        ["invalid-document", "no-byod-server", "wrong-server", "wrong-tenant"].contains(&outcome.reason.id);
    let outcome = if needs_document { outcome.remedy(paste) } else { outcome };
    Ok(outcome.expires_at(expires_at))
}

fn invalid(name: &Name, why_en: &str, why_fr: &str) -> Outcome {
    INVALID_DOCUMENT.because(say!(
        en: "The document of {name} is not valid: {why_en}.",
        fr: "Le document de {name} n’est pas valide : {why_fr}."
    ))
}

fn servers(domain: &Domain, cloud: Cloud, document: &Servers, tenant: Option<&str>) -> Outcome {
    let name = &domain.name;
    let wanted = cloud.apple_enrollment_host();
    let byod: Vec<&Server> = document.servers.iter().filter(|s| s.version == "mdm-byod").collect();
    if byod.is_empty() {
        return NO_BYOD_SERVER.because(say!(
            en: "The document of {name} lists no server of version mdm-byod.",
            fr: "Le document de {name} ne cite aucun serveur de version mdm-byod."
        ));
    }
    let intune = byod.iter().find_map(|server| {
        let url = url::Url::parse(&server.base_url).ok()?;
        (url.scheme() == "https" && url.host_str() == Some(wanted)).then_some(url)
    });
    let Some(url) = intune else {
        let found = byod.first().map(|server| server.base_url.as_str()).unwrap_or_default();
        return WRONG_SERVER.because(say!(
            en: "The document of {name} leads to {found}, not to https://{wanted}.",
            fr: "Le document de {name} mène à {found}, et non à https://{wanted}."
        ));
    };
    let named = url.query_pairs().find(|(key, _)| key.eq_ignore_ascii_case("aadTenantId"));
    let named = named.map(|(_, value)| value.to_ascii_lowercase());
    match (named, tenant) {
        (Some(named), Some(tenant)) if named != tenant => WRONG_TENANT.because(say!(
            en: "The document of {name} names tenant {named}; the domain belongs to {tenant}.",
            fr: "Le document de {name} cite le locataire {named} ; le domaine appartient à {tenant}."
        )),
        (None, _) => WRONG_TENANT.because(say!(
            en: "The address in the document of {name} names no tenant (aadTenantId).",
            fr: "L’adresse du document de {name} ne cite aucun locataire (aadTenantId)."
        )),
        (Some(named), tenant) => {
            let outcome = OK.because(say!(
                en: "{name} leads Apple devices to {wanted}, tenant {named}.",
                fr: "{name} mène les appareils Apple à {wanted}, locataire {named}."
            ));
            match tenant {
                Some(_) => outcome,
                None => outcome.note(say!(
                    en: "The tenant id could not be compared: the cloud did not say which tenant the domain belongs to.",
                    fr: "L’identifiant n’a pas pu être comparé : le cloud n’a pas dit à quel locataire appartient le domaine."
                )),
            }
        }
    }
}

/// The tenant that the domain belongs to, as the cloud says.
async fn tenant_id(domain: &Domain, cloud: Cloud, facts: &Facts) -> Result<Option<String>, Unknown> {
    // The question that discovered the cloud is the one that tells the id; memory makes it free.
    let asked = openid::place(domain, facts).await?.metadata.map(|metadata| metadata.id);
    if asked.is_some() {
        return Ok(asked);
    }
    Ok(match openid::ask(&domain.name, cloud, facts, &domain.given.trust).await? {
        OpenId::Tenant(metadata) => Some(metadata.id),
        _ => None,
    })
}

/// The document to publish.
fn publish(domain: &Domain, cloud: Cloud, tenant: Option<&str>) -> Remedy {
    let (name, host) = (&domain.name, cloud.apple_enrollment_host());
    let tenant = tenant.unwrap_or("TENANT-ID");
    let body = format!(
        "{{\"Servers\":[{{\"Version\":\"mdm-byod\",\"BaseURL\":\"https://{host}/EnrollmentServer/PostReportDeviceInfoForUEV2?aadTenantId={tenant}\"}}]}}"
    );
    Remedy::from(say!(
        en: "Publish this at https://{name}{DOCUMENT} with Content-Type: application/json:",
        fr: "Publiez ceci à https://{name}{DOCUMENT} avec Content-Type: application/json :"
    ))
    .copy(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_to_a_host_over_https_or_nowhere() {
        let name = Name::from("contoso.com");
        let to = |location| resolve(&name, DOCUMENT, location);
        let www = Name::from("www.contoso.com");
        assert_eq!(to("https://WWW.contoso.com/x?y#z"), Some((www, "/x?y".to_owned())));
        assert_eq!(to("other"), Some((name.clone(), "/.well-known/other".to_owned())));
        for nowhere in [
            "http://contoso.com/",
            "https://contoso.com:8443/",
            "https://./evil.example/x",
            "https://0../x",
            "mailto:x",
        ] {
            assert_eq!(to(nowhere), None, "{nowhere}");
        }
    }
}
