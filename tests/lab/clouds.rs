//! The documents that Microsoft's sign-in and registration hosts give, in a shape of their own making.

use std::collections::BTreeMap;

use crate::TENANT_ID;
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
                return Some(self.realm(login.rsplit_once('@')?.1));
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
