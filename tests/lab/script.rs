//! What a server does on a connection, word for word: for faults that no manner has a name for.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Error, ErrorKind};
use tokio::net::{TcpListener, TcpStream};

/// One step of a conversation. After the last one the server closes.
#[derive(Clone, Debug)]
pub enum Step {
    /// Waits until so many octets have come.
    Hear(usize),
    /// Waits for the end of an HTTP head.
    HearHead,
    /// Waits for a whole TLS record.
    HearRecord,
    Send(Arc<[u8]>),
    /// The same again and again, until the other side goes away.
    Repeat(Arc<[u8]>),
    /// An octet every so often, again and again.
    Drip(Arc<[u8]>),
    /// Not another word, until the other side goes away.
    Stall,
    /// Cuts the connection with a reset.
    Reset,
}

impl Step {
    pub fn send(octets: impl AsRef<[u8]>) -> Self {
        Self::Send(octets.as_ref().into())
    }

    pub fn repeat(octets: impl AsRef<[u8]>) -> Self {
        Self::Repeat(octets.as_ref().into())
    }

    pub fn drip(octets: impl AsRef<[u8]>) -> Self {
        Self::Drip(octets.as_ref().into())
    }
}

/// How a conversation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
}

/// Does one step after the other.
pub(crate) async fn play<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    steps: &[Step],
) -> std::io::Result<End> {
    for step in steps {
        match step {
            Step::Hear(count) => {
                stream.read_exact(&mut vec![0; *count]).await?;
            }
            Step::HearHead => {
                head(stream).await?;
            }
            Step::HearRecord => {
                let mut header = [0; 5];
                stream.read_exact(&mut header).await?;
                let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
                stream.read_exact(&mut vec![0; length]).await?;
            }
            Step::Send(octets) => {
                stream.write_all(octets).await?;
                stream.flush().await?;
            }
            Step::Repeat(octets) => loop {
                stream.write_all(octets).await?;
                stream.flush().await?;
            },
            Step::Drip(octets) => {
                for octet in octets.iter().cycle() {
                    stream.write_all(&[*octet]).await?;
                    stream.flush().await?;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
            Step::Stall => {
                while stream.read(&mut [0; 1024]).await? > 0 {}
                return Ok(End::Closed);
            }
            Step::Reset => return Ok(End::Reset),
        }
    }
    stream.shutdown().await?;
    // What the other side still says is taken, so that closing is no reset.
    while stream.read(&mut [0; 1024]).await? > 0 {}
    Ok(End::Closed)
}

/// An HTTP head, to its empty line.
pub(crate) async fn head<S: AsyncRead + Unpin>(stream: &mut S) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 64 * 1024 {
            return Err(Error::from(ErrorKind::InvalidData));
        }
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Serves every connection so, in the runtime of the caller, as long as that lives.
pub async fn scripted(steps: Vec<Step>) -> std::io::Result<SocketAddr> {
    listen(move |mut stream| {
        let steps = steps.clone();
        async move {
            let end = play(&mut stream, &steps).await;
            (stream, end)
        }
    })
    .await
}

/// The same over HTTP without TLS, where the target of the request decides what is done.
pub async fn scripted_http(
    steps: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
) -> std::io::Result<SocketAddr> {
    let steps = Arc::new(steps);
    listen(move |mut stream| {
        let steps = Arc::clone(&steps);
        async move {
            let end = match head(&mut stream).await {
                Ok(head) => {
                    let target = head.split_whitespace().nth(1).unwrap_or("/");
                    let steps = steps(target);
                    play(&mut stream, &steps).await
                }
                Err(error) => Err(error),
            };
            (stream, end)
        }
    })
    .await
}

async fn listen<F, C>(converse: F) -> std::io::Result<SocketAddr>
where
    F: Fn(TcpStream) -> C + Send + 'static,
    C: Future<Output = (TcpStream, std::io::Result<End>)> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let conversation = converse(stream);
                    tokio::spawn(async move {
                        if let (stream, Ok(End::Reset)) = conversation.await {
                            let _ = cut(&stream);
                        }
                    });
                }
                Err(_) => pending().await,
            }
        }
    });
    Ok(address)
}

/// Closing is a reset from now on.
pub(crate) fn cut(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_zero_linger()
}
