//! HTTP: one GET on a stream that stands (visits), and documents by URL.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use facts::http::{Failure, Fetched, Get, KEPT_BYTES, Response};
use facts::proxy::Refusal;
use facts::tls::{Application, Handshake};
use facts::vantage::Way;
use facts::{Octets, Unknown, tcp};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes};
use hyper::client::conn::http1;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::connector::{self, Connector, NoTunnel, Stream, USER_AGENT};
use crate::{proxy, tls};

/// No honest server needs more for its headers.
pub(crate) const HEADER_BYTES: usize = 64 * 1024;
/// The time for what is asked on the side: OCSP answers, lists, missing issuers.
pub(crate) const BRIEFLY: Duration = Duration::from_secs(5);
/// What is kept of an answer whose body only a connectivity test reads.
pub(crate) const GLANCE_BYTES: usize = 4 * 1024;
/// A server's wish to be left alone for so long is waited for; a longer one is reported.
const PATIENCE_S: u32 = 5;

/// What judgements read; nothing that could carry a session or a credential.
const KEPT_HEADERS: [&str; 11] = [
    "age",
    "content-length",
    "content-type",
    "date",
    "location",
    "proxy-authenticate",
    "proxy-status",
    "retry-after",
    "server",
    "via",
    "x-squid-error",
];

/// One GET on an open stream. `target` is a path, or a whole URL for a proxy.
pub(crate) async fn get_on(
    stream: Box<dyn Stream>,
    host: &str,
    target: &str,
    headers: HeaderMap,
    deadline: Instant,
) -> Result<Response, Failure> {
    let mut request = Request::builder()
        .uri(target)
        .header("host", host)
        .header("user-agent", USER_AGENT)
        .header("accept", "*/*")
        .header("connection", "close")
        .body(Empty::<Bytes>::new())
        .map_err(|_| Failure::NotHttp)?;
    request.headers_mut().extend(headers);
    let conversation = async {
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEADER_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|e| failure(&e))?;
        let driver = AbortOnDrop(tokio::spawn(async move {
            let _ = connection.await;
        }));
        let asked = Instant::now();
        let response = sender.send_request(request).await.map_err(|e| failure(&e))?;
        Ok((response, Timestamp::now(), asked.elapsed(), driver))
    };
    let timed_out = Err(Failure::Connection(tcp::Failure::TimedOut));
    let (response, received_at, waited, _driver) =
        timeout_at(deadline, conversation).await.unwrap_or(timed_out)?;
    let (parts, body) = response.into_parts();
    let (body, truncated) = glance(body, deadline).await;
    Ok(Response {
        status: parts.status.as_u16(),
        headers: kept(&parts.headers),
        body,
        truncated,
        received_at,
        first_answer_ms: millis(waited),
    })
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The beginning of a body. A server that drips it loses only its own words: the answer had come.
async fn glance(mut body: impl Body<Data = Bytes> + Unpin, deadline: Instant) -> (Octets, bool) {
    let mut kept = Vec::new();
    let patience = deadline.min(Instant::now() + Duration::from_secs(2));
    loop {
        match timeout_at(patience, body.frame()).await {
            Ok(None) => return (kept.into(), false),
            Ok(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    let room = GLANCE_BYTES - kept.len();
                    kept.extend_from_slice(data.get(..data.len().min(room)).unwrap_or_default());
                    if kept.len() == GLANCE_BYTES {
                        return (kept.into(), true);
                    }
                }
            }
            Ok(Some(Err(_))) | Err(_) => return (kept.into(), true),
        }
    }
}

/// One document by its URL; redirects are answers, not followed.
pub(crate) async fn fetch(question: &Get, connector: &Connector) -> Result<Fetched, Unknown> {
    let time = if question.brief { connector.bound.min(BRIEFLY) } else { connector.bound };
    let bounds = Bounds { octets: KEPT_BYTES, time };
    let Download { tls, outcome } = download(&question.url, &question.way, bounds, connector).await?;
    Ok(Fetched { tls, outcome: outcome.map(|(response, _)| response) })
}

/// How much of a document is kept, and how long all of it may take.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) octets: usize,
    pub(crate) time: Duration,
}

/// What came of a GET, and how its body ended.
pub(crate) struct Download {
    pub(crate) tls: Option<Handshake>,
    pub(crate) outcome: Result<(Response, Ended), Failure>,
}

pub(crate) enum Ended {
    Whole,
    /// There was more than is kept.
    AtBound,
    BrokenOff(Failure),
}

/// The same within bounds of the caller's own.
pub(crate) async fn download(
    url: &str,
    way: &Way,
    bounds: Bounds,
    connector: &Connector,
) -> Result<Download, Unknown> {
    let failed = |failure| Ok(Download { tls: None, outcome: Err(failure) });
    let Some((url, host)) = parse(url) else {
        return failed(Failure::NotHttp);
    };
    let port = url.port_or_known_default().unwrap_or(443);
    if let Way::Proxy(proxy) = way {
        match connector.admission(proxy).await {
            Ok(()) => {}
            Err(NoTunnel::Refused(refusal)) => return failed(Failure::Proxy(refusal)),
            Err(NoTunnel::Local(unknown)) => return Err(unknown),
        }
    }
    let mut fetched = None;
    for _ in 0..2 {
        match connector.limits.paused(&host) {
            Some(seconds) if seconds > PATIENCE_S => return failed(Failure::Throttled(seconds)),
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds.into())).await,
            None => {}
        }
        connector.limits.pace(&host, port, only_address(way)).await;
        let _place = connector.limits.socket().await;
        let answer = once(&url, &host, way, bounds, connector).await?;
        let patience = answer.outcome.as_ref().ok().and_then(|(response, _)| asks_for_patience(response));
        fetched = Some(answer);
        match patience {
            Some(seconds) => {
                connector.limits.pause(&host, seconds);
                if seconds > PATIENCE_S {
                    break;
                }
            }
            None => break,
        }
    }
    fetched.ok_or(Unknown::Local("no answer was kept".to_owned()))
}

fn parse(text: &str) -> Option<(Url, String)> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.to_owned();
    Some((url, host))
}

/// `Retry-After` of an answer that says "too many": 429, and 503 where it carries one.
fn asks_for_patience(response: &Response) -> Option<u32> {
    match response.status {
        429 => Some(response.retry_after_s().unwrap_or(PATIENCE_S + 1)),
        503 => response.retry_after_s(),
        _ => None,
    }
}

fn only_address(way: &Way) -> Option<std::net::IpAddr> {
    match way {
        Way::Routed(address) => Some(address.ip()),
        Way::Direct(addresses) => addresses.first().copied(),
        Way::Proxy(_) => None,
    }
}

async fn once(
    url: &Url,
    host: &str,
    way: &Way,
    bounds: Bounds,
    connector: &Connector,
) -> Result<Download, Unknown> {
    let recorder = tls::Recorder::new(&connector.provider);
    let client = match client(host, way, bounds.time, connector, &recorder).await {
        Ok(client) => client,
        Err(failure) => return Ok(Download { tls: None, outcome: Err(failure) }),
    };
    let asked = Instant::now();
    let outcome = match request(&client, url, way).send().await {
        Ok(response) => read(response, asked, bounds.octets).await,
        Err(error) => Err(match own_fault(&error) {
            Some(unknown) => return Err(unknown),
            None => from_reqwest(&error),
        }),
    };
    let tls = match (&outcome, recorder.capture()) {
        (Err(Failure::Tls(failure)), capture) => Some(Handshake { capture, failure: Some(failure.clone()) }),
        (_, Some(capture)) => Some(Handshake { capture: Some(capture), failure: None }),
        (_, None) => None,
    };
    let outcome = match (outcome, way) {
        // The library keeps the proxy's status to itself: asked again by hand, which names it.
        (Err(Failure::Proxy(Refusal::Status(0))), Way::Proxy(proxy)) => {
            let port = url.port_or_known_default().unwrap_or(443);
            match connector.tunnel(proxy, host, port).await {
                Err(NoTunnel::Refused(refusal)) => Err(Failure::Proxy(refusal)),
                Err(NoTunnel::Local(unknown)) => return Err(unknown),
                Ok(_) => Err(Failure::Proxy(Refusal::Status(0))),
            }
        }
        (outcome, _) => outcome,
    };
    Ok(Download { tls, outcome })
}

/// The library takes a route's port only where the URL names none: there the port stands in the Host header alone.
fn request(client: &reqwest::Client, url: &Url, way: &Way) -> reqwest::RequestBuilder {
    let mut bare = url.clone();
    match (way, url.host_str(), url.port()) {
        (Way::Routed(_), Some(host), Some(port)) if bare.set_port(None).is_ok() => {
            client.get(bare).header("host", format!("{host}:{port}"))
        }
        _ => client.get(url.clone()),
    }
}

async fn client(
    host: &str,
    way: &Way,
    time: Duration,
    connector: &Connector,
    recorder: &std::sync::Arc<tls::Recorder>,
) -> Result<reqwest::Client, Failure> {
    let config =
        tls::client_config(std::sync::Arc::clone(recorder), Application::Http).map_err(Failure::Tls)?;
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .pool_max_idle_per_host(0)
        .timeout(time)
        .tls_backend_preconfigured(config)
        .no_proxy();
    let builder = match way {
        Way::Direct(addresses) => {
            let addresses: Vec<SocketAddr> = addresses.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
            builder.resolve_to_addrs(host, &addresses)
        }
        Way::Routed(address) => builder.resolve(host, *address),
        Way::Proxy(url) => {
            let unusable = |_| Failure::Proxy(Refusal::NotHttp);
            let parsed = Url::parse(url).map_err(|_| Failure::Proxy(Refusal::NotHttp))?;
            let proxy_host = parsed.host_str().unwrap_or_default();
            let port = parsed.port_or_known_default().unwrap_or(80);
            let address = connector
                .proxy_address(proxy_host, port)
                .await
                .ok_or(Failure::Proxy(Refusal::Unreachable(tcp::Failure::Unroutable)))?;
            // The library takes a route's port only where the URL names none.
            let where_it_is = match parsed.scheme() {
                "https" => format!("https://{proxy_host}"),
                _ => format!("http://{address}"),
            };
            let mut through = reqwest::Proxy::all(where_it_is).map_err(unusable)?;
            let header = connector.credentials(url).and_then(|c| HeaderValue::from_str(c.header()).ok());
            if let Some(value) = header {
                through = through.custom_http_auth(value);
            }
            builder.resolve(proxy_host, address).proxy(through)
        }
    };
    builder.build().map_err(|e| Failure::Tls(facts::tls::Failure::Protocol(e.to_string())))
}

async fn read(
    mut response: reqwest::Response,
    asked: Instant,
    most: usize,
) -> Result<(Response, Ended), Failure> {
    let (received_at, waited) = (Timestamp::now(), asked.elapsed());
    if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Err(Failure::Proxy(Refusal::AuthenticationRequired(proxy::schemes(response.headers()))));
    }
    let mut body = Vec::new();
    let ended = loop {
        match response.chunk().await {
            Ok(None) => break Ended::Whole,
            Ok(Some(chunk)) => {
                let room = most - body.len();
                body.extend_from_slice(chunk.get(..chunk.len().min(room)).unwrap_or_default());
                if body.len() == most {
                    break Ended::AtBound;
                }
            }
            // A body that breaks off is kept as far as it came.
            Err(error) => break Ended::BrokenOff(from_reqwest(&error)),
        }
    };
    let response = Response {
        status: response.status().as_u16(),
        headers: kept(response.headers()),
        body: body.into(),
        truncated: !matches!(ended, Ended::Whole),
        received_at,
        first_answer_ms: millis(waited),
    };
    Ok((response, ended))
}

fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    KEPT_HEADERS
        .iter()
        .filter_map(|name| {
            let value = String::from_utf8_lossy(headers.get(*name)?.as_bytes());
            let value = if *name == "location" { without_credentials(value) } else { value };
            Some(((*name).to_owned(), value.chars().take(512).collect()))
        })
        .collect()
}

/// A redirect may carry a user and a password before its host.
fn without_credentials(location: Cow<'_, str>) -> Cow<'_, str> {
    match Url::parse(&location) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            // Neither is refused where there was one.
            let _ = url.set_username("").and_then(|()| url.set_password(None));
            String::from(url).into()
        }
        _ => location,
    }
}

pub(crate) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// Why hyper gave up.
pub(crate) fn failure(error: &hyper::Error) -> Failure {
    if error.is_parse() || error.is_parse_status() {
        return Failure::NotHttp;
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return Failure::Connection(tcp::Failure::Closed);
    }
    deeper(error).unwrap_or(Failure::NotHttp)
}

/// This machine's own fault, somewhere among an error's causes.
fn own_fault(error: &(dyn Error + 'static)) -> Option<Unknown> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let system = error.downcast_ref::<std::io::Error>();
        if let Some(error) = system.filter(|error| connector::out_of_sockets(error)) {
            return Some(Unknown::Local(error.to_string()));
        }
        cause = error.source();
    }
    None
}

fn from_reqwest(error: &reqwest::Error) -> Failure {
    if let Some(found) = deeper(error) {
        return found;
    }
    if error.is_timeout() {
        return Failure::Connection(tcp::Failure::TimedOut);
    }
    Failure::Connection(tcp::Failure::Other)
}

/// Looks through an error's causes for the one that says what happened.
fn deeper(error: &(dyn Error + 'static)) -> Option<Failure> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(Failure::Tls(tls::from_rustls(found)));
        }
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return Some(match io.get_ref().and_then(|inner| deeper(inner)) {
                Some(found) => found,
                None => Failure::Connection(io.kind().into()),
            });
        }
        if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
            if hyper.is_parse() || hyper.is_parse_status() {
                return Some(Failure::NotHttp);
            }
            if hyper.is_incomplete_message() {
                return Some(Failure::Connection(tcp::Failure::Closed));
            }
        }
        let text = error.to_string();
        if text.starts_with("tunnel error: ") {
            return Some(Failure::Proxy(match text.as_str() {
                "tunnel error: proxy authorization required" => Refusal::AuthenticationRequired(Vec::new()),
                "tunnel error: failed to create underlying connection" => {
                    Refusal::Unreachable(tcp::Failure::Other)
                }
                _ => Refusal::Status(0),
            }));
        }
        cause = error.source();
    }
    None
}
