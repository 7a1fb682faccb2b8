//! A SCEP server whose every answer a test decides, and certificates as an NDES server has them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::real::installed;

/// What a server answers to a target.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

pub fn status(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

pub fn body(kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    Answer { status: 200, headers: vec![("Content-Type", kind.to_owned())], body: body.into() }
}

pub fn caps(text: &str) -> Answer {
    body("text/plain", text)
}

/// A server in the making of which a target's operation alone counts: bare, GetCACaps, GetCACert, and how long a
/// target may be.
#[derive(Clone)]
pub struct Ndes {
    pub bare: Answer,
    pub caps: Answer,
    pub certificates: Answer,
    pub longest: usize,
    pub too_long: Answer,
}

pub const GOOD: &str = "POSTPKIOperation\r\nRenewal\r\nSHA-512\r\nSHA-256\r\nSHA-1\r\nDES3\r\n";
pub const BAG: &str = "application/x-x509-ca-ra-cert";
pub const PATH: &str = "/certsrv/mscep/mscep.dll";

impl Ndes {
    pub fn working(certificates: Vec<u8>) -> Self {
        Self {
            bare: status(403),
            caps: caps(GOOD),
            certificates: body(BAG, certificates),
            longest: usize::MAX,
            too_long: status(414),
        }
    }

    /// Serves until the test ends; every request target is kept.
    pub fn serve(self) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, log) = (self.clone(), Arc::clone(&log));
                std::thread::spawn(move || server.converse(stream, &log));
            }
        });
        (address, seen)
    }

    fn converse(&self, mut stream: std::net::TcpStream, log: &Mutex<Vec<String>>) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() {
            return;
        }
        let mut header = String::new();
        while reader.read_line(&mut header).is_ok_and(|size| size > 2) {
            header.clear();
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        log.lock().unwrap().push(target.clone());
        let answer = match target.as_str() {
            long if long.len() > self.longest => &self.too_long,
            caps if caps.contains("operation=GetCACaps") => &self.caps,
            certificates if certificates.contains("operation=GetCACert") => &self.certificates,
            _ => &self.bare,
        };
        let mut head = format!(
            "HTTP/1.1 {} x\r\nConnection: close\r\nContent-Length: {}\r\n",
            answer.status,
            answer.body.len()
        );
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let _ = stream.write_all(format!("{head}\r\n").as_bytes());
        let _ = stream.write_all(&answer.body);
    }
}

pub type Made = Arc<BTreeMap<String, Vec<u8>>>;

/// Certificates and bags made by OpenSSL as an NDES server has them, by name; none where OpenSSL is missing.
pub fn made() -> Option<Made> {
    static MADE: std::sync::OnceLock<Option<Made>> = std::sync::OnceLock::new();
    MADE.get_or_init(|| {
        installed("openssl")?;
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scep/certificates.sh");
        let made = Command::new("sh").arg(script).current_dir(folder.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let read = |entry: std::io::Result<std::fs::DirEntry>| {
            let path = entry.unwrap().path();
            Some((path.file_name()?.to_str()?.to_owned(), std::fs::read(&path).ok()?))
        };
        Some(Arc::new(std::fs::read_dir(folder.path()).unwrap().filter_map(read).collect()))
    })
    .clone()
}
