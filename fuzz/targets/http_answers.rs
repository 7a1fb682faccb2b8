//! Heads and bodies of HTTP as visits and proxies bring them, and what is read out of them: waits, dates, redirects,
//! authentication schemes; and addresses as people write them.
#![no_main]

use std::cell::RefCell;

use checks::reading;
use checks::subject::ScepTarget;
use enrollcheck::arguments;
use facts::Name;
use facts::http::Response;
use facts::proxy::Refusal;
use probes::proxies;
use tokio::runtime::{Builder, Runtime};
use url::Url;

/// What a visit keeps of a body, and of a header.
const BODY: usize = 4096;
const HEADER: usize = 512;

thread_local! {
    static RUNTIME: RefCell<Runtime> =
        RefCell::new(Builder::new_current_thread().enable_all().build().expect("a runtime"));
}

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let (answer, tunnel) = RUNTIME.with_borrow(|runtime| {
        runtime.block_on(async {
            (probes::reading::http_answer(octets).await, probes::reading::proxy_answer(octets).await)
        })
    });
    match &answer {
        Ok(response) => told(response),
        Err(failure) => assert!(!failure.to_string().contains(char::is_control)),
    }
    if let Err(Refusal::AuthenticationRequired(schemes)) = &tunnel {
        assert!(schemes.len() <= 8);
        assert!(schemes.iter().all(|scheme| scheme.len() <= 32 && !scheme.contains(char::is_control)));
    }
    if let Ok(text) = std::str::from_utf8(octets) {
        addresses(text);
    }
});

fn told(response: &Response) {
    assert!(response.body.len() <= BODY && (response.truncated || response.body.len() < BODY));
    assert!(response.headers.len() <= 11);
    assert!(response.headers.values().all(|value| value.chars().count() <= HEADER));
    assert!(!response.headers.keys().any(|name| name.contains("cookie") || name.contains("authorization")));
    let _ = (response.retry_after_s(), response.date(), response.evidence());
    if let Some(location) = response.header("location") {
        redirected(location);
    }
}

/// A redirect leads to the host that is told, and nowhere else.
fn redirected(location: &str) {
    let from = Name::from("contoso.com");
    let document = "/.well-known/com.apple.remotemanagement?user-identifier=x";
    let Some((host, path)) = reading::redirect(&from, document, location) else { return };
    let url = Url::parse(&format!("https://{host}{path}")).expect("a URL again");
    assert_eq!(url.host_str(), Some(host.as_str()));
    assert!(url.username().is_empty() && url.password().is_none() && url.port().is_none());
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    assert_eq!(format!("{}{query}", url.path()), path);
}

fn addresses(text: &str) {
    redirected(text);
    if let Ok((url, _)) = proxies::parse(text) {
        assert!(!url.contains('@'), "credentials stay in {url}");
        let (again, credentials) = proxies::parse(&url).expect("its own spelling");
        assert!(again == url && credentials.is_none(), "{url} became {again}");
    }
    if let Ok(target) = ScepTarget::parse(text, None, None) {
        assert!(target.url.username().is_empty() && target.url.fragment().is_none());
        assert!(!target.at().host.as_str().is_empty());
    }
    if let Ok(at) = arguments::host_port(text) {
        assert_eq!(arguments::host_port(&at.to_string()).as_ref(), Ok(&at), "{text:?}");
        assert!(Url::parse(&format!("https://{at}/")).is_ok(), "{at} stands in no URL");
    }
    let _ = arguments::resolver(text).map(|address| assert_ne!(address.port(), 0));
    if let Ok(name) = Name::parse_domain(text) {
        assert_eq!(Name::parse_domain(name.as_str()), Ok(name));
    }
}
