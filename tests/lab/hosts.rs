//! Hosts that speak TLS and HTTP, each in the manner that a test wants.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::authority::{Authority, Dates, Issuer};
use crate::clouds::Clouds;
use crate::script::{self, End, Step};

/// Who signed a host's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The laboratory's public root, over its intermediate.
    Public,
    /// The same without the intermediate.
    PublicIncomplete,
    /// The inspecting proxy.
    Inspector,
    /// A complete chain to a root that nobody knows.
    Stranger,
    Itself,
}

/// How a host behaves.
#[derive(Clone, Debug)]
pub struct Manner {
    pub signer: Signer,
    pub dates: Dates,
    /// The name in the certificate, where it is not the host's own.
    pub name: Option<String>,
    pub answer: Answer,
    /// What some paths answer instead; one with a question mark at its end is for requests with a query.
    pub paths: BTreeMap<String, Answer>,
    /// What is sent in place of the certificates, whatever it is.
    pub sends: Option<Vec<Vec<u8>>>,
    /// What is inside TLS (or inside the connection, on port 80) is somebody else's: a server of the test's own.
    pub forward: Option<SocketAddr>,
    pub fault: Option<Trouble>,
    /// What is done, word for word, once a request has come.
    pub script: Option<Vec<Step>>,
}

/// What goes wrong on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing listens.
    Refused,
    /// The connection opens and nothing is ever said.
    Silent,
    /// The connection opens and is closed at once.
    Closed,
    /// Plain text where TLS is expected.
    NotTls,
    /// TLS, then one octet every so often and never an end.
    Drips,
    /// TLS, then headers without end.
    EndlessHeaders,
    /// TLS, a header, then a body without end.
    EndlessBody,
    /// TLS, then something that is not HTTP.
    NotHttp,
}

/// An HTTP answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn ok(body: &str) -> Self {
        Self { status: 200, headers: vec![("content-type".into(), "text/html".into())], body: body.into() }
    }

    pub fn json(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "application/json; charset=utf-8".into())],
            body: body.into(),
        }
    }

    pub fn xml(body: &str) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".into(), "text/xml; charset=utf-8".into())],
            body: body.into(),
        }
    }

    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            signer: Signer::Public,
            dates: Dates::default(),
            name: None,
            answer: Answer::ok("hello"),
            paths: BTreeMap::new(),
            sends: None,
            forward: None,
            fault: None,
            script: None,
        }
    }
}

/// All hosts, by `host:port`.
#[derive(Clone, Debug, Default)]
pub struct Hosts(BTreeMap<(String, u16), (bool, Manner)>);

impl Hosts {
    pub(crate) fn add(&mut self, host: &str, port: u16, transport: &str) {
        let mut manner = Manner::default();
        manner.answer = match host {
            "connectivitycheck.gstatic.com" => Answer::status(204),
            "captive.apple.com" => Answer::ok("<HTML><BODY>Success</BODY></HTML>"),
            "www.msftconnecttest.com" => Answer::ok("Microsoft Connect Test"),
            _ => manner.answer,
        };
        self.0.insert((host.to_owned(), port), (transport != "http", manner));
    }

    /// Changes how a host behaves; a host that was not there is added.
    pub fn change(&mut self, host: &str, port: u16, change: impl FnOnce(&mut Manner)) -> &mut Self {
        let (_, manner) =
            self.0.entry((host.to_owned(), port)).or_insert_with(|| (port != 80, Manner::default()));
        change(manner);
        self
    }

    /// Changes every host that fits.
    pub fn change_all(
        &mut self,
        fits: impl Fn(&str, u16) -> bool,
        change: impl Fn(&mut Manner),
    ) -> &mut Self {
        self.0
            .iter_mut()
            .filter(|((host, port), _)| fits(host, *port))
            .for_each(|(_, (_, manner))| change(manner));
        self
    }

    pub(crate) async fn start(
        self,
        authority: &Authority,
        clouds: Clouds,
        delay: Duration,
    ) -> std::io::Result<BTreeMap<String, SocketAddr>> {
        let shared = Arc::new(Shared::new(&self, authority, clouds, delay));
        let (secure, plain) =
            (listen(&shared, Behaviour::Good, true).await?, listen(&shared, Behaviour::Good, false).await?);
        let nobody = closed_port().await?;
        let mut routes = BTreeMap::new();
        for ((host, port), (tls, manner)) in &self.0 {
            let at = match (manner.fault, manner.forward, &manner.script) {
                (Some(Trouble::Refused), ..) => nobody,
                (Some(trouble), ..) => listen(&shared, Behaviour::Bad(trouble), *tls).await?,
                (None, Some(to), _) => relay(&shared, to, *tls).await?,
                (None, None, Some(steps)) => {
                    listen(&shared, Behaviour::Scripted(steps.clone()), *tls).await?
                }
                (None, None, None) if *tls => secure,
                (None, None, None) => plain,
            };
            routes.insert(format!("{host}:{port}"), at);
        }
        Ok(routes)
    }
}

/// A port on which nothing listens, and which is ours: bound, never listened on.
async fn closed_port() -> std::io::Result<SocketAddr> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = socket.local_addr()?;
    tokio::spawn(async move {
        let _held = socket;
        std::future::pending::<()>().await;
    });
    Ok(address)
}

struct Shared {
    answers: BTreeMap<String, (Answer, BTreeMap<String, Answer>)>,
    clouds: Clouds,
    delay: Duration,
    acceptor: TlsAcceptor,
}

impl Shared {
    fn new(hosts: &Hosts, authority: &Authority, clouds: Clouds, delay: Duration) -> Self {
        let mut keys = BTreeMap::new();
        let mut answers = BTreeMap::new();
        for ((host, port), (tls, manner)) in &hosts.0 {
            answers.insert(format!("{host}:{port}"), (manner.answer.clone(), manner.paths.clone()));
            if *tls {
                // A host on several ports is one host: the last manner decides its certificate.
                keys.insert(host.clone(), certify(authority, host, manner));
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(BySni(keys)));
        Self { answers, clouds, delay, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    fn answer(&self, host: &str, target: &str, tls: bool) -> Answer {
        if let Some(answer) = self.clouds.answer(host, target) {
            return answer;
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) => (name, port.parse().unwrap_or(0)),
            None => (host, if tls { 443 } else { 80 }),
        };
        let Some((answer, paths)) = self.answers.get(&format!("{name}:{port}")) else {
            return Answer::status(404);
        };
        let path = target.split('?').next().unwrap_or_default();
        let with_query = target.contains('?').then(|| paths.get(&format!("{path}?"))).flatten();
        with_query.or_else(|| paths.get(path)).unwrap_or(answer).clone()
    }
}

fn certify(authority: &Authority, host: &str, manner: &Manner) -> Arc<CertifiedKey> {
    let name = manner.name.as_deref().unwrap_or(host);
    let (issuer, complete) = match manner.signer {
        Signer::Public => (Issuer::Intermediate, true),
        Signer::PublicIncomplete => (Issuer::Intermediate, false),
        Signer::Inspector => (Issuer::Inspector, true),
        Signer::Stranger => (Issuer::Stranger, true),
        Signer::Itself => (Issuer::Itself, true),
    };
    let certified = authority.certified(&[name], issuer, manner.dates, complete);
    match &manner.sends {
        Some(sent) => {
            let sent = sent.iter().map(|octets| CertificateDer::from(octets.clone())).collect();
            Arc::new(CertifiedKey::new(sent, Arc::clone(&certified.key)))
        }
        None => certified,
    }
}

#[derive(Debug)]
struct BySni(BTreeMap<String, Arc<CertifiedKey>>);

impl ResolvesServerCert for BySni {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.get(hello.server_name()?).cloned()
    }
}

/// What all connections of one listener have in common.
#[derive(Clone)]
enum Behaviour {
    Good,
    Bad(Trouble),
    Scripted(Vec<Step>),
}

async fn listen(shared: &Arc<Shared>, behaviour: Behaviour, tls: bool) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (shared, behaviour) = (Arc::clone(&shared), behaviour.clone());
            tokio::spawn(async move {
                let _ = match behaviour {
                    Behaviour::Good => converse(stream, &shared, None, tls).await,
                    Behaviour::Bad(trouble) => converse(stream, &shared, Some(trouble), tls).await,
                    Behaviour::Scripted(steps) => scripted(stream, &shared, &steps, tls).await,
                };
            });
        }
    });
    Ok(address)
}

/// A listener that takes TLS off and passes the rest on.
async fn relay(shared: &Arc<Shared>, to: SocketAddr, tls: bool) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                let mut server = TcpStream::connect(to).await?;
                if tls {
                    let mut stream = shared.acceptor.accept(stream).await?;
                    tokio::io::copy_bidirectional(&mut stream, &mut server).await
                } else {
                    tokio::io::copy_bidirectional(&mut stream, &mut server).await
                }
            });
        }
    });
    Ok(address)
}

async fn converse(
    mut stream: TcpStream,
    shared: &Shared,
    trouble: Option<Trouble>,
    tls: bool,
) -> std::io::Result<()> {
    match trouble {
        Some(Trouble::Silent) => {
            // Until the other side gives up.
            let mut sink = [0; 1024];
            while stream.read(&mut sink).await? > 0 {}
            return Ok(());
        }
        Some(Trouble::Closed) => return Ok(()),
        Some(Trouble::NotTls) => return stream.write_all(b"220 mail.example.net ESMTP\r\n").await,
        _ => {}
    }
    tokio::time::sleep(shared.delay).await;
    if tls {
        let stream = shared.acceptor.accept(stream).await?;
        speak(stream, shared, trouble, true).await
    } else {
        speak(stream, shared, trouble, false).await
    }
}

async fn scripted(mut stream: TcpStream, shared: &Shared, steps: &[Step], tls: bool) -> std::io::Result<()> {
    if !tls {
        script::head(&mut stream).await?;
        if script::play(&mut stream, steps).await? == End::Reset {
            script::cut(&stream)?;
        }
        return Ok(());
    }
    let mut stream = shared.acceptor.accept(stream).await?;
    script::head(&mut stream).await?;
    if script::play(&mut stream, steps).await? == End::Reset {
        script::cut(stream.get_ref().0)?;
    }
    Ok(())
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    shared: &Shared,
    trouble: Option<Trouble>,
    tls: bool,
) -> std::io::Result<()> {
    let Some((host, target)) = request(&mut stream).await? else { return Ok(()) };
    match trouble {
        Some(Trouble::Drips) => loop {
            stream.write_all(b"H").await?;
            stream.flush().await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
        },
        Some(Trouble::EndlessHeaders) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                stream
                    .write_all(
                        b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
                    )
                    .await?;
            }
        }
        Some(Trouble::EndlessBody) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n").await?;
            loop {
                stream.write_all(&[b' '; 8192]).await?;
            }
        }
        Some(Trouble::NotHttp) => {
            stream.write_all(b"\x00\x01\x02 this is not HTTP\r\n\r\n").await?;
            return stream.shutdown().await;
        }
        _ => {}
    }
    tokio::time::sleep(shared.delay).await;
    let answer = shared.answer(&host, &target, tls);
    let mut text = format!(
        "HTTP/1.1 {} Lab\r\nContent-Length: {}\r\nConnection: close\r\n",
        answer.status,
        answer.body.len()
    );
    if !answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("date")) {
        text.push_str(&format!("Date: {}\r\n", date()));
    }
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n{}", answer.body).as_bytes()).await?;
    stream.flush().await?;
    stream.shutdown().await
}

/// The host and the target of a request.
async fn request<S: AsyncRead + Unpin>(stream: &mut S) -> std::io::Result<Option<(String, String)>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        if stream.read(&mut octet).await? == 0 || head.len() > 16_384 {
            return Ok(None);
        }
        head.push(octet[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let target = text.split_whitespace().nth(1).unwrap_or("/").to_owned();
    let host = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim().to_owned())
    });
    Ok(Some((host.unwrap_or_default(), target)))
}

/// The time now, as HTTP writes it (RFC 9110, 5.6.7).
fn date() -> String {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    http_date(now)
}

pub(crate) fn http_date(seconds: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days to a civil date, after Howard Hinnant's algorithm.
    let z = days as i64 + 719_468;
    let era = z / 146_097;
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!(
        "{}, {day:02} {} {year} {:02}:{:02}:{:02} GMT",
        DAYS[(days % 7) as usize],
        MONTHS[(month - 1) as usize],
        rest / 3600,
        rest % 3600 / 60,
        rest % 60
    )
}
