//! The readers of foreign documents, for tools that have the octets already: fuzz targets, for one.
//!
//! Nothing is asked for; the checks read with the same functions.

use std::collections::BTreeSet;

use facts::{Certificate, Name, Octets};
use jiff::Timestamp;
use url::Url;

use crate::chain::Issuer;
use crate::discovery::{apple_account_driven, device_registration};
use crate::enrollment_server::Capabilities;
use crate::openid;
use crate::realm;
use crate::revocation::{Said, ocsp};
use crate::sts::{exchange, metadata};
use crate::text::Message;

/// Federation metadata: who the service is, and its token-signing certificates, the primary first.
pub struct Federation {
    pub entity_id: String,
    pub signing: Vec<Octets>,
}

/// What is wrong is said as the end of a sentence.
pub fn federation_metadata(document: &[u8]) -> Result<Federation, Message> {
    let metadata = metadata::parse(document)?;
    let signing = metadata.signing().map(|signing| Octets::from(signing.der.as_slice())).collect();
    Ok(Federation { entity_id: metadata.entity_id, signing })
}

/// The paths of a metadata exchange document.
pub fn metadata_exchange(document: &[u8]) -> Result<BTreeSet<String>, Message> {
    Ok(exchange::parse(document)?.paths)
}

/// The user realm in its XML form: the token-signing certificate, and the address of the metadata exchange.
pub fn realm_xml(document: &[u8]) -> Option<(Option<Vec<u8>>, Option<Url>)> {
    realm::read_xml(document).map(|realm| (realm.signing_certificate, realm.exchange))
}

/// The user realm in JSON: its kind, and the host of its federation service.
pub fn realm_json(document: &[u8]) -> Option<(String, Option<Name>)> {
    let realm = realm::read(document)?;
    let host = realm.federation_host();
    Some((realm.name_space_type, host))
}

/// OpenID metadata.
pub fn openid_metadata(document: &[u8]) -> Option<openid::Metadata> {
    openid::parse(document)
}

/// Whether a cloud says that it has no such tenant.
pub fn is_unknown_tenant(document: &[u8]) -> bool {
    openid::is_unknown_tenant(document)
}

/// The contract of device registration: where users sign in.
pub fn registration_contract(document: &[u8]) -> Option<String> {
    device_registration::sign_in(document)
}

/// Apple's discovery document: versions and addresses; an error says where it breaks.
pub fn apple_servers(document: &[u8]) -> Option<Vec<(String, String)>> {
    let read: apple_account_driven::Servers = serde_json::from_slice(document).ok()?;
    Some(read.servers.into_iter().map(|server| (server.version, server.base_url)).collect())
}

/// Where a redirect of that document leads: a host, and a path with its query.
pub fn redirect(host: &Name, path: &str, location: &str) -> Option<(Name, String)> {
    apple_account_driven::resolve(host, path, location)
}

/// What a SCEP server says that it can do.
pub fn capabilities(body: &Octets) -> Option<Vec<String>> {
    Capabilities::read(body).map(|capabilities| capabilities.words())
}

/// What an OCSP answer is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ocsp {
    Good,
    Revoked,
    Stale,
    /// Why it says nothing.
    Unusable(Message),
}

/// What an OCSP answer says of a certificate; `key` is its issuer's, as SubjectPublicKeyInfo in DER.
pub fn ocsp_answer(answer: &[u8], certificate: &Certificate, key: &[u8], now: Timestamp) -> Ocsp {
    let issuer = Issuer { public_key: key.to_vec(), served: None };
    match ocsp::judge(answer, certificate, &issuer, now) {
        Said::Good { .. } => Ocsp::Good,
        Said::Revoked { .. } => Ocsp::Revoked,
        Said::Stale { .. } => Ocsp::Stale,
        Said::Unreached(why) | Said::Unusable(why) => Ocsp::Unusable(why),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_octets_make_a_reader_panic(octets in proptest::collection::vec(any::<u8>(), 0..300), text in "[<>/a-cA-Z\"'&;=! \\[\\]{}:,]{0,120}") {
            for document in [&octets[..], text.as_bytes()] {
                let _ = (federation_metadata(document), metadata_exchange(document), realm_xml(document));
                let _ = (realm_json(document), openid_metadata(document), is_unknown_tenant(document));
                let _ = (registration_contract(document), apple_servers(document));
                let _ = capabilities(&Octets::from(document));
            }
        }

        #[test]
        fn a_redirect_is_told_as_it_will_be_followed(location in "(https?:)?[/\\\\]{0,3}[a-z.@:0-9]{0,20}[/?#]?\\PC{0,20}") {
            if let Some((host, path)) = redirect(&Name::from("contoso.com"), "/a?b", &location) {
                let url = Url::parse(&format!("https://{host}{path}")).unwrap();
                prop_assert_eq!(url.host_str(), Some(host.as_str()));
            }
        }
    }
}
