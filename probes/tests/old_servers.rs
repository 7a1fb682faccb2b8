//! The old ClientHello against OpenSSL, GnuTLS and nginx, as Debian ships them.
//!
//! A server that is not installed leaves its tests without a subject: they say so and pass, unless
//! `ENROLLCHECK_REAL_SERVERS=required` (as in CI).

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "../../tests/support/real.rs"]
#[allow(dead_code, unreachable_pub)]
mod real;

use facts::memory::Source;
use facts::tls::{Capture, Failure, Handshake, Offer, Shake};
use facts::vantage::{Direct, Way};
use facts::{Answer, Question, Vantage};
use probes::{Network, Options};
use real::{free_port, installed};
use tempfile::TempDir;

/// Long enough for a padded ClientHello in TLS 1.2, and not in TLS 1.1.
const HOST: &str = "enterpriseenrollment.old.example.com";
const EVERYTHING: &str = "ALL:@SECLEVEL=0";
const RSA: [&str; 2] = ["-newkey", "rsa:2048"];
const P256: [&str; 4] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

/// A server with a certificate of its own, which ends with the test.
struct Server {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn openssl(key: &[&str], arguments: &[&str]) -> Option<Self> {
        let program = installed("openssl")?;
        let (folder, address) = (certificate(key)?, free_address());
        let mut command = Command::new(program);
        command.current_dir(folder.path()).args(["s_server", "-www", "-key", "key.pem", "-cert", "cert.pem"]);
        command.args(["-accept", &address.to_string()]).args(arguments);
        Some(Self::start(command, address, folder))
    }

    fn gnutls(priority: &str) -> Option<Self> {
        let program = installed("gnutls-serv")?;
        let (folder, address) = (certificate(&RSA)?, free_address());
        let mut command = Command::new(program);
        command.current_dir(folder.path()).args(["--http", "--disable-client-cert", "--priority", priority]);
        command.args(["--x509keyfile", "key.pem", "--x509certfile", "cert.pem"]);
        command.args(["--port", &address.port().to_string()]);
        Some(Self::start(command, address, folder))
    }

    fn nginx(protocols: &str, ciphers: &str) -> Option<Self> {
        let program = installed("nginx")?;
        let (folder, address) = (certificate(&RSA)?, free_address());
        let here = folder.path().display();
        let configuration = format!(
            "daemon off; master_process off; pid {here}/pid; error_log {here}/error.log info;
             events {{}}
             http {{
               access_log off;
               client_body_temp_path {here}/a; proxy_temp_path {here}/b; fastcgi_temp_path {here}/c;
               uwsgi_temp_path {here}/d; scgi_temp_path {here}/e;
               server {{
                 listen {address} ssl;
                 ssl_certificate {here}/cert.pem; ssl_certificate_key {here}/key.pem;
                 ssl_protocols {protocols}; ssl_ciphers {ciphers};
               }}
             }}"
        );
        fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
        let mut command = Command::new(program);
        command.arg("-e").arg(folder.path().join("error.log"));
        command.arg("-c").arg(folder.path().join("nginx.conf"));
        Some(Self::start(command, address, folder))
    }

    fn start(mut command: Command, address: SocketAddr, folder: TempDir) -> Self {
        let log = File::create(folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut server = Self { child: command.spawn().unwrap(), address, folder };
        let patience = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(server.address).is_err() {
            let gone = server.child.try_wait().unwrap();
            assert!(
                gone.is_none() && Instant::now() < patience,
                "{command:?} does not come up: {gone:?}\n{}",
                server.said("log")
            );
            std::thread::yield_now();
        }
        server
    }

    fn said(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).unwrap_or_default()
    }

    fn shake(&self, offer: Offer) -> Handshake {
        let vantage = Vantage {
            resolvers: Vec::new(),
            authoritative: false,
            ipv4: true,
            ipv6: true,
            routes: BTreeMap::new(),
            proxies: Arc::new(Direct),
        };
        let network = Network::new(Options {
            vantage: Arc::new(vantage),
            timeout: Duration::from_secs(20),
            concurrency: 4,
            proxy_keys: Default::default(),
            secrets: Default::default(),
        });
        let question = Question::Tls(Shake {
            host: HOST.to_owned(),
            port: self.address.port(),
            way: Way::Routed(self.address),
            offer,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        match runtime.block_on(network.answer(&question)).unwrap() {
            Answer::Tls(shaken) => shaken.tls.clone().expect("a handshake"),
            other => panic!("{other:?}"),
        }
    }

    /// What a handshake showed that ended well, and the chain that is really there.
    fn shows(&self, offer: Offer) -> Capture {
        let handshake = self.shake(offer);
        assert_eq!(handshake.failure, None, "{handshake:?}\n{}", self.said("log"));
        let capture = handshake.capture.expect("a capture");
        let der = fs::read(self.folder.path().join("cert.der")).unwrap();
        assert_eq!(capture.chain.iter().map(|der| &**der).collect::<Vec<_>>(), [&*der]);
        assert!(!capture.proved_key);
        capture
    }

    fn agrees_on(&self, offer: Offer, version: &str, cipher: &str) -> Capture {
        let capture = self.shows(offer);
        assert_eq!((capture.version.as_deref(), capture.cipher.as_deref()), (Some(version), Some(cipher)));
        capture
    }

    fn refuses(&self, offer: Offer, alert: &str) {
        let expected = Handshake { capture: None, failure: Some(Failure::Alert(alert.to_owned())) };
        assert_eq!(self.shake(offer), expected);
    }

    /// A modern client is served as before, and no line of nginx's log is worse than information.
    fn is_calm(&self) {
        assert_eq!(self.shake(Offer::Modern).capture.unwrap().version.as_deref(), Some("TLSv1.3"));
        let log = self.said("error.log");
        let calm = |line: &str| line.contains("[info]") || line.contains("[notice]");
        assert!(!log.is_empty() && log.lines().all(calm), "{log}");
    }
}

fn free_address() -> SocketAddr {
    ([127, 0, 0, 1], free_port()).into()
}

/// A folder with a key, its certificate in PEM and in DER, and an OCSP answer that says "unauthorized".
fn certificate(key: &[&str]) -> Option<TempDir> {
    let program = installed("openssl")?;
    let folder = tempfile::tempdir().unwrap();
    let openssl = |arguments: &[&str]| {
        let output = Command::new(&program).current_dir(folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let request = ["req", "-x509", "-nodes", "-subj", "/CN=old.example.com", "-keyout", "key.pem"];
    openssl(&[&request, key, &["-out", "cert.pem"]].concat());
    openssl(&["x509", "-in", "cert.pem", "-outform", "DER", "-out", "cert.der"]);
    fs::write(folder.path().join("ocsp.der"), [0x30, 3, 0x0a, 1, 6]).unwrap();
    Some(folder)
}

#[test]
fn servers_that_stopped_at_tls_1_0_and_1_1_show_their_chain() {
    for (argument, version) in [("-tls1", "TLSv1.0"), ("-tls1_1", "TLSv1.1")] {
        let Some(server) = Server::openssl(&RSA, &[argument, "-cipher", EVERYTHING]) else { return };
        for offer in [Offer::Old, Offer::Older] {
            let capture = server.agrees_on(offer, version, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");
            assert_eq!(capture.extended_master_secret, Some(true));
        }
        server.refuses(Offer::Modern, "protocol_version");
    }
}

#[test]
fn key_exchanges_and_ciphers_of_the_old_days_are_agreed_on() {
    for (cipher, name) in [
        ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
        ("DHE-RSA-AES128-SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
        ("DHE-RSA-AES256-GCM-SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("CAMELLIA256-SHA", "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    ] {
        let cipher = format!("{cipher}:@SECLEVEL=0");
        let Some(server) = Server::openssl(&RSA, &["-tls1_2", "-cipher", &cipher]) else { return };
        server.agrees_on(Offer::Old, "TLSv1.2", name);
        server.refuses(Offer::Modern, "handshake_failure");
        server.refuses(Offer::Older, "protocol_version");
    }
}

#[test]
fn a_server_of_tls_1_3_alone_refuses_both_offers() {
    let Some(server) = Server::openssl(&RSA, &["-tls1_3"]) else { return };
    server.refuses(Offer::Old, "protocol_version");
    server.refuses(Offer::Older, "protocol_version");
}

#[test]
fn ecdsa_certificates_are_read_too() {
    let Some(server) = Server::openssl(&P256, &["-tls1", "-cipher", EVERYTHING]) else { return };
    server.agrees_on(Offer::Older, "TLSv1.0", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA");
}

#[test]
fn a_client_certificate_that_is_wanted_and_a_stapled_answer_are_seen() {
    let arguments = ["-tls1_2", "-Verify", "1", "-status_file", "ocsp.der"];
    let Some(server) = Server::openssl(&RSA, &arguments) else { return };
    let capture = server.shows(Offer::Old);
    assert!(capture.client_certificate_wanted);
    assert_eq!(capture.ocsp.as_deref(), Some(&[0x30, 3, 0x0a, 1, 6][..]));
}

#[test]
fn gnutls_of_the_old_days_is_understood() {
    for (priority, version, cipher, extended) in [
        ("NORMAL:-VERS-ALL:+VERS-TLS1.0", "TLSv1.0", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", true),
        (
            "NORMAL:-VERS-ALL:+VERS-TLS1.1:%NO_SESSION_HASH",
            "TLSv1.1",
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
            false,
        ),
        (
            "NONE:+VERS-TLS1.2:+RSA:+ARCFOUR-128:+SHA1:+COMP-NULL:+SIGN-ALL:+GROUP-ALL",
            "TLSv1.2",
            "TLS_RSA_WITH_RC4_128_SHA",
            true,
        ),
        (
            "NONE:+VERS-TLS1.0:+DHE-RSA:+3DES-CBC:+SHA1:+COMP-NULL:+SIGN-ALL:+GROUP-ALL",
            "TLSv1.0",
            "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA",
            true,
        ),
    ] {
        let Some(server) = Server::gnutls(priority) else { return };
        let capture = server.agrees_on(Offer::Old, version, cipher);
        assert_eq!(capture.extended_master_secret, Some(extended), "{priority}");
    }
}

#[test]
fn a_server_that_still_accepts_tls_1_1_is_found_out_and_not_disturbed() {
    let Some(server) = Server::nginx("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", EVERYTHING) else { return };
    assert_eq!(server.shows(Offer::Old).version.as_deref(), Some("TLSv1.2"));
    assert_eq!(server.shows(Offer::Older).version.as_deref(), Some("TLSv1.1"));
    server.is_calm();
}

#[test]
fn a_modern_server_refuses_tls_1_1_and_is_not_disturbed() {
    let Some(server) = Server::nginx("TLSv1.2 TLSv1.3", "HIGH:!aNULL") else { return };
    server.refuses(Offer::Older, "protocol_version");
    assert_eq!(server.shows(Offer::Old).version.as_deref(), Some("TLSv1.2"));
    server.is_calm();
}
