//! What the user realm says of a domain: managed or federated, and by whom.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use facts::{Facts, Name, Unknown};
use serde::Deserialize;
use url::Url;

use crate::clouds::Cloud;
use crate::documents::{self, Fetch};
use crate::openid;
use crate::say;
use crate::subject::Domain;
use crate::text::Message;
use crate::xml;

/// A mailbox that nobody has. The realm belongs to the domain; the local part tells the service nothing.
const LOCAL_PART: &str = "enrollcheck-probe";

pub(crate) enum Answered {
    Realm(Realm),
    Throttled(Option<u32>),
    Unexpected(Message),
    Unreachable(Message),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Realm {
    /// `Managed`, `Federated` or `Unknown`.
    pub(crate) name_space_type: String,
    pub(crate) federation_brand_name: Option<String>,
    /// Where a federated user signs in.
    #[serde(rename = "AuthURL")]
    pub(crate) auth_url: Option<String>,
}

impl Realm {
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.name_space_type.eq_ignore_ascii_case(kind)
    }

    /// The address to which a federated user is sent.
    pub(crate) fn sign_in(&self) -> Option<Url> {
        self.auth_url.as_deref()?.parse().ok()
    }

    /// The host of the federation service.
    pub(crate) fn federation_host(&self) -> Option<Name> {
        self.sign_in()?.host_str().and_then(Name::of_host)
    }
}

/// Asks the domain's cloud for its realm.
pub(crate) async fn ask(domain: &Domain, facts: &Facts) -> Result<Answered, Unknown> {
    let cloud = openid::place(domain, facts).await?.cloud;
    ask_in(&domain.name, cloud, domain, facts).await
}

async fn ask_in(name: &Name, cloud: Cloud, domain: &Domain, facts: &Facts) -> Result<Answered, Unknown> {
    let host = Name::from(cloud.sign_in_host());
    let path = format!("/getuserrealm.srf?login={LOCAL_PART}@{name}&json=1");
    let answer = match documents::fetch(&host, &path, facts, &domain.given.trust).await? {
        Fetch::Answer(answer) => answer,
        Fetch::Throttled(seconds) => return Ok(Answered::Throttled(seconds)),
        Fetch::Unreachable(why) => return Ok(Answered::Unreachable(why)),
    };
    if let Some(Message { en, fr }) = answer.untrusted() {
        return Ok(Answered::Unexpected(say!(
            en: "{host} answered over a chain that is not trusted: {en}",
            fr: "{host} a répondu sur une chaîne qui n’est pas de confiance : {fr}"
        )));
    }
    let status = answer.response.status;
    let realm = read(&answer.response.body);
    Ok(match (status, realm) {
        (200, Some(realm)) => Answered::Realm(realm),
        (200, None) => Answered::Unexpected(say!(
            en: "{host} answered 200 with a document that is not a user realm",
            fr: "{host} a répondu 200 avec un document qui n’est pas un « user realm »"
        )),
        _ => Answered::Unexpected(say!(
            en: "{host} answered with status {status}",
            fr: "{host} a répondu avec le statut {status}"
        )),
    })
}

pub(crate) fn read(body: &[u8]) -> Option<Realm> {
    serde_json::from_slice(body).ok()
}

/// What only the realm's XML form says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RealmXml {
    /// The token-signing certificate that the cloud holds for the domain, in DER.
    pub(crate) signing_certificate: Option<Vec<u8>>,
    /// The federation service's metadata exchange.
    pub(crate) exchange: Option<Url>,
}

/// Asks for the realm's XML form; none where its answer cannot be had or believed.
pub(crate) async fn ask_xml(domain: &Domain, facts: &Facts) -> Result<Option<RealmXml>, Unknown> {
    let cloud = openid::place(domain, facts).await?.cloud;
    let host = Name::from(cloud.sign_in_host());
    let path = format!("/getuserrealm.srf?login={LOCAL_PART}@{}&xml=1", domain.name);
    Ok(match documents::fetch(&host, &path, facts, &domain.given.trust).await? {
        Fetch::Answer(answer) if answer.response.status == 200 && answer.untrusted().is_none() => {
            read_xml(&answer.response.body)
        }
        _ => None,
    })
}

pub(crate) fn read_xml(body: &[u8]) -> Option<RealmXml> {
    let mut texts = xml::texts(body, &["NameSpaceType", "Certificate", "MEXURL"]).ok()?;
    texts.remove("NameSpaceType")?;
    let certificate = texts.remove("Certificate").map(|text| text.split_whitespace().collect::<String>());
    Some(RealmXml {
        signing_certificate: certificate
            .and_then(|text| STANDARD.decode(text).ok())
            .filter(|der| !der.is_empty()),
        exchange: texts.remove("MEXURL").and_then(|url| url.trim().parse().ok()),
    })
}

/// The federation service of a domain: what the settings name, else what the realm says. None where there is none
/// or where nobody could say.
pub(crate) async fn federation_host(domain: &Domain, facts: &Facts) -> Result<Option<Name>, Unknown> {
    if let Some(host) = &domain.tenant.federation {
        return Ok(Some(host.host.clone()));
    }
    Ok(match ask(domain, facts).await? {
        Answered::Realm(realm) if realm.is("Federated") => realm.federation_host(),
        _ => None,
    })
}
