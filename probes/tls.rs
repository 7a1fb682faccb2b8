//! TLS with the chain captured before anything is judged.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use facts::tls::{Application, Capture, Failure, Handshake, Offer, Shake, Shaken};
use facts::vantage::Way;
use facts::{Octets, Unknown, tcp};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, ResolvesClientCert, Resumption};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    CipherSuite, CommonState, DigitallySignedStruct, InvalidMessage, PeerIncompatible, ProtocolVersion,
    SignatureScheme, SupportedCipherSuite,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::connector::{Connection, Connector, NoConnection, NoTunnel, Stream};
use crate::http::millis;
use crate::{alert, hello};

/// A verifier that writes down what it is shown and objects to nothing: judging is the checks' business.
#[derive(Debug)]
pub(crate) struct Recorder {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<Capture>>,
    /// Asked before the chain is seen (TLS 1.3) or after it.
    client_certificate_wanted: AtomicBool,
}

impl Recorder {
    pub(crate) fn new(provider: &Arc<CryptoProvider>) -> Arc<Self> {
        let provider = Arc::clone(provider);
        Arc::new(Self { provider, seen: Mutex::default(), client_certificate_wanted: AtomicBool::default() })
    }

    /// What was shown so far.
    pub(crate) fn capture(&self) -> Option<Capture> {
        let mut capture = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        capture.client_certificate_wanted = self.client_certificate_wanted.load(Ordering::Relaxed);
        Some(capture)
    }

    fn note(&self, change: impl FnOnce(&mut Option<Capture>)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn proved(&self, valid: bool) -> HandshakeSignatureValid {
        self.note(|seen| {
            if let Some(capture) = seen {
                capture.proved_key = valid;
            }
        });
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain =
            std::iter::once(end_entity).chain(intermediates).map(|der| Octets::from(&**der)).collect();
        let ocsp = (!ocsp.is_empty()).then(|| Octets::from(ocsp));
        self.note(|seen| {
            *seen = Some(Capture {
                chain,
                version: None,
                cipher: None,
                ocsp,
                proved_key: false,
                extended_master_secret: None,
                client_certificate_wanted: false,
            });
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Ok(self.proved(verify_tls12_signature(message, cert, signed, algorithms).is_ok()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Ok(self.proved(verify_tls13_signature(message, cert, signed, algorithms).is_ok()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.client_certificate_wanted.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// A client configuration that captures into `recorder`; no resumption, so that every chain is really served.
pub(crate) fn client_config(
    recorder: Arc<Recorder>,
    application: Application,
) -> Result<ClientConfig, Failure> {
    let provider = Arc::clone(&recorder.provider);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Failure::Protocol(e.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
        .with_client_cert_resolver(recorder);
    config.resumption = Resumption::disabled();
    if application == Application::Http {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
    }
    Ok(config)
}

/// A handshake over an open stream: the stream if it finished, and in any case what was seen.
pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    provider: &Arc<CryptoProvider>,
    host: &str,
    application: Application,
    stream: S,
    deadline: Instant,
) -> (Option<TlsStream<S>>, Handshake) {
    let recorder = Recorder::new(provider);
    match client_config(Arc::clone(&recorder), application) {
        Ok(config) => shake_hands(config, &recorder, host, stream, deadline).await,
        Err(failure) => (None, Handshake { capture: None, failure: Some(failure) }),
    }
}

async fn shake_hands<S: AsyncRead + AsyncWrite + Unpin>(
    config: ClientConfig,
    recorder: &Recorder,
    host: &str,
    stream: S,
    deadline: Instant,
) -> (Option<TlsStream<S>>, Handshake) {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let Ok(name) = ServerName::try_from(bare.to_owned()) else {
        let failure = Some(Failure::Protocol(format!("{host} cannot stand in a certificate")));
        return (None, Handshake { capture: None, failure });
    };
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match timeout_at(deadline, connecting).await {
        Ok(Ok(stream)) => {
            let capture = finished(recorder.capture(), stream.get_ref().1);
            (Some(stream), Handshake { capture, failure: None })
        }
        Ok(Err(error)) => (None, Handshake { capture: recorder.capture(), failure: Some(failure(&error)) }),
        Err(_) => {
            let failure = Some(Failure::Connection(tcp::Failure::TimedOut));
            (None, Handshake { capture: recorder.capture(), failure })
        }
    }
}

/// What Apple's version-27 systems offer in TLS 1.2, beside the suites of TLS 1.3 (support.apple.com/126655).
const APPLE_TLS12: [CipherSuite; 4] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// The provider reduced to what those systems speak.
pub(crate) fn apple_provider(provider: &CryptoProvider) -> CryptoProvider {
    let mut reduced = provider.clone();
    reduced.cipher_suites.retain(|suite| match suite {
        SupportedCipherSuite::Tls13(_) => true,
        SupportedCipherSuite::Tls12(_) => APPLE_TLS12.contains(&suite.suite()),
    });
    // Shortest keys first, as those systems offer them.
    reduced.cipher_suites.sort_by_key(|suite| {
        let name = suite.suite().as_str().unwrap_or_default();
        (suite.version().version != ProtocolVersion::TLSv1_3, !name.contains("AES_128"))
    });
    reduced
}

/// One handshake with one address, in the manner of one kind of client.
pub(crate) async fn shake(question: &Shake, connector: &Connector) -> Result<Shaken, Unknown> {
    let start = Instant::now();
    let mut shaken =
        Shaken { address: None, refusal: None, failure: None, connect_ms: 0, tls: None, tls_ms: None };
    let opened = match &question.way {
        Way::Proxy(url) => match connector.tunnel(url, &question.host, question.port).await {
            Ok(connection) => Ok(connection),
            Err(NoTunnel::Refused(refusal)) => Err(Some(refusal)),
            Err(NoTunnel::Local(unknown)) => return Err(unknown),
        },
        Way::Direct(_) | Way::Routed(_) => {
            let address = match &question.way {
                Way::Routed(address) => Some(*address),
                Way::Direct(addresses) => addresses.first().map(|ip| SocketAddr::new(*ip, question.port)),
                Way::Proxy(_) => None,
            };
            let Some(address) = address else {
                return Err(Unknown::Local("no address was named".to_owned()));
            };
            shaken.address = Some(address.ip());
            match connector.dial(&question.host, question.port, address).await {
                Ok(connection) => Ok(connection),
                Err(NoConnection::Local(unknown)) => return Err(unknown),
                Err(NoConnection::Failed(failure)) => {
                    shaken.failure = Some(failure);
                    Err(None)
                }
            }
        }
    };
    shaken.connect_ms = millis(start.elapsed());
    match opened {
        Err(refusal) => shaken.refusal = refusal,
        Ok(Connection { stream, deadline, _place }) => {
            let start = Instant::now();
            shaken.tls = Some(greet(question, stream, deadline, connector).await);
            shaken.tls_ms = Some(millis(start.elapsed()));
        }
    }
    Ok(shaken)
}

async fn greet(
    question: &Shake,
    stream: Box<dyn Stream>,
    deadline: Instant,
    connector: &Connector,
) -> Handshake {
    let provider = match question.offer {
        Offer::Modern => &connector.provider,
        Offer::Apple27 => &connector.apple_provider,
        Offer::Old => return hello::read(&question.host, hello::Newest::Tls12, stream, deadline).await,
        Offer::Older => return hello::read(&question.host, hello::Newest::Tls11, stream, deadline).await,
    };
    let recorder = Recorder::new(provider);
    let mut config = match client_config(Arc::clone(&recorder), Application::Other) {
        Ok(config) => config,
        Err(failure) => return Handshake { capture: None, failure: Some(failure) },
    };
    config.require_ems = question.offer == Offer::Apple27;
    let (stream, mut handshake) = shake_hands(config, &recorder, &question.host, stream, deadline).await;
    if let Some(capture) = &mut handshake.capture
        && question.offer == Offer::Apple27
        && capture.version.as_deref() == Some("TLSv1.2")
    {
        capture.extended_master_secret = Some(true);
    }
    if let Some(stream) = stream {
        let wanted = handshake.capture.as_ref().is_some_and(|capture| capture.client_certificate_wanted);
        handshake.failure = take_leave(stream, wanted, deadline).await;
    }
    handshake
}

/// Ends with close_notify. In TLS 1.3 a server that insists on a client certificate says so only after the
/// handshake: its alert is waited for where it asked for one.
async fn take_leave(
    mut stream: TlsStream<Box<dyn Stream>>,
    listen: bool,
    deadline: Instant,
) -> Option<Failure> {
    let _ = timeout_at(deadline, stream.shutdown()).await;
    if !listen {
        return None;
    }
    let mut octets = [0; 512];
    let last_words = async {
        loop {
            match stream.read(&mut octets).await {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(failure(&error)),
            }
        }
    };
    let patience = deadline.min(Instant::now() + Duration::from_secs(2));
    // An alert is a word; silence or a cut after a finished handshake is none.
    timeout_at(patience, last_words).await.ok().flatten().filter(|why| matches!(why, Failure::Alert(_)))
}

/// Adds what is only known when the handshake is over.
pub(crate) fn finished(capture: Option<Capture>, state: &CommonState) -> Option<Capture> {
    let mut capture = capture?;
    capture.version = state.protocol_version().and_then(version_name);
    capture.cipher = state.negotiated_cipher_suite().map(|suite| suite_name(suite.suite()));
    Some(capture)
}

/// `TLSv1.2`, `SSLv3`.
pub(crate) fn version_name(version: ProtocolVersion) -> Option<String> {
    version.as_str().map(|name| name.replace('_', "."))
}

/// As IANA writes it; the number of one that has no name.
pub(crate) fn suite_name(suite: CipherSuite) -> String {
    match suite.as_str() {
        Some(name) => name.replace("TLS13_", "TLS_"),
        None => format!("{:#06x}", u16::from(suite)),
    }
}

/// Why a handshake failed, from the error that carries it.
pub(crate) fn failure(error: &std::io::Error) -> Failure {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(error) => from_rustls(error),
        None => Failure::Connection(tcp::Failure::from(error.kind())),
    }
}

pub(crate) fn from_rustls(error: &rustls::Error) -> Failure {
    match error {
        rustls::Error::AlertReceived(alert) => Failure::Alert(alert::name(u8::from(*alert))),
        rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::InvalidEmptyPayload
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::MessageTooShort
            | InvalidMessage::UnknownProtocolVersion,
        ) => Failure::NotTls,
        rustls::Error::InvalidMessage(why) => {
            Failure::Protocol(format!("a message that TLS does not allow: {why:?}"))
        }
        rustls::Error::PeerIncompatible(PeerIncompatible::ExtendedMasterSecretExtensionRequired) => {
            Failure::NoExtendedMasterSecret
        }
        rustls::Error::PeerIncompatible(why) => Failure::Protocol(format!("no common ground: {why:?}")),
        other => Failure::Protocol(other.to_string()),
    }
}
