//! TLS with the chain captured before anything is judged.

use std::sync::{Arc, Mutex, PoisonError};

use facts::Octets;
use facts::tcp;
use facts::tls::{Application, Capture, Failure, Handshake};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CommonState, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A verifier that writes down what it is shown and objects to nothing: judging is the checks' business.
#[derive(Debug)]
pub(crate) struct Recorder {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<Capture>>,
}

impl Recorder {
    pub(crate) fn new(provider: &Arc<CryptoProvider>) -> Arc<Self> {
        Arc::new(Self { provider: Arc::clone(provider), seen: Mutex::default() })
    }

    /// What was shown so far.
    pub(crate) fn capture(&self) -> Option<Capture> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
            *seen = Some(Capture { chain, version: None, cipher: None, ocsp, proved_key: false });
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
        .with_custom_certificate_verifier(recorder)
        .with_no_client_auth();
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
) -> (Option<TlsStream<S>>, Handshake) {
    let failed = |failure| (None, Handshake { capture: None, failure: Some(failure) });
    let recorder = Recorder::new(provider);
    let config = match client_config(Arc::clone(&recorder), application) {
        Ok(config) => config,
        Err(failure) => return failed(failure),
    };
    let Ok(name) = ServerName::try_from(host.to_owned()) else {
        return failed(Failure::Protocol(format!("{host} cannot stand in a certificate")));
    };
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(stream) => {
            let capture = finished(recorder.capture(), stream.get_ref().1);
            (Some(stream), Handshake { capture, failure: None })
        }
        Err(error) => (None, Handshake { capture: recorder.capture(), failure: Some(failure(&error)) }),
    }
}

/// Adds what is only known when the handshake is over.
pub(crate) fn finished(capture: Option<Capture>, state: &CommonState) -> Option<Capture> {
    let mut capture = capture?;
    capture.version = state.protocol_version().and_then(|v| v.as_str()).map(|v| v.replace('_', "."));
    capture.cipher =
        state.negotiated_cipher_suite().and_then(|s| s.suite().as_str()).map(|s| s.replace("TLS13_", "TLS_"));
    Some(capture)
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
        rustls::Error::AlertReceived(alert) => Failure::Alert(snake_case(&format!("{alert:?}"))),
        rustls::Error::InvalidMessage(_) => Failure::NotTls,
        rustls::Error::PeerIncompatible(why) => Failure::Protocol(format!("no common ground: {why:?}")),
        other => Failure::Protocol(other.to_string()),
    }
}

/// Alert names as RFC 8446 writes them: `HandshakeFailure` becomes `handshake_failure`.
fn snake_case(camel: &str) -> String {
    let mut text = String::new();
    for c in camel.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}
