//! Microsoft's clouds and the names that differ between them.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// Where a tenant lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// With GCC, which lives in the commercial cloud.
    Worldwide,
    /// GCC High and DoD.
    UsGovernment,
    /// Operated by 21Vianet.
    China,
}

impl Cloud {
    pub const ALL: [Self; 3] = [Self::Worldwide, Self::UsGovernment, Self::China];

    pub fn id(self) -> &'static str {
        match self {
            Self::Worldwide => "worldwide",
            Self::UsGovernment => "us-government",
            Self::China => "china",
        }
    }

    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.id() == id)
    }

    pub fn title(self) -> Text {
        match self {
            Self::Worldwide => Text::new("the worldwide cloud", "le cloud mondial"),
            Self::UsGovernment => {
                Text::new("the US government cloud", "le cloud du gouvernement des États-Unis")
            }
            Self::China => Text::new("the cloud of 21Vianet in China", "le cloud de 21Vianet en Chine"),
        }
    }

    /// `cloud_instance_name` of OpenID discovery.
    pub fn by_instance(name: &str) -> Option<Self> {
        match name {
            "microsoftonline.com" => Some(Self::Worldwide),
            "microsoftonline.us" => Some(Self::UsGovernment),
            "partner.microsoftonline.cn" | "microsoftonline.cn" | "chinacloudapi.cn" => Some(Self::China),
            _ => None,
        }
    }

    pub fn sign_in_host(self) -> &'static str {
        match self {
            Self::Worldwide => "login.microsoftonline.com",
            Self::UsGovernment => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
        }
    }

    /// Where a device registers, and where the registration contract can be read.
    pub fn registration_host(self) -> &'static str {
        match self {
            Self::Worldwide => "enterpriseregistration.windows.net",
            Self::UsGovernment => "enterpriseregistration.microsoftonline.us",
            Self::China => "enterpriseregistration.partner.microsoftonline.cn",
        }
    }

    /// The host of the Intune service in Apple's discovery document.
    pub fn apple_enrollment_host(self) -> &'static str {
        match self {
            Self::Worldwide => "manage.microsoft.com",
            Self::UsGovernment => "manage.microsoft.us",
            Self::China => "manage.microsoft.cn",
        }
    }
}

/// The targets that one record may have in one cloud.
#[derive(Clone, Copy, Debug)]
pub struct Targets {
    /// The one to paste.
    pub preferred: &'static str,
    /// As good, without a word.
    pub equal: &'static [&'static str],
    /// Accepted with a note, because no document says which is meant.
    pub undocumented: bool,
    /// Older names that work with a confirmation on the device.
    pub legacy: &'static [&'static str],
}

/// `EnterpriseEnrollment.<domain>`: create-cname-autodiscovery, table of clouds.
pub fn enrollment_targets(cloud: Cloud) -> Targets {
    match cloud {
        Cloud::Worldwide => Targets {
            preferred: "enterpriseenrollment-s.manage.microsoft.com",
            equal: &[],
            undocumented: false,
            legacy: &["enterpriseenrollment.manage.microsoft.com", "manage.microsoft.com"],
        },
        Cloud::UsGovernment => Targets {
            preferred: "enterpriseenrollment-s.manage.microsoft.us",
            equal: &[],
            undocumented: false,
            legacy: &["enterpriseenrollment.manage.microsoft.us", "manage.microsoft.us"],
        },
        Cloud::China => Targets {
            preferred: "enterpriseenrollment-s.manage.microsoftonline.cn",
            equal: &[],
            undocumented: false,
            legacy: &["enterpriseenrollment.manage.microsoftonline.cn", "manage.microsoftonline.cn"],
        },
    }
}

/// `EnterpriseRegistration.<domain>`: the same table; government and 21Vianet by their own endpoint pages.
pub fn registration_targets(cloud: Cloud) -> Targets {
    match cloud {
        Cloud::Worldwide => Targets {
            preferred: "enterpriseregistration.windows.net",
            equal: &[],
            undocumented: false,
            legacy: &[],
        },
        Cloud::UsGovernment => Targets {
            preferred: "enterpriseregistration.windows.net",
            equal: &["enterpriseregistration.microsoftonline.us"],
            undocumented: false,
            legacy: &[],
        },
        Cloud::China => Targets {
            preferred: "enterpriseregistration.partner.microsoftonline.cn",
            equal: &["enterpriseregistration.windows.net"],
            undocumented: true,
            legacy: &[],
        },
    }
}

/// Domains that Microsoft itself runs for its tenants: their records are not the administrator's.
pub const PROVIDER_DOMAINS: [&str; 6] = [
    "onmicrosoft.com",
    "onmicrosoft.us",
    "onmicrosoft.cn",
    "partner.onmschina.cn",
    "onmschina.cn",
    "onmicrosoft.de",
];

/// Whether a name is a target of either record in any cloud.
pub fn is_known_target(name: &facts::Name) -> bool {
    Cloud::ALL.into_iter().flat_map(|cloud| [enrollment_targets(cloud), registration_targets(cloud)]).any(
        |targets| {
            let all = std::iter::once(&targets.preferred).chain(targets.equal).chain(targets.legacy);
            all.into_iter().any(|target| name.as_str() == *target)
        },
    )
}

/// Whether Microsoft itself runs the domain for its tenants.
pub fn is_provider_domain(name: &facts::Name) -> bool {
    PROVIDER_DOMAINS.iter().any(|provider| name.is_within(&facts::Name::from(*provider)))
}
