//! Builds a world, runs the program in it, and keeps what it saw.

use std::any::Any;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use lab::{Lab, Running};
use serde_json::Value;

use crate::judge::{COMPRESSED, PLAIN, difference};
use crate::support::{self, command};
use crate::worlds::World;

/// Where the laboratory's proxy is, where it has one.
pub const PROXY: &str = "proxy.contoso.com:3128";

/// A world that is ready to be built, and how the program is started in it.
pub struct Made {
    pub lab: Lab,
    /// Tenants, thresholds, waivers.
    pub settings: String,
    /// More lines of `[network]`, of `[trust]`.
    pub network: String,
    pub trust: String,
    pub arguments: Vec<String>,
    pub files: BTreeMap<&'static str, Vec<u8>>,
    /// `host:port` to where it really listens; none takes the laboratory's own route away.
    pub routes: BTreeMap<String, Option<SocketAddr>>,
    /// Ports of this machine that lead to a host of the laboratory.
    pub ports: Vec<(u16, &'static str)>,
    /// Whether all hosts of a tenant are in it.
    pub whole: bool,
    /// What lives as long as the world.
    pub kept: Vec<Box<dyn Any>>,
}

impl Made {
    pub fn of(lab: Lab, settings: &str, only: &[&str]) -> Self {
        Self {
            lab,
            settings: settings.to_owned(),
            network: String::new(),
            trust: String::new(),
            arguments: only.iter().flat_map(|glob| ["--only".to_owned(), (*glob).to_owned()]).collect(),
            files: BTreeMap::new(),
            routes: BTreeMap::new(),
            ports: Vec::new(),
            whole: false,
            kept: Vec::new(),
        }
    }

    pub fn network(mut self, lines: &str) -> Self {
        self.network.push_str(lines);
        self.network.push('\n');
        self
    }

    pub fn trust(mut self, lines: &str) -> Self {
        self.trust.push_str(lines);
        self.trust.push('\n');
        self
    }

    pub fn file(mut self, name: &'static str, contents: impl Into<Vec<u8>>) -> Self {
        self.files.insert(name, contents.into());
        self
    }

    pub fn route(mut self, host: &str, to: Option<SocketAddr>) -> Self {
        self.routes.insert(host.to_owned(), to);
        self
    }

    pub fn listening(mut self, port: u16, host: &'static str) -> Self {
        self.ports.push((port, host));
        self
    }

    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    pub fn keep(mut self, thing: impl Any) -> Self {
        self.kept.push(Box::new(thing));
        self
    }
}

/// The settings file, in which every file has the name that a user would give it.
fn settings(made: &Made, lab: &Running) -> String {
    let Made { settings, network, trust, .. } = made;
    let mut text = format!("{settings}\n[trust]\n{trust}");
    if !trust.contains("public_roots") {
        text.push_str("public_roots = [\"lab-root.pem\"]\n");
    }
    text.push_str(&format!("\n[network]\n{network}"));
    if !network.contains("resolvers") {
        text.push_str(&format!("resolvers = [\"{}\"]\n", lab.resolver));
    }
    if lab.proxy.is_some() {
        text.push_str(&format!("proxy = \"http://{PROXY}\"\n"));
    }
    text.push_str("[network.routes]\n");
    for (from, to) in &lab.routes {
        text.push_str(&format!("\"{from}\" = \"{to}\"\n"));
    }
    text
}

/// Builds the world, and writes its evidence; a replay must give the live run's own report.
pub fn record(world: &World, folder: &Path) {
    let mut made = (world.make)();
    let lab = std::mem::replace(&mut made.lab, Lab::with(&[], &[]));
    let mut live = support::World::start(lab);
    if let Some(proxy) = live.lab.proxy {
        live.lab.routes.insert(PROXY.to_owned(), proxy);
    }
    for (host, to) in &made.routes {
        match to {
            Some(to) => live.lab.routes.insert(host.clone(), *to),
            None => live.lab.routes.remove(host),
        };
    }
    for (port, host) in &made.ports {
        pass_on(*port, live.lab.routes[*host]);
    }
    let at = live.lab.folder();
    for (name, contents) in &made.files {
        std::fs::write(at.join(name), contents).unwrap();
    }
    std::fs::write(at.join("enrollcheck.toml"), settings(&made, &live.lab)).unwrap();
    let name = if made.whole { COMPRESSED } else { PLAIN };
    let arguments: Vec<&str> = made.arguments.iter().map(String::as_str).collect();
    let recording = ["run", "-c", "enrollcheck.toml", "-f", "json", "--lang", "en", "--record", name];
    let seen = report(&[&recording[..], &arguments].concat(), at, world.name);
    let again = report(&["run", "--replay", name, "-f", "json", "--lang", "en"], at, world.name);
    assert!(seen == again, "{}: a replay differs from its run\n{}", world.name, difference(&seen, &again));
    std::fs::create_dir_all(folder).unwrap();
    for old in [PLAIN, COMPRESSED] {
        let _ = std::fs::remove_file(folder.join(old));
    }
    std::fs::copy(at.join(name), folder.join(name)).unwrap();
    eprintln!("recorded {}", world.name);
}

/// Takes connections on a port of the first loopback address alone, and passes them on until the test ends.
fn pass_on(port: u16, to: SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(to).unwrap();
            for (mut from, mut to) in
                [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
            {
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
}

/// A report without what a second run cannot repeat.
fn report(arguments: &[&str], folder: &Path, world: &str) -> String {
    let output = command(arguments, folder).output().unwrap();
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    let mut report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{world}: {why}\n{}", said()));
    report["elapsed_ms"] = Value::Null;
    for finding in report["findings"].as_array_mut().unwrap() {
        finding["elapsed_ms"] = Value::Null;
    }
    serde_json::to_string_pretty(&report).unwrap()
}
