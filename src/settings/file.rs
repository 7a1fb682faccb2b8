//! The shape of a settings file, key for key.

use std::collections::BTreeMap;
use std::path::PathBuf;

use checks::clouds::Cloud;
use checks::subject::{Platform, ScepKind};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_spanned::Spanned;

/// One file; any part may stand alone.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) tenant: Vec<Spanned<Tenant>>,
    pub(super) network: Option<Spanned<Network>>,
    pub(super) trust: Option<Spanned<Trust>>,
    pub(super) thresholds: Option<Spanned<Thresholds>>,
    #[serde(default)]
    pub(super) waiver: Vec<Spanned<Waiver>>,
    #[serde(default)]
    pub(super) check: Vec<OwnCheck>,
}

impl File {
    /// Whether anything in it stands elsewhere: in other files, or in the environment.
    pub(super) fn points_elsewhere(&self) -> bool {
        let tenant = |tenant: &Tenant| tenant.apns.is_some() || !tenant.certificate.is_empty();
        let trust = |trust: &Trust| {
            let lists = [&trust.public_roots, &trust.apple_roots];
            lists.iter().any(|list| list.is_some()) || !trust.enterprise_roots.is_empty()
        };
        self.tenant.iter().any(|part| tenant(part.get_ref()))
            || self.trust.as_ref().is_some_and(|part| trust(part.get_ref()))
            || self.network.as_ref().is_some_and(|part| part.get_ref().proxy_password.is_some())
            || self.check.iter().any(|check| check.file.is_some())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tenant {
    pub(super) name: Option<Spanned<String>>,
    pub(super) cloud: Option<Cloud>,
    pub(super) domains: Spanned<Vec<Spanned<String>>>,
    pub(super) platforms: Option<Spanned<Vec<Platform>>>,
    pub(super) automatic_enrollment: Option<bool>,
    #[serde(default)]
    pub(super) account_driven: bool,
    pub(super) adfs: Option<Adfs>,
    #[serde(default)]
    pub(super) scep: Vec<Scep>,
    pub(super) apns: Option<Apns>,
    #[serde(default)]
    pub(super) certificate: Vec<Certificate>,
    #[serde(default)]
    pub(super) server: Vec<Server>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Adfs {
    pub(super) url: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scep {
    pub(super) url: Spanned<String>,
    pub(super) kind: Option<ScepKind>,
    pub(super) ca_thumbprint: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Apns {
    pub(super) certificate: Spanned<PathBuf>,
    pub(super) previous: Option<Spanned<PathBuf>>,
    /// Of either file, where it is PKCS#12.
    pub(super) password: Option<Spanned<Secret>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Certificate {
    pub(super) path: Spanned<PathBuf>,
    pub(super) password: Option<Spanned<Secret>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    pub(super) address: Spanned<String>,
}

/// Where a secret is; never the secret itself.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    pub(super) env: Option<String>,
    pub(super) file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretKeys {
    env: Option<String>,
    file: Option<PathBuf>,
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

/// Refuses a value in plain sight without repeating it.
struct SecretVisitor;

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = Secret;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("{ env = \"NAME\" } or { file = \"path\" }")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Secret, A::Error> {
        let SecretKeys { env, file } = SecretKeys::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Secret { env, file })
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Secret, E> {
        Err(in_plain_sight())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Secret, E> {
        Err(in_plain_sight())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Secret, E> {
        Err(in_plain_sight())
    }
}

fn in_plain_sight<E: Error>() -> E {
    E::custom("a secret is never written in the file: wanted { env = \"NAME\" } or { file = \"path\" }")
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Network {
    pub(super) resolvers: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) authoritative: Option<bool>,
    pub(super) proxy: Option<Spanned<String>>,
    pub(super) proxy_user: Option<Spanned<String>>,
    pub(super) proxy_password: Option<Spanned<Secret>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) deadline: Option<Spanned<String>>,
    pub(super) concurrency: Option<Spanned<u32>>,
    pub(super) address_families: Option<Spanned<Vec<Family>>>,
    #[serde(default)]
    pub(super) routes: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Family {
    Ipv4,
    Ipv6,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    pub(super) public_roots: Option<Vec<Spanned<PathBuf>>>,
    #[serde(default)]
    pub(super) enterprise_roots: Vec<Spanned<PathBuf>>,
    pub(super) apple_roots: Option<Vec<Spanned<PathBuf>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thresholds {
    pub(super) certificate_warn: Option<Spanned<String>>,
    pub(super) certificate_fail: Option<Spanned<String>>,
    pub(super) clock_skew_warn: Option<Spanned<String>>,
    pub(super) clock_skew_fail: Option<Spanned<String>>,
    pub(super) slow: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiver {
    pub(super) check: Spanned<String>,
    pub(super) reason: Option<Spanned<String>>,
    pub(super) subject: Option<Spanned<String>>,
    pub(super) because: Spanned<String>,
    pub(super) owner: Option<String>,
    pub(super) until: Spanned<toml::value::Datetime>,
}

/// A check of the user's own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnCheck {
    pub(super) id: Spanned<String>,
    pub(super) title: Option<Spanned<toml::Value>>,
    pub(super) remedy: Option<Spanned<toml::Value>>,
    pub(super) tenant: Option<Spanned<String>>,
    pub(super) severity: Option<Severity>,
    pub(super) dns: Option<Spanned<String>>,
    pub(super) kind: Option<RecordKind>,
    pub(super) tcp: Option<Spanned<String>>,
    pub(super) tls: Option<Spanned<String>>,
    pub(super) http: Option<Spanned<String>>,
    pub(super) file: Option<Spanned<PathBuf>>,
    pub(super) program: Option<Spanned<Vec<String>>>,
    pub(super) expect: Option<Spanned<toml::Value>>,
    pub(super) contains: Option<String>,
    pub(super) timeout: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    Fail,
    Warn,
}

impl Severity {
    pub(super) fn warns(self) -> bool {
        self == Self::Warn
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RecordKind {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Txt,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::File;

    const SCHEMA: &str = include_str!("../../data/schemas/config.json");

    /// The keys that the reader knows in the table of this header, by its own complaint about another.
    fn known(header: &str) -> BTreeSet<String> {
        let text = format!("{header}\nzzz = 1\n");
        let complaint = toml::from_str::<File>(&text).unwrap_err().message().to_owned();
        let expected = complaint.split_once("expected").map(|(_, expected)| expected.to_owned()).unwrap();
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let tenant = "[[tenant]]\ndomains = []\n";
        for (header, place) in [
            ("", ""),
            ("[[tenant]]", "/$defs/tenant"),
            (&format!("{tenant}[tenant.adfs]"), "/$defs/tenant/properties/adfs"),
            (&format!("{tenant}[[tenant.scep]]"), "/$defs/tenant/properties/scep/items"),
            (&format!("{tenant}[tenant.apns]"), "/$defs/tenant/properties/apns"),
            (&format!("{tenant}[[tenant.certificate]]"), "/$defs/tenant/properties/certificate/items"),
            (&format!("{tenant}[[tenant.server]]"), "/$defs/tenant/properties/server/items"),
            ("[network]", "/$defs/network"),
            ("[trust]", "/$defs/trust"),
            ("[thresholds]", "/$defs/thresholds"),
            ("[[waiver]]", "/$defs/waiver"),
            ("[[check]]", "/$defs/check"),
        ] {
            let properties = schema.pointer(&format!("{place}/properties")).unwrap().as_object().unwrap();
            let described: BTreeSet<String> = properties.keys().cloned().collect();
            assert_eq!(known(header), described, "{header}");
        }
    }
}
