//! A simulated tenant on loopback, unprivileged: every server listens on a port of its own, and the settings that
//! come with it lead the program there by routes.
//!
//! Build one with [`Lab::with`], start it, and hand [`Running::settings`] to `enrollcheck run -c`.

mod adfs;
pub mod apple;
mod authority;
mod clouds;
mod hosts;
mod names;
mod proxy;
mod script;

pub use adfs::{Adfs, TokenSigning};
pub use apple::{Apple, Push, Pushed};
pub use authority::{Authority, Dates, Issuer};
pub use clouds::Known;
pub use hosts::{Answer, Manner, Signer, Trouble};
pub use names::{Fault, Names, Record};
pub use proxy::Proxy;
pub use script::{Step, scripted, scripted_http};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hosts::Hosts;
use tempfile::TempDir;

/// The tenant id that the simulated clouds give every domain unless told otherwise.
pub const TENANT_ID: &str = "5a7f1c2e-3b44-4d55-8e66-9f0011223344";

/// A laboratory before it is started.
pub struct Lab {
    pub names: Names,
    pub hosts: Hosts,
    pub authority: Authority,
    delay: Duration,
    proxy: Option<Proxy>,
    /// Domains that the clouds know, with their tenant.
    tenants: BTreeMap<String, clouds::Known>,
    /// What the clouds say to everything, where it is always the same.
    clouds_answer: Option<Answer>,
}

impl Lab {
    /// A healthy world for these domains: records, clouds, every endpoint that answers as it should.
    pub fn with(domains: &[&str], endpoints: &[(String, u16, &str)]) -> Self {
        let mut lab = Self {
            names: Names::default(),
            hosts: Hosts::default(),
            authority: Authority::new(),
            delay: Duration::ZERO,
            proxy: None,
            tenants: BTreeMap::new(),
            clouds_answer: None,
        };
        for domain in domains {
            lab.names.healthy(domain);
            lab.tenants.insert((*domain).to_owned(), clouds::Known::managed("Contoso"));
        }
        for (host, port, transport) in endpoints {
            lab.hosts.add(host, *port, transport);
        }
        lab
    }

    /// Adds so much to every answer of every server.
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Puts a forward proxy in front of everything.
    pub fn behind(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// What the clouds say of a domain.
    pub fn tenant(&mut self, domain: &str, change: impl FnOnce(&mut clouds::Known)) -> &mut Self {
        change(self.tenants.entry(domain.to_owned()).or_insert_with(|| clouds::Known::managed("Contoso")));
        self
    }

    /// The domain's users sign in at that AD FS, with whose primary certificate the cloud agrees.
    pub fn federate(&mut self, domain: &str, adfs: &Adfs) -> &mut Self {
        self.hosts.change(&adfs.host, adfs.port, |manner| manner.paths = adfs.paths());
        self.tenant(domain, |known| {
            known.kind = "Federated";
            known.sign_in = Some(adfs.sign_in_url(domain));
            known.exchange = Some(adfs.exchange_url());
            known.certificate = adfs.signing.get(adfs.primary).cloned();
        })
    }

    /// The clouds have never heard of the domain.
    pub fn forget_tenant(&mut self, domain: &str) -> &mut Self {
        self.tenants.remove(domain);
        self
    }

    /// The clouds say the same to every question.
    pub fn clouds_answer(&mut self, answer: Answer) -> &mut Self {
        self.clouds_answer = Some(answer);
        self
    }

    /// Starts every server.
    pub async fn start(self) -> std::io::Result<Running> {
        let folder = tempfile::tempdir()?;
        let mut routes: BTreeMap<String, SocketAddr> = BTreeMap::new();
        let names = self.names.start(self.delay).await?;
        routes.extend(names.servers.iter().map(|(name, at)| (format!("{name}:53"), *at)));
        let documents = clouds::Clouds::new(self.tenants, self.clouds_answer);
        let hosts = self.hosts.start(&self.authority, documents, self.delay).await?;
        let proxy = match self.proxy {
            Some(proxy) => Some(proxy.start(hosts.clone()).await?),
            None => {
                routes.extend(hosts.clone());
                None
            }
        };
        let root = folder.path().join("lab-root.pem");
        std::fs::write(&root, self.authority.root_pem())?;
        let enterprise = folder.path().join("enterprise-root.pem");
        std::fs::write(&enterprise, self.authority.inspector_pem())?;
        Ok(Running {
            folder,
            resolver: names.resolver,
            routes,
            hosts,
            root,
            enterprise,
            proxy,
            authority: self.authority,
        })
    }
}

/// A laboratory that runs until it is dropped with its runtime.
pub struct Running {
    folder: TempDir,
    /// The resolver.
    pub resolver: SocketAddr,
    /// `host:port` to where it really listens.
    pub routes: BTreeMap<String, SocketAddr>,
    /// The hosts among them, also where a proxy stands before them and no route leads there.
    pub hosts: BTreeMap<String, SocketAddr>,
    pub root: PathBuf,
    /// The root of the inspecting proxy that some hosts are re-signed with.
    pub enterprise: PathBuf,
    pub proxy: Option<SocketAddr>,
    pub authority: Authority,
}

impl Running {
    /// Where tests may put files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Writes a settings file: the given parts, and what leads the program into the laboratory.
    pub fn settings(&self, parts: &str) -> std::io::Result<PathBuf> {
        self.settings_with(parts, "", "")
    }

    /// The same with more lines in `[network]` and in `[trust]`.
    pub fn settings_with(&self, parts: &str, network: &str, trust: &str) -> std::io::Result<PathBuf> {
        let path = self.folder.path().join("enrollcheck.toml");
        let root = self.root.display().to_string();
        let mut text = format!("{parts}\n[trust]\npublic_roots = [{root:?}]\n{trust}\n[network]\n");
        text.push_str(&format!("resolvers = [\"{}\"]\n{network}\n", self.resolver));
        match self.proxy {
            Some(proxy) => text.push_str(&format!("proxy = \"http://{proxy}\"\n")),
            None => text.push_str("# no proxy\n"),
        }
        text.push_str("\n[network.routes]\n");
        for (from, to) in &self.routes {
            text.push_str(&format!("\"{from}\" = \"{to}\"\n"));
        }
        std::fs::write(&path, text)?;
        Ok(path)
    }
}
