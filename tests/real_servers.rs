//! The program against BIND, unbound, nginx, squid and OpenSSL's responder, as Debian ships them.
//!
//! Each server gets a folder and a free port of its own; nothing needs privileges. A server that is not installed
//! leaves its tests without a subject: they say so and pass, unless `ENROLLCHECK_REAL_SERVERS=required` (as in CI).

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(unix)]

mod support;

use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::{Authority, Lab};
use support::real::{Server, free_port, installed, start, start_until};
use support::{Seen, World, enrollcheck, every_host, file, timeless};
use tempfile::TempDir;

const ENROLLMENT: &str = "dns.enterprise-enrollment";
const REGISTRATION: &str = "dns.enterprise-registration";
const INTUNE: &str = "enterpriseenrollment-s.manage.microsoft.com.";
const ENTRA: &str = "enterpriseregistration.windows.net.";

/// A live run; and whatever it met, its evidence is judged the same once more.
fn judged_twice(arguments: &[&str], folder: &Path) -> Seen {
    let live = Seen::of(enrollcheck(&[arguments, &["--record", "kept.jsonl"]].concat(), folder));
    let again = Seen::of(enrollcheck(&["run", "--replay", "kept.jsonl", "-f", "json"], folder));
    assert_eq!(timeless(live.report.clone()), timeless(again.report));
    assert_eq!(live.code, again.code);
    live
}

// ---------------------------------------------------------------- names

/// The zones of a small internet: two servers that may differ, and a resolver that validates.
struct Names {
    folder: TempDir,
    _servers: Vec<Server>,
    own: [u16; 2],
    resolver: u16,
}

/// Zones by domain; what follows a bar is what the second server holds instead.
fn zones() -> Vec<(&'static str, String)> {
    let ok = format!("enterpriseenrollment CNAME {INTUNE}\nenterpriseregistration CNAME {ENTRA}\n");
    vec![
        ("contoso.com", ok.clone()),
        ("xn--bcher-kva.com", ok.clone()),
        ("bogus.com", ok.clone()),
        ("wrong.com", "enterpriseenrollment CNAME discovery.awmdm.com.\n".into()),
        ("missing.com", String::new()),
        ("legacy.com", "enterpriseenrollment CNAME enterpriseenrollment.manage.microsoft.com.\n".into()),
        ("relative.com", format!("enterpriseenrollment CNAME {}\n", INTUNE.trim_end_matches('.'))),
        ("government.com", "enterpriseenrollment CNAME enterpriseenrollment-s.manage.microsoft.us.\n".into()),
        ("address.com", "enterpriseenrollment A 203.0.113.5\n".into()),
        ("flat.com", "enterpriseenrollment A 192.0.2.10\n".into()),
        (
            "loop.com",
            "enterpriseenrollment CNAME a.loop.com.\na CNAME enterpriseenrollment.loop.com.\n".into(),
        ),
        ("wildcard.com", "* A 203.0.113.9\n".into()),
        (
            "differing.com",
            format!("enterpriseenrollment CNAME {INTUNE}\n|enterpriseenrollment CNAME mdm.example.net.\n"),
        ),
        (
            "manage.microsoft.com",
            "enterpriseenrollment-s A 192.0.2.10\nenterpriseenrollment A 192.0.2.10\n".into(),
        ),
        ("windows.net", "enterpriseregistration A 192.0.2.11\n".into()),
        ("microsoft.us", "enterpriseenrollment-s.manage A 192.0.2.12\n".into()),
        ("awmdm.com", "discovery A 192.0.2.13\n".into()),
        ("example.net", "mdm A 192.0.2.14\n".into()),
        ("ns.test", "ns1 A 127.0.0.1\nns2 A 127.0.0.1\n".into()),
        // The zone above: names below it that are not delegated do not exist.
        ("com", String::new()),
    ]
}

impl Names {
    fn start() -> Option<Self> {
        let (named, unbound) = (installed("named")?, installed("unbound")?);
        let folder = tempfile::tempdir().unwrap();
        let own = [free_port(), free_port()];
        let resolver = free_port();
        let mut servers = Vec::new();
        for (place, port) in own.iter().enumerate() {
            servers.push(start_named(&named, folder.path(), place, *port));
        }
        servers.push(start_unbound(&unbound, folder.path(), own[0], resolver));
        Some(Self { folder, _servers: servers, own, resolver })
    }

    fn run(&self, domain: &str, network: &str) -> Seen {
        let [first, second] = self.own;
        let settings = format!(
            "[[tenant]]\ndomains = [\"{domain}\"]\ncloud = \"worldwide\"\n[network]\nresolvers = [\"127.0.0.1:{}\"]\n{network}\n\
             [network.routes]\n\"ns1.ns.test:53\" = \"127.0.0.1:{first}\"\n\"ns2.ns.test:53\" = \"127.0.0.1:{second}\"\n",
            self.resolver
        );
        let path = file(self.folder.path(), "enrollcheck.toml", settings).display().to_string();
        judged_twice(&["run", "-c", &path, "--only", "dns.*", "-f", "json"], self.folder.path())
    }
}

fn start_named(named: &Path, folder: &Path, place: usize, port: u16) -> Server {
    let folder = folder.join(format!("named{place}"));
    std::fs::create_dir(&folder).unwrap();
    let at = folder.display();
    let mut configuration = format!(
        "options {{ directory \"{at}\"; pid-file none; session-keyfile none; listen-on port {port} {{ 127.0.0.1; }}; \
         listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; empty-zones-enable no; }};\ncontrols {{}};\n"
    );
    for (zone, records) in zones() {
        let mine = records.split('|').nth(place).or(records.split('|').next()).unwrap_or_default();
        let text = format!(
            "$TTL 3600\n@ IN SOA ns1.ns.test. hostmaster.ns.test. 1 3600 600 86400 60\n@ NS ns1.ns.test.\n@ NS ns2.ns.test.\n{mine}"
        );
        file(&folder, &format!("{zone}.zone"), text);
        configuration.push_str(&format!("zone \"{zone}\" {{ type primary; file \"{zone}.zone\"; }};\n"));
    }
    let path = file(&folder, "named.conf", configuration);
    start(Command::new(named).arg("-g").arg("-c").arg(path), port, &folder.join("log"))
}

fn start_unbound(unbound: &Path, folder: &Path, upstream: u16, port: u16) -> Server {
    let at = folder.display();
    let mut configuration = format!(
        "server:\n  interface: 127.0.0.1\n  port: {port}\n  do-ip6: no\n  do-daemonize: no\n  do-not-query-localhost: no\n  chroot: \"\"\n  \
         username: \"\"\n  directory: \"{at}\"\n  pidfile: \"\"\n  use-syslog: no\n  module-config: \"validator iterator\"\n  \
         trust-anchor: \"bogus.com. DS 12345 13 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC1234\"\n\
         remote-control:\n  control-enable: no\n"
    );
    for (zone, _) in zones() {
        configuration
            .push_str(&format!("stub-zone:\n  name: \"{zone}\"\n  stub-addr: 127.0.0.1@{upstream}\n"));
    }
    let path = file(folder, "unbound.conf", configuration);
    start(Command::new(unbound).arg("-d").arg("-c").arg(path), port, &folder.join("unbound.log"))
}

#[test]
fn bind_and_unbound_show_the_records_as_the_catalogue_names_them() {
    let Some(names) = Names::start() else { return };
    for (domain, wanted) in [
        ("contoso.com", "pass/ok"),
        ("bücher.com", "pass/ok"),
        ("wrong.com", "fail/wrong-target"),
        ("missing.com", "warn/missing"),
        ("legacy.com", "warn/legacy-target"),
        ("relative.com", "fail/relative-target"),
        ("government.com", "fail/wrong-cloud"),
        ("address.com", "fail/not-a-cname"),
        ("flat.com", "warn/flattened"),
        ("loop.com", "fail/loop"),
        ("wildcard.com", "fail/not-a-cname"),
        ("differing.com", "fail/inconsistent"),
        ("bogus.com", "fail/dnssec-bogus"),
        ("no-such-domain.com", "fail/domain-not-found"),
    ] {
        let seen = names.run(domain, "");
        let subject = if domain == "bücher.com" { "xn--bcher-kva.com" } else { domain };
        assert_eq!(seen.said(ENROLLMENT, subject), wanted, "{domain}: {}", seen.summary(ENROLLMENT, subject));
    }
    let seen = names.run("contoso.com", "");
    assert_eq!(seen.said(REGISTRATION, "contoso.com"), "pass/ok");
    let found = seen.finding(ENROLLMENT, "contoso.com")["found"].to_string();
    assert!(
        found.contains("ns1.ns.test") && found.contains("ns2.ns.test"),
        "both servers were asked: {found}"
    );
    let alone = names.run("differing.com", "authoritative = false");
    assert_eq!(alone.said(ENROLLMENT, "differing.com"), "pass/ok", "the resolver alone cannot see it");
    assert!(names.run("wildcard.com", "").notes(ENROLLMENT, "wildcard.com").contains("wildcard"));
}

// ---------------------------------------------------------------- TLS

/// One nginx for every host, with one certificate.
struct Web {
    folder: TempDir,
    _server: Server,
    authority: Authority,
    secure: u16,
    plain: u16,
}

impl Web {
    fn start(name: Option<&str>, complete: bool) -> Option<Self> {
        let nginx = installed("nginx")?;
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display().to_string();
        let authority = Authority::new();
        let hosts = every_host();
        let names: Vec<&str> = match name {
            Some(name) => vec![name],
            None => hosts.iter().map(|(host, ..)| host.as_str()).collect(),
        };
        let (chain, key) = authority.server_pem(&names, complete);
        file(folder.path(), "chain.pem", chain);
        file(folder.path(), "key.pem", key);
        file(folder.path(), "root.pem", authority.root_pem());
        let (secure, plain) = (free_port(), free_port());
        let canary = |host: &str, body: &str| {
            format!("server {{ listen 127.0.0.1:{plain}; server_name {host}; location / {{ {body} }} }}\n")
        };
        let configuration = format!(
            "daemon off; pid {at}/pid; error_log stderr; worker_processes 1; events {{ worker_connections 1024; }}\n\
             http {{ access_log off; client_body_temp_path {at}; proxy_temp_path {at}; fastcgi_temp_path {at}; uwsgi_temp_path {at}; \
             scgi_temp_path {at};\nserver {{ listen 127.0.0.1:{secure} ssl default_server; ssl_certificate {at}/chain.pem; \
             ssl_certificate_key {at}/key.pem; location / {{ return 200 ok; }} }}\n{}{}{}{}}}\n",
            canary("_ default", "return 200 ok;"),
            canary("captive.apple.com", "return 200 Success;"),
            canary("www.msftconnecttest.com", "return 200 'Microsoft Connect Test';"),
            canary("connectivitycheck.gstatic.com", "return 204;"),
        );
        let path = file(folder.path(), "nginx.conf", configuration);
        let log = folder.path().join("log");
        let server = start(Command::new(nginx).arg("-e").arg("stderr").arg("-c").arg(path), secure, &log);
        Some(Self { folder, _server: server, authority, secure, plain })
    }

    fn routes(&self) -> String {
        every_host()
            .iter()
            .map(|(host, port, transport)| {
                let to = if *transport == "http" { self.plain } else { self.secure };
                format!("\"{host}:{port}\" = \"127.0.0.1:{to}\"\n")
            })
            .collect()
    }

    fn run(&self, network: &str, routes: &str, arguments: &[&str]) -> Seen {
        let settings = format!(
            "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n[trust]\npublic_roots = [\"root.pem\"]\n\
             [network]\nresolvers = [\"127.0.0.1:{}\"]\n{network}\n[network.routes]\n{routes}",
            self.plain
        );
        let path = file(self.folder.path(), "enrollcheck.toml", settings).display().to_string();
        let mut all = vec!["run", "-c", &path, "-f", "json", "--only", "endpoint.*", "--only", "network.*"];
        all.extend(arguments);
        judged_twice(&all, self.folder.path())
    }
}

const CORE: &str = "manage.microsoft.com:443";

#[test]
fn nginx_with_the_right_chain_is_reached_everywhere() {
    let Some(web) = Web::start(None, true) else { return };
    let seen = web.run("", &web.routes(), &[]);
    assert_eq!(seen.trouble(), Vec::<String>::new());
    assert_eq!(seen.said("network.clock", "this-machine"), "pass/ok");
    let evidence = seen.finding("endpoint.reachable", CORE)["evidence"].to_string();
    assert!(evidence.contains("TLSv1.") && evidence.contains("Lab Public Intermediate"), "{evidence}");
}

#[test]
fn nginx_with_another_name_or_half_a_chain_is_told_apart() {
    let Some(web) = Web::start(Some("portal.example.net"), true) else { return };
    assert_eq!(web.run("", &web.routes(), &[]).said("endpoint.reachable", CORE), "fail/name-mismatch");
    let Some(web) = Web::start(None, false) else { return };
    // The missing issuer stands above hosts of unrelated vendors here, as an inspector's would.
    assert_eq!(web.run("", &web.routes(), &[]).said("endpoint.reachable", CORE), "fail/intercepted");
    assert!(!web.authority.root_pem().is_empty());
}

// ---------------------------------------------------------------- proxies

fn start_squid(folder: &Path, rules: &str) -> Option<(Server, SocketAddr)> {
    let squid = installed("squid")?;
    let port = free_port();
    let at = folder.display();
    let configuration = format!(
        "http_port 127.0.0.1:{port}\npid_filename none\naccess_log stdio:{at}/access.log\ncache_log {at}/cache.log\ncache deny all\n\
         coredump_dir {at}\nshutdown_lifetime 0 seconds\nhosts_file {at}/hosts\n{rules}"
    );
    let path = file(folder, "squid.conf", configuration);
    let mut command = Command::new(squid);
    command.args(["-N", "-f"]).arg(path);
    Some((start(&mut command, port, &folder.join("squid.log")), ([127, 0, 0, 1], port).into()))
}

#[test]
fn squid_refuses_and_asks_who_is_there() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "hosts", "127.0.0.1 localhost\n");
    // Squid as root runs its children as another user, who must be able to write here.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let Some((_server, proxy)) = start_squid(folder.path(), "http_access deny all\n") else { return };
    let world = World::start(Lab::with(&["contoso.com"], &[]));
    let arguments =
        ["--only", "network.proxy", "--only", "endpoint.*", "--proxy", &format!("http://{proxy}")];
    let seen = world.run("[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n", &arguments);
    assert_eq!(seen.said("network.proxy", &format!("http://{proxy}")), "fail/refused");
    assert_eq!(seen.said("endpoint.reachable", CORE), "fail/proxy-refused");
    assert!(seen.summary("endpoint.reachable", CORE).contains("403"));
    let mut log = String::new();
    std::fs::File::open(folder.path().join("access.log")).unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("CONNECT manage.microsoft.com:443"), "{log}");
}

// ---------------------------------------------------------------- revocation

const PORTAL: &str = "portal.contoso.com:443";

/// An authority kept by openssl, its responder, and nginx as the server and as the place of the list.
struct Revocation {
    folder: TempDir,
    openssl: PathBuf,
    nginx: PathBuf,
    servers: Vec<Server>,
    ports: [u16; 3],
}

impl Revocation {
    fn start() -> Option<Self> {
        let (openssl, nginx) = (installed("openssl")?, installed("nginx")?);
        let folder = tempfile::tempdir().unwrap();
        let ports = [free_port(), free_port(), free_port()];
        let this = Self { folder, openssl, nginx, servers: Vec::new(), ports };
        let configuration = "[req]\ndistinguished_name = dn\n[dn]\n[authority]\nbasicConstraints = critical,CA:TRUE\n\
            keyUsage = critical,keyCertSign,cRLSign\nsubjectKeyIdentifier = hash\n[server]\nbasicConstraints = CA:FALSE\n\
            subjectAltName = DNS:portal.contoso.com\nextendedKeyUsage = serverAuth\n\
            authorityInfoAccess = OCSP;URI:http://ocsp.contoso.com/\ncrlDistributionPoints = URI:http://crl.contoso.com/ca.crl\n\
            [responder]\nextendedKeyUsage = OCSPSigning\n[ca]\ndefault_ca = ours\n[ours]\ndatabase = index.txt\n\
            default_md = sha256\ncertificate = authority.pem\nprivate_key = authority.key\ndefault_crl_days = 1\n";
        file(this.folder.path(), "openssl.cnf", configuration);
        this.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config openssl.cnf -extensions authority -days 30 \
             -subj /CN=Contoso-CA -keyout authority.key -out authority.pem");
        for (name, serial) in [("server", "0x8A01"), ("responder", "0x8A02")] {
            this.openssl(&format!("req -newkey rsa:2048 -nodes -config openssl.cnf -subj /CN={name} -keyout {name}.key -out {name}.csr"));
            this.openssl(&format!("x509 -req -in {name}.csr -CA authority.pem -CAkey authority.key -set_serial {serial} -days 20 \
                 -extfile openssl.cnf -extensions {name} -out {name}.pem"));
        }
        this.revoke(false);
        Some(this)
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new(&self.openssl);
        let output =
            command.args(arguments.split_whitespace()).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Writes the authority's records anew, and its list.
    fn revoke(&self, revoked: bool) {
        let state = if revoked { "R\t400101000000Z\t260301000000Z" } else { "V\t400101000000Z\t" };
        file(self.folder.path(), "index.txt", format!("{state}\t8A01\tunknown\t/CN=server\n"));
        self.openssl("ca -config openssl.cnf -gencrl -out ca.pem.crl");
        self.openssl("crl -in ca.pem.crl -outform DER -out ca.crl");
    }

    fn respond(&mut self) {
        let port = self.ports[0];
        let arguments = format!(
            "ocsp -port {port} -index index.txt -CA authority.pem -rsigner responder.pem -rkey responder.key -nmin 60"
        );
        let mut command = Command::new(&self.openssl);
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        let log = self.folder.path().join("responder.log");
        // A connection that says nothing would keep this responder busy: its own word is waited for.
        let is_up = || std::fs::read_to_string(&log).is_ok_and(|said| said.contains("waiting for"));
        self.servers.push(start_until(&mut command, &log, is_up));
    }

    fn serve(&mut self, stapling: &str) {
        let at = self.folder.path().display().to_string();
        let [_, list, secure] = self.ports;
        let configuration = format!(
            "daemon off; pid {at}/pid; error_log stderr; worker_processes 1; events {{ worker_connections 64; }}\n\
             {} http {{ access_log off; client_body_temp_path {at}; proxy_temp_path {at}; fastcgi_temp_path {at}; \
             uwsgi_temp_path {at}; scgi_temp_path {at};\nserver {{ listen 127.0.0.1:{list}; root {at}; }}\n\
             server {{ listen 127.0.0.1:{secure} ssl; ssl_certificate {at}/server.pem; ssl_certificate_key {at}/server.key; \
             {stapling} location / {{ return 200 ok; }} }} }}\n",
            // Started as root, the worker would otherwise be somebody who cannot read the folder.
            if std::fs::metadata(&at).unwrap().uid() == 0 { "user root;" } else { "" }
        );
        let path = file(self.folder.path(), "nginx.conf", configuration);
        let log = self.folder.path().join("nginx.log");
        let mut command = Command::new(&self.nginx);
        self.servers.push(start(command.arg("-e").arg("stderr").arg("-c").arg(path), secure, &log));
    }

    fn run(&self) -> Seen {
        let [responder, list, secure] = self.ports;
        let settings = format!(
            "[trust]\npublic_roots = [\"authority.pem\"]\n[network.routes]\n\"{PORTAL}\" = \"127.0.0.1:{secure}\"\n\
             \"ocsp.contoso.com:80\" = \"127.0.0.1:{responder}\"\n\"crl.contoso.com:80\" = \"127.0.0.1:{list}\"\n"
        );
        let path = file(self.folder.path(), "enrollcheck.toml", settings).display().to_string();
        let arguments = ["run", "-c", &path, "-f", "json", "--server", PORTAL, "--only", "tls.revocation"];
        judged_twice(&arguments, self.folder.path())
    }

    fn said(&self) -> String {
        self.run().said("tls.revocation", PORTAL)
    }
}

#[test]
fn openssl_as_responder_says_good_and_revoked() {
    let Some(mut world) = Revocation::start() else { return };
    world.serve("");
    world.respond();
    let seen = world.run();
    assert_eq!(seen.said("tls.revocation", PORTAL), "pass/good", "{}", seen.report);
    assert!(seen.summary("tls.revocation", PORTAL).contains("the responder http://ocsp.contoso.com/"));
    world.servers.pop();
    world.revoke(true);
    world.respond();
    assert_eq!(world.said(), "fail/revoked");
}

#[test]
fn without_the_responder_the_list_is_read() {
    let Some(mut world) = Revocation::start() else { return };
    world.serve("");
    let seen = world.run();
    assert_eq!(seen.said("tls.revocation", PORTAL), "pass/good", "{}", seen.report);
    assert!(seen.notes("tls.revocation", PORTAL).contains("refused"));
    world.revoke(true);
    assert_eq!(world.said(), "fail/revoked");
    file(world.folder.path(), "ca.crl", "<html>");
    assert_eq!(world.said(), "warn/unavailable");
}

#[test]
fn what_nginx_staples_comes_first() {
    let Some(mut world) = Revocation::start() else { return };
    world.openssl("ocsp -issuer authority.pem -cert server.pem -no_nonce -reqout request.der");
    world.openssl("ocsp -index index.txt -CA authority.pem -rsigner responder.pem -rkey responder.key -reqin request.der \
         -respout answer.der -nmin 60");
    let at = world.folder.path().display().to_string();
    world.serve(&format!("ssl_stapling on; ssl_stapling_file {at}/answer.der;"));
    let seen = world.run();
    assert_eq!(seen.said("tls.revocation", PORTAL), "pass/good", "{}", seen.report);
    assert!(seen.summary("tls.revocation", PORTAL).contains("staples"), "{}", seen.report);
}
