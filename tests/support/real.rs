//! Servers as Debian ships them, each on a free port of its own.

use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
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

/// A port that is free for UDP and TCP on the loopback address. It lies below the ports that the system gives to
/// connections: a client that waits for a server there would otherwise meet itself one day.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + u16::try_from((std::process::id() * 64 + step) % 20_000).unwrap();
        let free = |address: [u8; 4]| match TcpListener::bind((Ipv4Addr::from(address), port)) {
            Ok(_) => true,
            // Not every system has the whole of 127.0.0.0/8.
            Err(why) => why.kind() == std::io::ErrorKind::AddrNotAvailable,
        };
        if free([127, 0, 0, 1]) && free([127, 0, 0, 2]) && UdpSocket::bind(("127.0.0.1", port)).is_ok() {
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
