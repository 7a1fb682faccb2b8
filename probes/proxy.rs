//! CONNECT by hand, so that what stands behind the proxy is seen.

use facts::Unknown;
use facts::proxy::{Opened, Refusal, Tunnel};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderMap, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, USER_AGENT};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::timeout_at;

use crate::connector::{self, Connection, Connector, NoTunnel, Stream};
use crate::http;

/// Asks for the tunnel that admits everything else.
pub(crate) async fn open(question: &Tunnel, connector: &Connector) -> Result<Opened, Unknown> {
    connector.gate(&question.proxy, &question.host, question.port).await
}

/// One CONNECT; the stream behind it if the proxy agrees.
pub(crate) async fn connect(
    connector: &Connector,
    proxy: &str,
    host: &str,
    port: u16,
) -> Result<Connection, NoTunnel> {
    let Connection { stream, deadline, _place } = connector.dial_proxy(proxy).await?;
    let mut headers = HeaderMap::new();
    authorize(&mut headers, connector, proxy);
    match timeout_at(deadline, ask(stream, &format!("{host}:{port}"), headers)).await {
        Err(_) => Err(Refusal::Silent.into()),
        Ok(Err(refusal)) => Err(NoTunnel::Refused(refusal)),
        Ok(Ok(stream)) => Ok(Connection { stream: Box::new(stream), deadline, _place }),
    }
}

/// CONNECT on an open stream to a proxy.
pub(crate) async fn ask(
    stream: Box<dyn Stream>,
    target: &str,
    headers: HeaderMap,
) -> Result<TokioIo<Upgraded>, Refusal> {
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(target)
        .header(HOST, target)
        .header(USER_AGENT, connector::USER_AGENT)
        .body(Empty::<Bytes>::new())
        .map_err(|_| Refusal::NotHttp)?;
    request.headers_mut().extend(headers);
    let (mut sender, conversation) = http1::Builder::new()
        .max_buf_size(http::HEADER_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|e| refusal(&e))?;
    let driver = tokio::spawn(conversation.with_upgrades());
    let response = match sender.send_request(request).await {
        Ok(response) => response,
        Err(error) => {
            driver.abort();
            return Err(refusal(&error));
        }
    };
    match response.status() {
        status if status.is_success() => {
            hyper::upgrade::on(response).await.map(TokioIo::new).map_err(|e| refusal(&e))
        }
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            Err(Refusal::AuthenticationRequired(schemes(response.headers())))
        }
        status => Err(Refusal::Status(status.as_u16())),
    }
}

/// Puts our credentials for that proxy, if there are any, on a request to the proxy itself.
pub(crate) fn authorize(headers: &mut HeaderMap, connector: &Connector, proxy: &str) {
    let value = connector.credentials(proxy).and_then(|c| HeaderValue::from_str(c.header()).ok());
    if let Some(mut value) = value {
        value.set_sensitive(true);
        headers.insert(PROXY_AUTHORIZATION, value);
    }
}

/// The authentication schemes that a 407 offers: `Basic`, `Negotiate`, ...
pub(crate) fn schemes(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(PROXY_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    named(values)
}

pub(crate) fn named<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut schemes: Vec<String> = values
        .filter_map(|value| value.split_whitespace().next())
        .map(|scheme| scheme.trim_end_matches(',').chars().take(32).collect())
        .collect();
    schemes.dedup();
    schemes.truncate(8);
    schemes
}

fn refusal(error: &hyper::Error) -> Refusal {
    match http::failure(error) {
        facts::http::Failure::Connection(failure) => Refusal::Unreachable(failure),
        _ => Refusal::NotHttp,
    }
}
