//! What OpenID discovery says of a domain: its tenant, its cloud, its region.

use facts::{Facts, Name, Unknown};
use serde::Deserialize;

use crate::chain::Trust;
use crate::clouds::Cloud;
use crate::documents::{self, Fetch};
use crate::say;
use crate::subject::Domain;
use crate::text::Message;

/// One cloud's word on a domain.
pub enum OpenId {
    Tenant(Metadata),
    /// The cloud says that it has no such tenant.
    NotATenant,
    Throttled(Option<u32>),
    /// An answer that Microsoft's service would not give.
    Unexpected(Message),
    Unreachable(Message),
}

/// The part of the metadata that we judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The tenant id, lower case.
    pub id: String,
    /// `NA`, `EU`, `AS`, `OC`, `WW`, `USGov`, ... as published.
    pub region: Option<String>,
    /// `GCC`, `DODCON`, `DOD`.
    pub sub_region: Option<String>,
    pub cloud: Option<Cloud>,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    tenant_region_scope: Option<String>,
    tenant_region_sub_scope: Option<String>,
    cloud_instance_name: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
    error_description: Option<String>,
}

/// Asks one cloud about a domain.
pub async fn ask(domain: &Name, cloud: Cloud, facts: &Facts, trust: &Trust) -> Result<OpenId, Unknown> {
    let host = Name::from(cloud.sign_in_host());
    let path = format!("/{domain}/v2.0/.well-known/openid-configuration");
    let answer = match documents::fetch(&host, &path, facts, trust).await? {
        Fetch::Answer(answer) => answer,
        Fetch::Throttled(seconds) => return Ok(OpenId::Throttled(seconds)),
        Fetch::Unreachable(why) => return Ok(OpenId::Unreachable(why)),
    };
    if let Some(objection) = answer.untrusted() {
        let Message { en, fr } = objection;
        return Ok(OpenId::Unexpected(say!(
            en: "{host} answered over a chain that is not trusted: {en}",
            fr: "{host} a répondu sur une chaîne qui n’est pas de confiance : {fr}"
        )));
    }
    let response = &answer.response;
    let status = response.status;
    Ok(match status {
        200 => match parse(&response.body) {
            Some(metadata) => OpenId::Tenant(metadata),
            None => OpenId::Unexpected(say!(
                en: "{host} answered 200 with a document that is not OpenID metadata",
                fr: "{host} a répondu 200 avec un document qui n’est pas des métadonnées OpenID"
            )),
        },
        400 | 404 if is_unknown_tenant(&response.body) => OpenId::NotATenant,
        _ => OpenId::Unexpected(say!(
            en: "{host} answered with status {status}",
            fr: "{host} a répondu avec le statut {status}"
        )),
    })
}

pub(crate) fn parse(body: &[u8]) -> Option<Metadata> {
    let document: Document = serde_json::from_slice(body).ok()?;
    let id = document.issuer.split('/').find(|part| is_guid(part))?.to_ascii_lowercase();
    let text = |field: Option<String>| field.filter(|text| !text.is_empty());
    Some(Metadata {
        id,
        region: text(document.tenant_region_scope),
        sub_region: text(document.tenant_region_sub_scope),
        cloud: document.cloud_instance_name.as_deref().and_then(Cloud::by_instance),
    })
}

fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// `invalid_tenant` and AADSTS90002 say that the tenant does not exist; other errors say something else.
pub(crate) fn is_unknown_tenant(body: &[u8]) -> bool {
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else { return false };
    let names = |text: &Option<String>, part: &str| text.as_deref().is_some_and(|t| t.contains(part));
    names(&refusal.error, "invalid_tenant")
        || names(&refusal.error_description, "AADSTS90002")
        || names(&refusal.error_description, "AADSTS900021")
        || names(&refusal.error_description, "AADSTS90051")
}

/// What is known of a domain's place after asking: from the settings, from a cloud, or nothing.
pub struct Place {
    pub cloud: Cloud,
    /// False: nobody said, and the cloud is taken for the worldwide one.
    pub learnt: bool,
    pub metadata: Option<Metadata>,
}

/// The cloud of a domain: what the settings say, else what the clouds say. A domain that the worldwide cloud does
/// not know is asked for in the two others.
pub async fn place(domain: &Domain, facts: &Facts) -> Result<Place, Unknown> {
    if let Some(cloud) = domain.tenant.cloud {
        return Ok(Place { cloud, learnt: true, metadata: None });
    }
    let trust = &domain.given.trust;
    match ask(&domain.name, Cloud::Worldwide, facts, trust).await? {
        OpenId::Tenant(metadata) => {
            let cloud = metadata.cloud.unwrap_or(Cloud::Worldwide);
            return Ok(Place { cloud, learnt: true, metadata: Some(metadata) });
        }
        // Unknown there, or out of reach from a network that only lets the other clouds through.
        OpenId::NotATenant | OpenId::Unreachable(_) => {}
        OpenId::Throttled(_) | OpenId::Unexpected(_) => {
            return Ok(Place { cloud: Cloud::Worldwide, learnt: false, metadata: None });
        }
    }
    let (government, china) = tokio::join!(
        ask(&domain.name, Cloud::UsGovernment, facts, trust),
        ask(&domain.name, Cloud::China, facts, trust)
    );
    for (asked, said) in [(Cloud::UsGovernment, government?), (Cloud::China, china?)] {
        if let OpenId::Tenant(metadata) = said {
            let cloud = metadata.cloud.unwrap_or(asked);
            return Ok(Place { cloud, learnt: true, metadata: Some(metadata) });
        }
    }
    Ok(Place { cloud: Cloud::Worldwide, learnt: false, metadata: None })
}

impl Place {
    /// For findings that were judged without knowing the cloud.
    pub fn note(&self) -> Option<Message> {
        (!self.learnt).then(|| {
            say!(
                en: "The cloud could not be learnt; judged as the worldwide cloud. Set `cloud` in the settings if it is another.",
                fr: "Le cloud n’a pas pu être déterminé ; jugé comme le cloud mondial. Indiquez `cloud` dans la configuration si c’en est un autre."
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_from_the_fields_that_the_clouds_publish() {
        let body = br#"{"issuer":"https://login.microsoftonline.com/72F988BF-86F1-41af-91ab-2d7cd011db47/v2.0",
            "tenant_region_scope":"WW","tenant_region_sub_scope":null,"cloud_instance_name":"microsoftonline.com"}"#;
        let metadata = parse(body).unwrap();
        assert_eq!(metadata.id, "72f988bf-86f1-41af-91ab-2d7cd011db47");
        assert_eq!(metadata.cloud, Some(Cloud::Worldwide));
        assert_eq!(metadata.sub_region, None);
    }

    #[test]
    fn only_the_clouds_own_words_mean_that_there_is_no_tenant() {
        assert!(is_unknown_tenant(br#"{"error":"invalid_tenant","error_description":"AADSTS90002: ..."}"#));
        assert!(!is_unknown_tenant(br#"{"error":"invalid_request"}"#));
        assert!(!is_unknown_tenant(b"<html>"));
    }
}
