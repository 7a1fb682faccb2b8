//! One visit: TCP to every address at once, TLS and HTTP on the first that opens.

use std::net::{IpAddr, SocketAddr};

use facts::Unknown;
use facts::http::{Failure, Response};
use facts::proxy::Refusal;
use facts::tls::{Application, Handshake};
use facts::vantage::Way;
use facts::visit::{Attempt, Spoken, Visit, Visited};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::StatusCode;
use hyper::header::HeaderMap;
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::connector::{Connection, Connector, NoConnection, NoTunnel};
use crate::http::{self, millis};
use crate::{proxy, tls};

/// What was said on the connection that opened.
#[derive(Default)]
struct Talk {
    tls: Option<Handshake>,
    tls_ms: Option<u32>,
    http: Option<Result<Response, Failure>>,
}

pub(crate) async fn visit(question: &Visit, connector: &Connector) -> Result<Visited, Unknown> {
    match &question.way {
        Way::Direct(addresses) => {
            let targets = addresses.iter().map(|ip| SocketAddr::new(*ip, question.port)).collect();
            directly(question, targets, connector).await
        }
        Way::Routed(address) => directly(question, vec![*address], connector).await,
        Way::Proxy(url) => through(question, url, connector).await,
    }
}

async fn directly(
    question: &Visit,
    targets: Vec<SocketAddr>,
    connector: &Connector,
) -> Result<Visited, Unknown> {
    let (hand_over, first) = oneshot::channel();
    let talking = async {
        match first.await {
            Ok((address, connection)) => (Some(address), talk(question, connection, connector).await),
            Err(_) => (None, Talk::default()),
        }
    };
    let (attempts, (talked_to, talk)) =
        tokio::join!(dial_all(question, targets, connector, hand_over), talking);
    Ok(Visited {
        attempts: attempts?,
        talked_to,
        refusal: None,
        tls: talk.tls,
        tls_ms: talk.tls_ms,
        http: talk.http,
    })
}

/// Tries every address, and hands the first connection over as soon as it stands.
async fn dial_all(
    question: &Visit,
    targets: Vec<SocketAddr>,
    connector: &Connector,
    hand_over: oneshot::Sender<(IpAddr, Connection)>,
) -> Result<Vec<Attempt>, Unknown> {
    let mut dials = FuturesUnordered::new();
    for target in targets {
        dials.push(try_one(question, target, connector));
    }
    let mut hand_over = Some(hand_over);
    let mut attempts = Vec::new();
    let mut local = None;
    while let Some((address, connect_ms, dialled)) = dials.next().await {
        let failure = match dialled {
            Ok(connection) => {
                if let Some(sender) = hand_over.take() {
                    let _ = sender.send((address, connection));
                }
                None
            }
            Err(NoConnection::Failed(failure)) => Some(failure),
            Err(NoConnection::Local(unknown)) => {
                local = Some(unknown);
                continue;
            }
        };
        attempts.push(Attempt { address: Some(address), failure, connect_ms });
    }
    // Where not one address could be asked, nothing is known; otherwise what was learnt stands.
    match local {
        Some(unknown) if attempts.is_empty() => Err(unknown),
        _ => {
            attempts.sort_by_key(|attempt| attempt.address);
            Ok(attempts)
        }
    }
}

type Dialled = (IpAddr, u32, Result<Connection, NoConnection>);

async fn try_one(question: &Visit, target: SocketAddr, connector: &Connector) -> Dialled {
    let start = Instant::now();
    let dialled = connector.dial(&question.host, question.port, target).await;
    (target.ip(), millis(start.elapsed()), dialled)
}

async fn talk(question: &Visit, connection: Connection, connector: &Connector) -> Talk {
    let host_header = host_header(question);
    match &question.spoken {
        Spoken::Tcp => Talk::default(),
        Spoken::Http(path) => {
            let Connection { stream, deadline, _place } = connection;
            let answer = http::get_on(stream, &host_header, path, HeaderMap::new(), deadline).await;
            Talk { http: Some(answer), ..Talk::default() }
        }
        Spoken::Tls => secure(question, Application::Other, None, connection, connector).await,
        Spoken::Https(path) => secure(question, Application::Http, Some(path), connection, connector).await,
    }
}

async fn secure(
    question: &Visit,
    application: Application,
    path: Option<&String>,
    connection: Connection,
    connector: &Connector,
) -> Talk {
    let Connection { stream, deadline, _place } = connection;
    let start = Instant::now();
    let (stream, handshake) =
        tls::handshake(&connector.provider, &question.host, application, stream, deadline).await;
    let tls_ms = Some(millis(start.elapsed()));
    let http = match (stream, path) {
        (Some(stream), Some(path)) => Some(
            http::get_on(Box::new(stream), &host_header(question), path, HeaderMap::new(), deadline).await,
        ),
        (Some(mut stream), None) => {
            // A handshake without a word after it ends politely, with close_notify.
            let _ = timeout_at(deadline, stream.shutdown()).await;
            None
        }
        (None, _) => None,
    };
    Talk { tls: Some(handshake), tls_ms, http }
}

/// The same through a proxy: a tunnel for TLS, a whole URL for plain HTTP.
async fn through(question: &Visit, url: &str, connector: &Connector) -> Result<Visited, Unknown> {
    let start = Instant::now();
    let opened = match &question.spoken {
        Spoken::Http(_) => match connector.admission(url).await {
            Ok(()) => connector.dial_proxy(url).await,
            Err(refusal) => Err(refusal),
        },
        _ => connector.tunnel(url, &question.host, question.port).await,
    };
    let connect_ms = millis(start.elapsed());
    let mut visited = Visited {
        attempts: vec![Attempt { address: None, failure: None, connect_ms }],
        talked_to: None,
        refusal: None,
        tls: None,
        tls_ms: None,
        http: None,
    };
    match opened {
        Err(NoTunnel::Local(unknown)) => return Err(unknown),
        Err(NoTunnel::Refused(refusal)) => visited.refusal = Some(refusal),
        Ok(connection) => {
            let talk = match &question.spoken {
                Spoken::Http(path) => ask_proxy(question, path, url, connection, connector).await,
                _ => Ok(talk(question, connection, connector).await),
            };
            match talk {
                Ok(talk) => {
                    (visited.tls, visited.tls_ms, visited.http) = (talk.tls, talk.tls_ms, talk.http);
                }
                Err(refusal) => visited.refusal = Some(refusal),
            }
        }
    }
    Ok(visited)
}

async fn ask_proxy(
    question: &Visit,
    path: &str,
    url: &str,
    connection: Connection,
    connector: &Connector,
) -> Result<Talk, Refusal> {
    let mut headers = HeaderMap::new();
    proxy::authorize(&mut headers, connector, url);
    let host = host_header(question);
    let target = format!("http://{host}{path}");
    let Connection { stream, deadline, _place } = connection;
    match http::get_on(stream, &host, &target, headers, deadline).await {
        Ok(response) if response.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED.as_u16() => {
            let schemes = proxy::named(response.header("proxy-authenticate").into_iter());
            connector.note_refusal(url, &schemes);
            Err(Refusal::AuthenticationRequired(schemes))
        }
        answer => Ok(Talk { http: Some(answer), ..Talk::default() }),
    }
}

fn host_header(question: &Visit) -> String {
    match (&question.spoken, question.port) {
        (Spoken::Http(_), 80) | (Spoken::Https(_), 443) => question.host.clone(),
        (_, port) => format!("{}:{port}", question.host),
    }
}
