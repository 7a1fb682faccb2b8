//! The documents that Microsoft's sign-in and registration hosts give, in a shape of their own making.

use std::collections::BTreeMap;

use crate::TENANT_ID;
use crate::adfs::TokenSigning;
use crate::hosts::Answer;

/// What the clouds know of one domain.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: String,
    pub kind: &'static str,
    pub brand: String,
    pub region: &'static str,
    pub cloud: &'static str,
    /// Where federated users sign in.
    pub sign_in: Option<String>,
    /// The federation service's metadata exchange.
    pub exchange: Option<String>,
    /// The token-signing certificate that the cloud holds.
    pub certificate: Option<TokenSigning>,
}

impl Known {
    pub(crate) fn managed(brand: &str) -> Self {
        Self {
            id: TENANT_ID.to_owned(),
            kind: "Managed",
            brand: brand.to_owned(),
            region: "EU",
            cloud: "microsoftonline.com",
            sign_in: None,
            exchange: None,
            certificate: None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Clouds {
    tenants: BTreeMap<String, Known>,
    always: Option<Answer>,
}

impl Clouds {
    pub(crate) fn new(tenants: BTreeMap<String, Known>, always: Option<Answer>) -> Self {
        Self { tenants, always }
    }

    /// The document for a host and a path; none for hosts that give none.
    pub(crate) fn answer(&self, host: &str, target: &str) -> Option<Answer> {
        let path = target.split('?').next().unwrap_or_default();
        if host.starts_with("login.") && self.always.is_some() {
            return self.always.clone();
        }
        if host.starts_with("login.") {
            if let Some(domain) =
                path.strip_prefix('/').and_then(|p| p.strip_suffix("/v2.0/.well-known/openid-configuration"))
            {
                return Some(self.openid(host, domain));
            }
            if path == "/getuserrealm.srf" {
                let login = target.split(['?', '&']).find_map(|part| part.strip_prefix("login="))?;
                let domain = login.rsplit_once('@')?.1;
                return Some(if target.ends_with("&xml=1") {
                    self.realm_xml(domain)
                } else {
                    self.realm(domain)
                });
            }
        }
        if host.starts_with("enterpriseregistration.") {
            let domain = path.strip_prefix('/')?.strip_suffix("/enrollmentserver/contract")?;
            return Some(self.contract(domain));
        }
        None
    }

    fn openid(&self, host: &str, domain: &str) -> Answer {
        let Some(known) = self.tenants.get(domain) else {
            return Answer::json(
                400,
                r#"{"error":"invalid_tenant","error_description":"AADSTS90002: no such tenant"}"#,
            );
        };
        let Known { id, region, cloud, .. } = known;
        Answer::json(
            200,
            &format!(
                r#"{{"issuer":"https://{host}/{id}/v2.0","authorization_endpoint":"https://{host}/{id}/oauth2/v2.0/authorize","tenant_region_scope":"{region}","cloud_instance_name":"{cloud}"}}"#
            ),
        )
    }

    fn realm(&self, domain: &str) -> Answer {
        let Some(known) = self.tenants.get(domain) else {
            return Answer::json(200, r#"{"State":4,"NameSpaceType":"Unknown"}"#);
        };
        let Known { kind, brand, .. } = known;
        let sign_in = known.sign_in.as_ref().map(|url| format!(r#","AuthURL":"{url}""#)).unwrap_or_default();
        Answer::json(
            200,
            &format!(
                r#"{{"State":3,"NameSpaceType":"{kind}","DomainName":"{domain}","FederationBrandName":"{brand}"{sign_in}}}"#
            ),
        )
    }

    fn realm_xml(&self, domain: &str) -> Answer {
        let Some(known) = self.tenants.get(domain) else {
            return Answer::xml(
                "<RealmInfo Success=\"true\"><State>4</State><NameSpaceType>Unknown</NameSpaceType></RealmInfo>",
            );
        };
        let element = |name: &str, text: Option<&str>| {
            let text = text.map(|text| text.replace('&', "&amp;"));
            text.map(|text| format!("<{name}>{text}</{name}>")).unwrap_or_default()
        };
        let Known { kind, brand, sign_in, exchange, certificate, .. } = known;
        let parts = [
            element("NameSpaceType", Some(kind)),
            element("DomainName", Some(domain)),
            element("FederationBrandName", Some(brand)),
            element("AuthURL", sign_in.as_deref()),
            element("Certificate", certificate.as_ref().map(TokenSigning::base64)),
            element("MEXURL", exchange.as_deref()),
        ];
        Answer::xml(&format!("<RealmInfo Success=\"true\"><State>3</State>{}</RealmInfo>", parts.concat()))
    }

    fn contract(&self, domain: &str) -> Answer {
        match self.tenants.get(domain) {
            Some(known) => Answer::json(
                200,
                &format!(
                    r#"{{"IdentityProviderService":{{"PassiveAuthEndpoint":"https://login.microsoftonline.com/{}/wsfed"}}}}"#,
                    known.id
                ),
            ),
            None => Answer::json(400, r#"{"code":"invalid_request"}"#),
        }
    }
}
