//! TLS of the organisation's own servers: every reason of `tls.*` against nginx, OpenSSL and GnuTLS as Debian ships them.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(unix)]

mod support;

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use lab::Record;
use support::real::{Server, free_port, installed, start};
use support::{Seen, World, file};

type Sent = (&'static str, &'static [&'static str], &'static str, &'static str);

/// Servers by host: what nginx sends, with whose key, and what else it is told.
const SERVERS: [Sent; 24] = [
    ("good", &["good", "intermediate"], "good", "ssl_protocols TLSv1.2 TLSv1.3;"),
    ("tls12", &["good", "intermediate"], "good", "ssl_protocols TLSv1.2;"),
    ("order", &["good", "root", "intermediate"], "good", ""),
    ("twice", &["good", "good", "intermediate", "stranger-issuing"], "good", ""),
    ("missing", &["missing"], "missing", ""),
    ("enterprised", &["enterprised"], "enterprised", ""),
    ("strange", &["strange", "stranger-issuing", "stranger"], "strange", ""),
    ("itself", &["itself"], "itself", ""),
    ("soon", &["soon", "intermediate"], "soon", ""),
    ("verysoon", &["verysoon", "intermediate"], "verysoon", ""),
    ("other", &["other", "intermediate"], "other", ""),
    ("nameless", &["nameless", "intermediate"], "nameless", ""),
    ("client", &["client", "intermediate"], "client", ""),
    ("outside", &["outside", "constrained"], "outside", ""),
    ("below", &["below", "good", "intermediate"], "below", ""),
    ("short", &["short", "intermediate"], "short", OLD),
    ("sha1", &["sha1", "intermediate"], "sha1", OLD),
    ("expired", &["expired", "intermediate"], "expired", ""),
    ("future", &["future", "intermediate"], "future", ""),
    ("legacy", &["rsa", "intermediate"], "rsa", "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"),
    (
        "enabled",
        &["rsa", "intermediate"],
        "rsa",
        "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;",
    ),
    (
        "chacha",
        &["rsa", "intermediate"],
        "rsa",
        "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-CHACHA20-POLY1305;",
    ),
    ("rsakx", &["rsa", "intermediate"], "rsa", "ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA;"),
    ("several", &["good", "intermediate"], "good", ""),
];
const OLD: &str = "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;";

struct Bench {
    world: World,
    ports: Vec<(String, u16)>,
    _servers: Vec<Server>,
    seen: Seen,
}

impl Bench {
    /// All servers and one run over them, for every test of this file.
    fn shared() -> Option<&'static Self> {
        static BENCH: OnceLock<Option<Bench>> = OnceLock::new();
        BENCH.get_or_init(Self::start).as_ref()
    }

    fn start() -> Option<Self> {
        let (nginx, openssl, gnutls) =
            (installed("nginx")?, installed("openssl")?, installed("gnutls-serv")?);
        let mut hosts = vec!["noems", "required", "silent", "aia", "gone"];
        hosts.extend(SERVERS.iter().map(|(host, ..)| *host));
        let world = World::of_names(&["contoso.com"], |names| {
            for host in hosts {
                names.set(&format!("{host}.test"), Record::A(Ipv4Addr::LOCALHOST));
            }
            names.add("several.test", Record::A(Ipv4Addr::new(127, 0, 0, 2)));
        });
        let folder = world.lab.folder().to_owned();
        let plain = free_port();
        make_certificates(&folder, plain);
        let mut ports: Vec<(String, u16)> =
            SERVERS.iter().map(|(host, ..)| ((*host).to_owned(), free_port())).collect();
        let mut servers = vec![start_nginx(&nginx, &folder, &ports, plain)];
        let (noems, required) = (free_port(), free_port());
        let chain = |names: &[&str]| chain(&folder, "chain", names);
        let good = chain(&["good", "intermediate"]);
        let mut command = Command::new(gnutls);
        command.args([
            "--http",
            "--priority",
            "NORMAL:-VERS-TLS1.3:-VERS-TLS1.1:-VERS-TLS1.0:%NO_SESSION_HASH",
        ]);
        command.arg("-p").arg(noems.to_string()).arg("--x509certfile").arg(&good);
        command.arg("--x509keyfile").arg(folder.join("good.key"));
        servers.push(start(&mut command, noems, &folder.join("gnutls.log")));
        let mut command = Command::new(openssl);
        command.args(["s_server", "-www", "-Verify", "1", "-verify_return_error", "-accept"]);
        command.arg(required.to_string()).arg("-cert").arg(folder.join("good.pem")).arg("-cert_chain");
        command.arg(folder.join("intermediate.pem")).arg("-key").arg(folder.join("good.key"));
        servers.push(start(&mut command, required, &folder.join("openssl.log")));
        ports.extend([("noems".into(), noems), ("required".into(), required), ("gone".into(), free_port())]);
        ports.push(("aia".into(), plain));
        let seen = run(&world, &ports, &["--only", "tls.*"]);
        Some(Self { world, ports, _servers: servers, seen })
    }

    fn subject(&self, host: &str) -> String {
        let port = self.ports.iter().find(|(name, _)| name == host).unwrap().1;
        format!("{host}.test:{port}")
    }

    fn said(&self, check: &str, host: &str) -> String {
        self.seen.said(&format!("tls.{check}"), &self.subject(host))
    }
}

fn make_certificates(folder: &Path, plain: u16) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/certificates.sh");
    let made = Command::new("sh").arg(script).arg(plain.to_string()).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn chain(folder: &Path, name: &str, certificates: &[&str]) -> std::path::PathBuf {
    let read = |name: &&str| std::fs::read_to_string(folder.join(format!("{name}.pem"))).unwrap();
    file(folder, &format!("{name}.chain"), certificates.iter().map(read).collect::<String>())
}

fn start_nginx(nginx: &Path, folder: &Path, ports: &[(String, u16)], plain: u16) -> Server {
    let at = folder.display().to_string();
    let server = |((host, certificates, key, more), (_, port)): (&Sent, &(String, u16))| {
        let chain = chain(folder, host, certificates).display().to_string();
        let second = match *host {
            "several" => {
                let incomplete = self::chain(folder, "incomplete", &["good"]).display().to_string();
                format!(
                    "server {{ listen 127.0.0.2:{port} ssl; ssl_certificate {incomplete}; ssl_certificate_key {at}/good.key; return 200; }}\n"
                )
            }
            _ => String::new(),
        };
        format!(
            "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {at}/{key}.key; {more} return 200; }}\n{second}"
        )
    };
    let servers: String = SERVERS.iter().zip(ports).map(server).collect();
    let configuration = format!(
        "daemon off; master_process off; pid {at}/pid; error_log stderr; events {{ worker_connections 512; }}\n\
         http {{ access_log off; client_body_temp_path {at}; proxy_temp_path {at}; fastcgi_temp_path {at}; uwsgi_temp_path {at}; \
         scgi_temp_path {at};\nserver {{ listen 127.0.0.1:{plain}; root {at}; }}\n{servers}}}\n"
    );
    let path = file(folder, "nginx.conf", configuration);
    start(Command::new(nginx).arg("-e").arg("stderr").arg("-c").arg(path), plain, &folder.join("nginx.log"))
}

fn run(world: &World, ports: &[(String, u16)], arguments: &[&str]) -> Seen {
    let server =
        |(host, port): &(String, u16)| format!("[[tenant.server]]\naddress = \"{host}.test:{port}\"\n");
    let servers: String = ports.iter().map(server).collect();
    let parts = format!(
        "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n{servers}[[tenant.server]]\naddress = \"nosuch.test:443\"\n"
    );
    let root = world.lab.folder().join("root.pem").display().to_string();
    let enterprise = world.lab.folder().join("enterprise.pem").display().to_string();
    let file = world.lab.settings_with(&parts, "", &format!("enterprise_roots = [{enterprise:?}]")).unwrap();
    // The lab's own root is of no use to servers whose certificates OpenSSL made.
    let text = std::fs::read_to_string(&file).unwrap();
    let own = format!("public_roots = [{:?}]", world.lab.root.display().to_string());
    std::fs::write(&file, text.replace(&own, &format!("public_roots = [{root:?}]"))).unwrap();
    let path = file.display().to_string();
    let mut all = vec!["run", "-f", "json", "-c", &path];
    all.extend(arguments);
    Seen::of(support::enrollcheck(&all, world.lab.folder()))
}

#[test]
fn chains() {
    let Some(bench) = Bench::shared() else { return };
    for (host, said) in [
        ("good", "pass/ok"),
        ("twice", "pass/ok"),
        ("order", "warn/wrong-order"),
        ("missing", "fail/intermediate-missing"),
        ("enterprised", "warn/enterprise-root"),
        ("strange", "fail/untrusted-root"),
        ("itself", "fail/self-signed"),
        ("client", "fail/invalid-chain"),
        ("outside", "fail/invalid-chain"),
        ("below", "fail/invalid-chain"),
        ("sha1", "fail/invalid-chain"),
        ("short", "pass/ok"),
        ("expired", "pass/ok"),
        ("future", "pass/ok"),
        ("legacy", "pass/ok"),
        ("rsakx", "pass/ok"),
        ("required", "pass/ok"),
        ("aia", "fail/no-certificate"),
        ("gone", "unknown/unreachable"),
        ("several", "fail/intermediate-missing"),
    ] {
        assert_eq!(
            bench.said("chain", host),
            said,
            "{host}: {}",
            bench.seen.summary("tls.chain", &bench.subject(host))
        );
    }
    assert_eq!(bench.seen.said("tls.chain", "nosuch.test:443"), "unknown/unreachable");
}

#[test]
fn a_missing_intermediate_is_named_with_its_address_and_the_platforms() {
    let Some(bench) = Bench::shared() else { return };
    let subject = bench.subject("missing");
    assert!(bench.seen.summary("tls.chain", &subject).contains("Lab Intermediate"));
    assert!(bench.seen.remedy("tls.chain", &subject).contains("/intermediate.cer"));
    let notes = bench.seen.notes("tls.chain", &subject);
    assert!(notes.contains("Lab Public Root") && notes.contains("Android does not"), "{notes}");
}

#[test]
fn the_certificate_at_fault_is_named() {
    let Some(bench) = Bench::shared() else { return };
    for (host, culprit) in [
        ("client", "client.test"),
        ("outside", "Constrained Authority"),
        ("below", "good.test"),
        ("sha1", "sha1.test"),
    ] {
        let finding = bench.seen.finding("tls.chain", &bench.subject(host));
        assert_eq!(finding["evidence"]["at_fault"], culprit, "{host}");
    }
    let notes = bench.seen.notes("tls.chain", &bench.subject("twice"));
    assert!(notes.contains("sent twice") && notes.contains("Nobody Issuing"), "{notes}");
}

#[test]
fn one_address_of_several_is_told_by_its_number() {
    let Some(bench) = Bench::shared() else { return };
    let subject = bench.subject("several");
    assert!(bench.seen.summary("tls.chain", &subject).starts_with("At 127.0.0.2: "));
    assert!(bench.seen.notes("tls.chain", &subject).contains("127.0.0.1 (ok)"));
    assert_eq!(bench.said("name", "several"), "pass/ok");
}

#[test]
fn dates() {
    let Some(bench) = Bench::shared() else { return };
    for (host, said) in [
        ("good", "pass/ok"),
        ("soon", "warn/expires-soon"),
        ("verysoon", "fail/expires-very-soon"),
        ("expired", "fail/expired"),
        ("future", "fail/not-yet-valid"),
        ("legacy", "pass/ok"),
        ("gone", "unknown/unreachable"),
        ("aia", "unknown/unreachable"),
    ] {
        assert_eq!(bench.said("validity", host), said, "{host}");
    }
    assert!(bench.seen.finding("tls.validity", &bench.subject("soon"))["expires_at"].is_string());
}

#[test]
fn names() {
    let Some(bench) = Bench::shared() else { return };
    for (host, said) in [
        ("good", "pass/ok"),
        ("other", "fail/name-mismatch"),
        ("nameless", "fail/no-subject-alternative-name"),
        ("gone", "unknown/unreachable"),
    ] {
        assert_eq!(bench.said("name", host), said, "{host}");
    }
}

#[test]
fn protocols_keys_and_signatures() {
    let Some(bench) = Bench::shared() else { return };
    for (host, said) in [
        ("good", "pass/ok"),
        ("legacy", "fail/legacy-protocol-only"),
        ("enabled", "warn/legacy-protocol-enabled"),
        ("short", "fail/weak-key"),
        ("sha1", "fail/weak-signature"),
        ("rsakx", "pass/ok"),
        ("gone", "unknown/unreachable"),
    ] {
        assert_eq!(bench.said("strength", host), said, "{host}");
    }
}

#[test]
fn what_version_27_of_apples_systems_asks() {
    let Some(bench) = Bench::shared() else { return };
    for (host, said) in [
        ("good", "pass/ok"),
        ("required", "pass/ok"),
        ("tls12", "pass/no-tls13"),
        ("legacy", "fail/protocol-too-old"),
        ("chacha", "fail/cipher-not-accepted"),
        ("rsakx", "fail/cipher-not-accepted"),
        ("noems", "fail/no-extended-master-secret"),
        ("short", "fail/certificate-not-accepted"),
        ("expired", "fail/certificate-not-accepted"),
        ("itself", "fail/certificate-not-accepted"),
        ("enterprised", "pass/ok"),
        ("gone", "unknown/unreachable"),
    ] {
        let found = bench.said("apple-policy", host);
        // What nginx speaks unless told depends on its version.
        let found = if host == "enterprised" { found.replace("no-tls13", "ok") } else { found };
        assert_eq!(found, said, "{host}");
    }
    assert!(bench.world.lab.folder().exists());
}
