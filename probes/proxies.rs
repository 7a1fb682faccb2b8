//! Which proxy a connection takes, and the credentials that go with it.

use std::collections::BTreeMap;

use facts::vantage::Proxies;
use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use secrecy::SecretString;
use url::Url;

use crate::secret::BasicCredentials;

/// Credentials by proxy URL.
pub type Keys = BTreeMap<String, BasicCredentials>;

/// Why a proxy cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    #[error("not a proxy URL (wanted something like http://proxy.contoso.com:3128)")]
    NotAUrl,
    #[error("proxies are reached over http:// or https://, not {0}://")]
    Scheme(String),
    #[error("the URL names no host")]
    NoHost,
}

/// A proxy's address as reports show it, and its credentials apart.
pub fn parse(text: &str) -> Result<(String, Option<BasicCredentials>), BadProxy> {
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&with_scheme).map_err(|_| BadProxy::NotAUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(BadProxy::Scheme(url.scheme().to_owned()));
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(BadProxy::NoHost)?;
    let port = url.port_or_known_default().ok_or(BadProxy::NotAUrl)?;
    let credentials = (!url.username().is_empty()).then(|| {
        let password = SecretString::from(decode(url.password().unwrap_or_default()));
        BasicCredentials::new(&decode(url.username()), &password)
    });
    Ok((format!("{}://{host}:{port}", url.scheme()), credentials))
}

fn decode(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// One proxy for everything but this machine itself.
pub struct One(pub String);

impl Proxies for One {
    fn proxy_for(&self, _: &str, _: u16, _: bool) -> Option<String> {
        Some(self.0.clone())
    }
}

/// The proxies of the environment or the system, with their exceptions.
pub struct Environment {
    matcher: Matcher,
}

impl Environment {
    /// Reads the variables (`HTTPS_PROXY`, `NO_PROXY`, ...) and, where the system has them, its own settings.
    pub fn read() -> Self {
        Self { matcher: Matcher::from_system() }
    }

    /// The credentials of the proxies in use; an error names one that cannot be used.
    pub fn keys(&self) -> Result<Keys, (String, BadProxy)> {
        let mut keys = Keys::new();
        for https in [true, false] {
            // A name that no exception list holds (RFC 6761): what is left is the proxy of the scheme.
            let anywhere = destination("enrollcheck.invalid", 443, https);
            let Some(found) = anywhere.and_then(|uri| self.matcher.intercept(&uri)) else { continue };
            let (url, _) = parse(&found.uri().to_string()).map_err(|bad| (shown(found.uri()), bad))?;
            if let Some(header) = found.basic_auth().and_then(|header| header.to_str().ok()) {
                keys.insert(url, BasicCredentials::from_header(header));
            }
        }
        Ok(keys)
    }
}

impl Proxies for Environment {
    fn proxy_for(&self, host: &str, port: u16, https: bool) -> Option<String> {
        let found = self.matcher.intercept(&destination(host, port, https)?)?;
        parse(&found.uri().to_string()).ok().map(|(url, _)| url)
    }
}

fn destination(host: &str, port: u16, https: bool) -> Option<Uri> {
    format!("{}://{host}:{port}/", if https { "https" } else { "http" }).parse().ok()
}

/// A proxy without its credentials.
fn shown(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    format!("{}://{host}", uri.scheme_str().unwrap_or("http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_out_of_the_url() {
        let (url, credentials) = parse("http://svc:p%40ss+word@Proxy.contoso.com").unwrap();
        assert_eq!(url, "http://proxy.contoso.com:80");
        let wanted = BasicCredentials::new("svc", &SecretString::from("p@ss+word"));
        assert_eq!(credentials.unwrap().header(), wanted.header());
        assert_eq!(parse("proxy:3128").unwrap().0, "http://proxy:3128");
        assert_eq!(parse("[::1]:3128").unwrap().0, "http://[::1]:3128");
    }

    #[test]
    fn what_is_no_proxy_is_refused_with_its_reason() {
        assert_eq!(parse("socks5://proxy:1080").unwrap_err(), BadProxy::Scheme("socks5".into()));
        assert_eq!(parse("http://").unwrap_err(), BadProxy::NotAUrl);
        assert_eq!(parse("").unwrap_err(), BadProxy::NotAUrl);
    }

    #[test]
    fn credentials_never_show_in_debug_output() {
        let (_, credentials) = parse("http://svc:hunter2@proxy:3128").unwrap();
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("c3ZjOmh1bnRlcjI"), "{shown}");
    }
}
