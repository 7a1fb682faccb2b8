//! What is wrong in each world, and how it is built. A world's name is its folder's.

mod adfs;
mod apns;
mod certificate;
mod discovery;
mod dns;
mod healthy;
mod network;
mod proxy;
mod scep;
mod settings;
mod tls;

use crate::laboratory::Made;

/// A name, the one thing that it shows as `check/reason` (nothing where all is well), and how to build it.
pub struct World {
    pub name: &'static str,
    pub shows: &'static str,
    pub make: Box<dyn Fn() -> Made + Send + Sync>,
}

impl World {
    pub fn new(
        name: &'static str,
        shows: &'static str,
        make: impl Fn() -> Made + Send + Sync + 'static,
    ) -> Self {
        Self { name, shows, make: Box::new(make) }
    }
}

pub fn all() -> Vec<World> {
    [
        healthy::worlds(),
        dns::worlds(),
        discovery::worlds(),
        network::worlds(),
        proxy::worlds(),
        tls::worlds(),
        adfs::worlds(),
        scep::worlds(),
        apns::worlds(),
        certificate::worlds(),
        settings::worlds(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A tenant whose cloud nobody has to be asked for.
pub const TENANT: &str =
    "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n";
/// One whose cloud is learnt.
pub const ANY_CLOUD: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\n";

/// The hosts at which the clouds say who lives where.
pub const SIGN_IN: [&str; 5] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "enterpriseregistration.windows.net",
    "enterpriseregistration.microsoftonline.us",
];

pub fn hosts(names: &[&str]) -> Vec<(String, u16, &'static str)> {
    names.iter().map(|host| ((*host).to_owned(), 443, "tls")).collect()
}
