//! Everything that opens a connection: routes, address families, proxies, limits.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use facts::proxy::{Opened, Refusal};
use facts::tls::Application;
use facts::{Name, Unknown, Vantage, tcp};
use rustls::crypto::CryptoProvider;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, OwnedSemaphorePermit};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::limits::Limits;
use crate::proxies::Keys;
use crate::secret::BasicCredentials;
use crate::{proxy, tls};

pub(crate) const USER_AGENT: &str = concat!("enrollcheck/", env!("CARGO_PKG_VERSION"));

/// The host that the first, lonely request through a proxy asks for.
const GATE: (&str, u16) = ("login.microsoftonline.com", 443);

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An open stream with its place among the sockets and the moment by which the probe must be over.
pub(crate) struct Connection {
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) deadline: Instant,
    pub(crate) _place: Option<OwnedSemaphorePermit>,
}

/// Why a stream did not open.
pub(crate) enum NoConnection {
    Failed(tcp::Failure),
    /// This machine's own fault: it says nothing about the other side.
    Local(Unknown),
}

/// Why there is no tunnel.
pub(crate) enum NoTunnel {
    Refused(Refusal),
    /// This machine's own fault: it says nothing about the proxy.
    Local(Unknown),
}

impl From<Refusal> for NoTunnel {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

pub(crate) struct Connector {
    pub(crate) vantage: Arc<Vantage>,
    pub(crate) limits: Limits,
    pub(crate) provider: Arc<CryptoProvider>,
    /// The same reduced to what Apple's version-27 systems speak.
    pub(crate) apple_provider: Arc<CryptoProvider>,
    /// The bound on one probe, from the moment its socket may open.
    pub(crate) bound: Duration,
    pub(crate) keys: Keys,
    gates: Mutex<HashMap<String, Arc<OnceCell<Knock>>>>,
    /// Proxies that refused our credentials: they are never sent there again (accounts lock).
    refused: Mutex<HashMap<String, Vec<String>>>,
}

impl Connector {
    pub(crate) fn new(vantage: Arc<Vantage>, limits: Limits, bound: Duration, keys: Keys) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let apple_provider = Arc::new(tls::apple_provider(&provider));
        Self {
            vantage,
            limits,
            provider,
            apple_provider,
            bound,
            keys,
            gates: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// One TCP connection to an address that stands for `host`; politeness first, then the clock starts.
    pub(crate) async fn dial(
        &self,
        host: &str,
        port: u16,
        address: SocketAddr,
    ) -> Result<Connection, NoConnection> {
        self.limits.pace(host, port, Some(address.ip())).await;
        let place = self.limits.socket().await;
        let deadline = Instant::now() + self.bound;
        match timeout_at(deadline, TcpStream::connect(address)).await {
            Err(_) => Err(NoConnection::Failed(tcp::Failure::TimedOut)),
            Ok(Err(error)) if out_of_sockets(&error) => {
                Err(NoConnection::Local(Unknown::Local(error.to_string())))
            }
            Ok(Err(error)) => Err(NoConnection::Failed(error.kind().into())),
            Ok(Ok(stream)) => {
                // Handshakes are small packets going back and forth.
                let _ = stream.set_nodelay(true);
                Ok(Connection { stream: Box::new(stream), deadline, _place: place })
            }
        }
    }

    /// A stream to the proxy itself, in TLS where its URL says so.
    pub(crate) async fn dial_proxy(&self, proxy: &str) -> Result<Connection, NoTunnel> {
        let failed = Refusal::Unreachable;
        let url = Url::parse(proxy).map_err(|_| failed(tcp::Failure::Other))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or(80);
        let address = self.proxy_address(&host, port).await.ok_or(failed(tcp::Failure::Unroutable))?;
        let mut connection = match self.dial(&host, port, address).await {
            Ok(connection) => connection,
            Err(NoConnection::Failed(failure)) => return Err(failed(failure).into()),
            Err(NoConnection::Local(unknown)) => return Err(NoTunnel::Local(unknown)),
        };
        if url.scheme() == "https" {
            let deadline = connection.deadline;
            let (stream, handshake) =
                tls::handshake(&self.provider, &host, Application::Http, connection.stream, deadline).await;
            connection.stream = match (stream, handshake.failure) {
                (Some(stream), _) => Box::new(stream),
                (None, Some(facts::tls::Failure::Connection(failure))) => return Err(failed(failure).into()),
                (None, _) => return Err(Refusal::NotHttp.into()),
            };
        }
        Ok(connection)
    }

    /// A proxy is part of this machine's settings: a route, an address, or what this machine's own resolver says.
    pub(crate) async fn proxy_address(&self, host: &str, port: u16) -> Option<SocketAddr> {
        if let Some(route) = self.vantage.route(&Name::from_wire(host), port) {
            return Some(route);
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Some(SocketAddr::new(ip, port));
        }
        if let Some(ip) = self.ask_resolvers(&Name::from_wire(host)).await {
            return Some(SocketAddr::new(ip, port));
        }
        let looking = tokio::time::timeout(self.bound, tokio::net::lookup_host((bare.to_owned(), port)));
        looking.await.ok()?.ok()?.find(|address| self.vantage.allows(&address.ip()))
    }

    async fn ask_resolvers(&self, host: &Name) -> Option<IpAddr> {
        use facts::dns::{Kind, Lookup};
        for server in &self.vantage.resolvers {
            for (wanted, kind) in [(self.vantage.ipv4, Kind::A), (self.vantage.ipv6, Kind::Aaaa)] {
                if !wanted {
                    continue;
                }
                let lookup = Lookup::of(server, host, kind);
                let reply = crate::dns::lookup(&lookup, self.name_server(server), self.bound).await.ok()?;
                if let Some(ip) = reply.message().and_then(|m| m.addresses(host).first().copied()) {
                    return Some(ip);
                }
            }
        }
        None
    }

    /// Where a name server is really asked: routes apply to name servers too, by name and by address.
    pub(crate) fn name_server(&self, server: &facts::dns::Server) -> SocketAddr {
        let port = server.address.port();
        let by_address = Name::from_wire(&server.address.ip().to_string());
        self.vantage
            .route(&server.name, port)
            .or_else(|| self.vantage.route(&by_address, port))
            .unwrap_or(server.address)
    }

    /// A tunnel to `host` through the proxy, once the first request has shown that this is welcome.
    pub(crate) async fn tunnel(&self, proxy: &str, host: &str, port: u16) -> Result<Connection, NoTunnel> {
        self.admission(proxy).await?;
        self.limits.pace(host, port, None).await;
        let opened = proxy::connect(self, proxy, host, port).await;
        if let Err(NoTunnel::Refused(Refusal::AuthenticationRequired(schemes))) = &opened {
            self.note_refusal(proxy, schemes);
        }
        opened
    }

    /// The first request through a proxy goes alone: a wrong password over a hundred hosts would lock an account.
    pub(crate) async fn admission(&self, proxy: &str) -> Result<(), NoTunnel> {
        let Knock { opened, .. } = self.first_knock(proxy, GATE.0, GATE.1).await.map_err(NoTunnel::Local)?;
        if let Some(schemes) = self.refused_by(proxy) {
            return Err(Refusal::CredentialsRefused(schemes).into());
        }
        match opened.refusal {
            // A refusal of that one host, not of us; but a silent proxy is not showered with passwords.
            None | Some(Refusal::Status(_)) => Ok(()),
            Some(Refusal::Silent) if !opened.authenticated => Ok(()),
            Some(refusal) => Err(refusal.into()),
        }
    }

    /// What the proxy says to a tunnel to that host: the first request, if it went there; else one more, which only a
    /// proxy gets that would have let others pass.
    pub(crate) async fn gate(&self, proxy: &str, host: &str, port: u16) -> Result<Opened, Unknown> {
        let first = self.first_knock(proxy, host, port).await?;
        let there = first.host == host && first.port == port;
        match first.opened.refusal {
            None | Some(Refusal::Status(_)) if !there => self.knock(proxy, host, port).await,
            _ => Ok(first.opened),
        }
    }

    /// The first request, made once per proxy; again where this machine could not make it.
    async fn first_knock(&self, proxy: &str, host: &str, port: u16) -> Result<Knock, Unknown> {
        let cell = {
            let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(gates.entry(proxy.to_owned()).or_default())
        };
        let first = || async {
            let opened = self.knock(proxy, host, port).await?;
            Ok(Knock { host: host.to_owned(), port, opened })
        };
        cell.get_or_try_init(first).await.cloned()
    }

    async fn knock(&self, proxy: &str, host: &str, port: u16) -> Result<Opened, Unknown> {
        let refusal = match proxy::connect(self, proxy, host, port).await {
            Ok(_) => None,
            Err(NoTunnel::Refused(refusal)) => Some(refusal),
            Err(NoTunnel::Local(unknown)) => return Err(unknown),
        };
        if let Some(Refusal::AuthenticationRequired(schemes)) = &refusal {
            self.note_refusal(proxy, schemes);
        }
        Ok(Opened { refusal, authenticated: self.keys.contains_key(proxy) })
    }

    pub(crate) fn credentials(&self, proxy: &str) -> Option<&BasicCredentials> {
        self.keys.get(proxy)
    }

    pub(crate) fn note_refusal(&self, proxy: &str, schemes: &[String]) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert(proxy.to_owned(), schemes.to_vec());
    }

    fn refused_by(&self, proxy: &str) -> Option<Vec<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).get(proxy).cloned()
    }
}

/// A request for a tunnel, and to where it was.
#[derive(Clone)]
struct Knock {
    host: String,
    port: u16,
    opened: Opened,
}

/// EMFILE and ENFILE: the machine is out of descriptors, the other side is innocent.
pub(crate) fn out_of_sockets(error: &std::io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}
