//! Servers as Debian ships them, each on a free port of its own.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that ends with the test.
pub struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn installed(program: &str) -> Option<PathBuf> {
    let found = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]
        .map(|folder| Path::new(folder).join(program))
        .into_iter()
        .find(|path| path.exists());
    if found.is_none() {
        let required = std::env::var("ENROLLCHECK_REAL_SERVERS").is_ok_and(|value| value == "required");
        assert!(!required, "{program} is not installed");
        eprintln!("{program} is not installed: nothing was tested");
    }
    found
}

/// A port that is free for UDP and TCP on the loopback address.
pub fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

pub fn start(command: &mut Command, port: u16, log: &Path) -> Server {
    start_until(command, log, || TcpStream::connect(("127.0.0.1", port)).is_ok())
}

pub fn start_until(command: &mut Command, log: &Path, is_up: impl Fn() -> bool) -> Server {
    let log_file = std::fs::File::create(log).unwrap();
    let child =
        command.stdout(log_file.try_clone().unwrap()).stderr(log_file).stdin(Stdio::null()).spawn().unwrap();
    let mut server = Server(child);
    let patience = Instant::now() + Duration::from_secs(20);
    while !is_up() {
        let gone = server.0.try_wait().unwrap();
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        assert!(
            gone.is_none() && Instant::now() < patience,
            "{command:?} does not come up: {gone:?}\n{}",
            said()
        );
        std::thread::yield_now();
    }
    server
}
