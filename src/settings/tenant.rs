//! `[[tenant]]`: an organisation and what it runs itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use std::sync::Arc;

use checks::subject::{HostPort, Platform, ScepTarget, Tenant};
use facts::Name;
use facts::file::Certificates;
use serde_spanned::Spanned;

use super::file;
use super::load::Loaded;
use super::problem::Problem;
use super::resolve::{Builder, CertificateCase, FileCase, PushCase, openable};
use super::secret;
use crate::arguments;

impl Builder {
    pub(super) fn tenant(&mut self, loaded: &Loaded, tenant: &Spanned<file::Tenant>) -> Result<(), Problem> {
        let file = tenant.get_ref();
        let mut domains: Vec<Name> = Vec::new();
        for domain in file.domains.get_ref() {
            let name = Name::parse_domain(domain.get_ref())
                .map_err(|bad| loaded.problem(domain.span(), bad.to_string()).label("not a domain"))?;
            if !domains.contains(&name) {
                domains.push(name);
            }
        }
        let Some(first) = domains.first() else {
            return Err(loaded.problem(file.domains.span(), "a tenant needs at least one domain"));
        };
        let name = match &file.name {
            Some(name) if name.get_ref().trim().is_empty() || name.get_ref() == "*" => {
                return Err(loaded.problem(name.span(), "not a name for a tenant"));
            }
            Some(name) => name.get_ref().clone(),
            None => first.to_string(),
        };
        if self.tenants.iter().any(|other| other.name == name) {
            let span = file.name.as_ref().map_or_else(|| file.domains.span(), Spanned::span);
            return Err(loaded.problem(span, format!("two tenants are named {name:?}")));
        }
        let platforms: BTreeSet<Platform> = match &file.platforms {
            Some(platforms) if platforms.get_ref().is_empty() => {
                return Err(loaded.problem(platforms.span(), "a tenant needs at least one platform"));
            }
            Some(platforms) => platforms.get_ref().iter().copied().collect(),
            None => Platform::ALL.into(),
        };
        let place = self.tenants.len();
        for certificate in &file.certificate {
            self.certificate(loaded, certificate, place)?;
        }
        let federation = match &file.adfs {
            Some(adfs) => match origin(loaded, &adfs.url, "https://sts.contoso.com")? {
                (at, true) => Some(at),
                (_, false) => {
                    let problem = loaded.problem(adfs.url.span(), "a federation service speaks TLS");
                    return Err(problem.label("wanted an https:// URL"));
                }
            },
            None => None,
        };
        let scep = scep_servers(loaded, file)?;
        let servers = servers(loaded, file)?;
        if let Some(apns) = &file.apns {
            self.push(loaded, apns, place)?;
        }
        self.tenants.push(Tenant {
            name,
            domains,
            cloud: file.cloud,
            platforms,
            automatic_enrollment: file.automatic_enrollment,
            account_driven: file.account_driven,
            federation,
            scep,
            servers,
            configured: true,
        });
        Ok(())
    }

    fn certificate(
        &mut self,
        loaded: &Loaded,
        file: &file::Certificate,
        tenant: usize,
    ) -> Result<(), Problem> {
        let path = loaded.beside(file.path.get_ref());
        openable(&path).map_err(|why| loaded.problem(file.path.span(), why))?;
        let shown = file.path.get_ref().display().to_string();
        let password = self.password(loaded, &shown, file.password.as_ref())?;
        let question = Certificates { path: path.display().to_string(), password };
        self.certificates.push(CertificateCase { tenant: Some(tenant), shown, question });
        Ok(())
    }

    /// The push certificate, and the one that it follows.
    fn push(&mut self, loaded: &Loaded, file: &file::Apns, tenant: usize) -> Result<(), Problem> {
        let shown = file.certificate.get_ref().display().to_string();
        let password = self.password(loaded, &shown, file.password.as_ref())?;
        let named = |path: &Spanned<PathBuf>| -> Result<FileCase, Problem> {
            let beside = loaded.beside(path.get_ref());
            openable(&beside).map_err(|why| loaded.problem(path.span(), why))?;
            let question = Certificates { path: beside.display().to_string(), password: password.clone() };
            Ok(FileCase { shown: path.get_ref().display().to_string(), question })
        };
        let certificate = named(&file.certificate)?;
        let previous = file.previous.as_ref().map(named).transpose()?;
        self.push.push(PushCase { tenant: Some(tenant), certificate, previous });
        Ok(())
    }

    /// Keeps a password under the name that questions know it by.
    fn password(
        &mut self,
        loaded: &Loaded,
        shown: &str,
        password: Option<&Spanned<file::Secret>>,
    ) -> Result<Option<String>, Problem> {
        let Some(password) = password else { return Ok(None) };
        let folder = loaded.path.parent().unwrap_or(Path::new(""));
        let value =
            secret::read(password.get_ref(), folder).map_err(|why| loaded.problem(password.span(), why))?;
        let name = format!("{} of {}", shown, loaded.path.display());
        self.secrets.insert(name.clone(), value);
        Ok(Some(name))
    }
}

fn scep_servers(loaded: &Loaded, tenant: &file::Tenant) -> Result<Vec<Arc<ScepTarget>>, Problem> {
    let read = |scep: &file::Scep| {
        let thumbprint = scep.ca_thumbprint.as_ref().map(|text| {
            self::thumbprint(text.get_ref()).ok_or_else(|| {
                let problem = loaded.problem(text.span(), "not a thumbprint");
                problem.label("wanted SHA-1 (40) or SHA-256 (64) in hexadecimal digits")
            })
        });
        let target = ScepTarget::parse(scep.url.get_ref(), scep.kind, thumbprint.transpose()?);
        target.map(Arc::new).map_err(|bad| {
            let problem = loaded.problem(scep.url.span(), bad.to_string());
            problem.label("wanted something like https://ndes.contoso.com/certsrv/mscep/mscep.dll")
        })
    };
    tenant.scep.iter().map(read).collect()
}

/// A thumbprint in any spelling: Windows puts spaces and an invisible mark into what it shows.
fn thumbprint(text: &str) -> Option<String> {
    let between =
        |c: &char| c.is_whitespace() || matches!(c, ':' | '-' | '\u{200e}' | '\u{200f}' | '\u{feff}');
    let digits: String = text.chars().filter(|c| !between(c)).map(|c| c.to_ascii_lowercase()).collect();
    let hex = digits.chars().all(|c| c.is_ascii_hexdigit());
    (hex && matches!(digits.len(), 40 | 64)).then_some(digits)
}

fn servers(loaded: &Loaded, tenant: &file::Tenant) -> Result<Vec<HostPort>, Problem> {
    let read = |server: &file::Server| {
        let address = &server.address;
        arguments::host_port(address.get_ref()).map_err(|why| {
            loaded.problem(address.span(), why).label("wanted something like jamf.contoso.com:8443")
        })
    };
    tenant.server.iter().map(read).collect()
}

/// The host and port of a URL, and whether it speaks TLS.
fn origin(loaded: &Loaded, text: &Spanned<String>, wanted: &str) -> Result<(HostPort, bool), Problem> {
    let url = url::Url::parse(text.get_ref()).map_err(|why| {
        let problem = loaded.problem(text.span(), format!("not a URL: {why}"));
        problem.label(format!("wanted something like {wanted}"))
    })?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).and_then(Name::of_host);
    let port = url.port_or_known_default();
    match (host, port) {
        (Some(host), Some(port)) => Ok((HostPort { host, port }, url.scheme() == "https")),
        _ => Err(loaded.problem(text.span(), "not an https:// URL with a host")),
    }
}
