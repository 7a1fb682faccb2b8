//! A forward proxy that opens tunnels, or says why not; and counts who knocked.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How the proxy treats its clients.
#[derive(Clone, Default)]
pub struct Proxy {
    /// The `Proxy-Authorization` value that it wants; none asks for nothing.
    pub wants: Option<String>,
    /// Hosts that it does not connect to, and with which status it says so.
    pub refuses: BTreeMap<String, u16>,
    /// How many requests carried credentials that are wrong.
    pub wrong: Arc<AtomicUsize>,
    /// How many requests came at all.
    pub requests: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) async fn start(self, hosts: BTreeMap<String, SocketAddr>) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new((self, hosts));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    let _ = serve(stream, &shared.0, &shared.1).await;
                });
            }
        });
        Ok(address)
    }
}

async fn serve(
    mut stream: TcpStream,
    proxy: &Proxy,
    hosts: &BTreeMap<String, SocketAddr>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        if stream.read(&mut octet).await? == 0 || head.len() > 16_384 {
            return Ok(());
        }
        head.push(octet[0]);
    }
    proxy.requests.fetch_add(1, Ordering::SeqCst);
    let text = String::from_utf8_lossy(&head).into_owned();
    let header = |wanted: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
        })
    };
    if let Some(wanted) = &proxy.wants {
        let given = header("proxy-authorization");
        if given.as_ref() != Some(wanted) {
            proxy.wrong.fetch_add(usize::from(given.is_some()), Ordering::SeqCst);
            return stream
                .write_all(b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic realm=\"lab\"\r\nContent-Length: 0\r\n\r\n")
                .await;
        }
    }
    let mut words = text.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let plain = method != "CONNECT";
    let target = if plain {
        let rest = target.strip_prefix("http://").unwrap_or(target);
        let host = rest.split('/').next().unwrap_or_default();
        if host.contains(':') { host.to_owned() } else { format!("{host}:80") }
    } else {
        target.to_owned()
    };
    let status = match hosts.get(&target) {
        _ if proxy.refuses.contains_key(&target) => proxy.refuses[&target],
        Some(address) => match TcpStream::connect(address).await {
            Ok(mut server) => {
                if plain {
                    server
                        .write_all(
                            text.replacen(&format!("http://{}", target.trim_end_matches(":80")), "", 1)
                                .as_bytes(),
                        )
                        .await?;
                } else {
                    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
                }
                tokio::io::copy_bidirectional(&mut stream, &mut server).await?;
                return Ok(());
            }
            Err(_) => 503,
        },
        None => 503,
    };
    stream.write_all(format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n").as_bytes()).await
}
