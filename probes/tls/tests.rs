//! Client certificates: required, optional, not asked for.

use super::*;
use rcgen::{CertificateParams, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use tokio::io::duplex;
use tokio_rustls::TlsAcceptor;

enum Wish {
    Nothing,
    Optional,
    Required,
}

/// A handshake with a server that wishes for a client certificate, or not.
async fn greeted(wish: Wish, version: &'static rustls::SupportedProtocolVersion) -> Handshake {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["server.example.com".to_owned()]).unwrap();
    let chain = vec![params.self_signed(&key).unwrap().der().clone()];
    let mut roots = RootCertStore::empty();
    roots.add(chain[0].clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[version])
        .unwrap();
    let builder = match wish {
        Wish::Nothing => builder.with_no_client_auth(),
        Wish::Optional => {
            builder.with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        }
        Wish::Required => builder.with_client_cert_verifier(verifier.build().unwrap()),
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = builder.with_single_cert(chain, key).unwrap();

    let (client, server) = duplex(1 << 16);
    let serving = async {
        if let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(server).await {
            let _ = stream.read_to_end(&mut Vec::new()).await;
            let _ = stream.shutdown().await;
        }
    };
    let question = Shake {
        host: "server.example.com".to_owned(),
        port: 443,
        way: Way::Direct(Vec::new()),
        offer: Offer::Modern,
    };
    let connector = connector();
    let deadline = Instant::now() + Duration::from_secs(10);
    tokio::join!(greet(&question, Box::new(client), deadline, &connector), serving).0
}

fn connector() -> Connector {
    let vantage = facts::Vantage {
        resolvers: Vec::new(),
        authoritative: false,
        ipv4: true,
        ipv6: true,
        routes: Default::default(),
        proxies: Arc::new(facts::vantage::Direct),
    };
    let bound = Duration::from_secs(10);
    Connector::new(Arc::new(vantage), crate::Limits::new(4), bound, Default::default())
}

#[tokio::test(start_paused = true)]
async fn a_client_certificate_that_is_required_is_known_by_the_alert_after_the_handshake() {
    let handshake = greeted(Wish::Required, &rustls::version::TLS13).await;
    assert_eq!(handshake.failure, Some(Failure::Alert("certificate_required".to_owned())));
    let capture = handshake.capture.unwrap();
    assert!(capture.client_certificate_wanted && capture.proved_key);
    assert_eq!((capture.chain.len(), capture.version.as_deref()), (1, Some("TLSv1.3")));
}

#[tokio::test(start_paused = true)]
async fn in_tls_1_2_the_alert_ends_the_handshake_and_the_chain_is_kept() {
    let handshake = greeted(Wish::Required, &rustls::version::TLS12).await;
    assert!(matches!(handshake.failure, Some(Failure::Alert(_))), "{handshake:?}");
    assert!(handshake.capture.unwrap().client_certificate_wanted);
}

#[tokio::test(start_paused = true)]
async fn an_optional_client_certificate_is_no_failure() {
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let handshake = greeted(Wish::Optional, version).await;
        assert_eq!(handshake.failure, None);
        assert!(handshake.capture.unwrap().client_certificate_wanted);
        let handshake = greeted(Wish::Nothing, version).await;
        assert_eq!(handshake.failure, None);
        assert!(!handshake.capture.unwrap().client_certificate_wanted);
    }
}

#[test]
fn alerts_have_the_names_of_the_standard() {
    for (alert, name) in [
        (rustls::AlertDescription::UnknownCA, "unknown_ca"),
        (rustls::AlertDescription::UnrecognisedName, "unrecognized_name"),
        (rustls::AlertDescription::HandshakeFailure, "handshake_failure"),
        (rustls::AlertDescription::Unknown(200), "200"),
    ] {
        assert_eq!(from_rustls(&rustls::Error::AlertReceived(alert)), Failure::Alert(name.to_owned()));
    }
}
