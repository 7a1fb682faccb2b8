//! The organisation's own TLS servers: the laboratory's where it can, nginx and GnuTLS with OpenSSL's certificates
//! where a fault needs them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use lab::{Dates, Lab, Manner, Signer, Trouble};
use tempfile::TempDir;

use super::World;
use crate::laboratory::Made;
use crate::support::file;
use crate::support::ndes::{Ndes, body, status};
use crate::support::real::{free_port, installed, start};

fn tenant(host: &str) -> String {
    format!(
        "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n\
         [[tenant.server]]\naddress = \"{host}:443\"\n"
    )
}

/// A server of the laboratory.
fn server(name: &'static str, shows: &'static str, change: fn(&mut Manner)) -> World {
    World::new(name, shows, move || portal(change))
}

fn portal(change: fn(&mut Manner)) -> Made {
    let mut lab = Lab::with(&["contoso.com"], &[]);
    lab.hosts.change("portal.contoso.com", 443, change);
    Made::of(lab, &tenant("portal.contoso.com"), &["tls.*"])
}

/// nginx with certificates of tests/tls/certificates.sh, by the name that it gives them: what is sent, and whose key.
fn nginx(
    name: &'static str,
    shows: &'static str,
    host: &'static str,
    sent: &'static [&'static str],
    key: &'static str,
    more: &'static str,
) -> World {
    World::new(name, shows, move || {
        let chain: String = sent.iter().map(|name| certificate(name)).collect();
        run_nginx(host, &chain, &certificates().join(format!("{key}.key")), more)
    })
}

fn run_nginx(host: &str, chain: &str, key: &Path, more: &str) -> Made {
    let folder = tempfile::tempdir().unwrap();
    let (at, port) = (folder.path().display(), free_port());
    let chain = file(folder.path(), "chain.pem", chain);
    let configuration = format!(
        "daemon off; master_process off; pid {at}/pid; error_log stderr; events {{ }}\n\
         http {{ access_log off; client_body_temp_path {at}; proxy_temp_path {at}; fastcgi_temp_path {at}; uwsgi_temp_path {at}; \
         scgi_temp_path {at}; server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {}; ssl_certificate_key {}; {more} return 200; }} }}\n",
        chain.display(),
        key.display()
    );
    let path = file(folder.path(), "nginx.conf", configuration);
    let mut command = Command::new(installed("nginx").unwrap());
    let running =
        start(command.arg("-e").arg("stderr").arg("-c").arg(path), port, &folder.path().join("log"));
    judged(host, port).keep(running).keep(folder)
}

/// A server that listens on a port of this machine.
fn judged(host: &str, port: u16) -> Made {
    Made::of(Lab::with(&["contoso.com"], &[]), &tenant(host), &["tls.*"])
        .route(&format!("{host}:443"), Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))))
        .file("lab-root.pem", certificate("root"))
}

/// The folder of tests/tls/certificates.sh, with the organisation's names in place of the test's.
fn certificates() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/certificates.sh");
        let script = std::fs::read_to_string(script).unwrap().replace(".test", ".contoso.com");
        let mut command = Command::new("sh");
        command.args(["-c", &script, "certificates.sh", "80"]).current_dir(folder.path());
        let made = command.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        folder
    });
    folder.path()
}

fn certificate(name: &str) -> String {
    std::fs::read_to_string(certificates().join(format!("{name}.pem"))).unwrap()
}

/// A server that refuses the extended master secret.
fn without_extended_master_secret() -> Made {
    let folder = tempfile::tempdir().unwrap();
    let (port, at) = (free_port(), certificates());
    let chain = file(folder.path(), "chain.pem", certificate("good") + &certificate("intermediate"));
    let mut command = Command::new(installed("gnutls-serv").unwrap());
    command.args(["--http", "--priority", "NORMAL:-VERS-TLS1.3:-VERS-TLS1.1:-VERS-TLS1.0:%NO_SESSION_HASH"]);
    command.arg("-p").arg(port.to_string()).arg("--x509certfile").arg(chain);
    command.arg("--x509keyfile").arg(at.join("good.key"));
    let running = start(&mut command, port, &folder.path().join("log"));
    judged("good.contoso.com", port).keep(running).keep(folder)
}

/// A server whose certificate names a list, and what is served in the list's place.
fn listed(name: &'static str, shows: &'static str, list: fn(&Path) -> Ndes) -> World {
    World::new(name, shows, move || {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let script = "set -eu
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config cnf -extensions authority -days 30 -subj /CN=Contoso-CA -keyout ca.key -out ca.pem
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config cnf -subj /CN=portal.contoso.com -keyout server.key -out server.csr
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 0x8A01 -days 29 -extfile cnf -extensions server -out server.pem
            : > valid.txt
            printf 'R\\t400101000000Z\\t260301000000Z\\t8A01\\tunknown\\t/CN=server\\n' > revoked.txt
            openssl ca -config cnf -name revoked -gencrl -out list.pem
            openssl crl -in list.pem -outform DER -out revoked.crl
            openssl ca -config cnf -name valid -gencrl -crl_lastupdate 20260101000000Z -crl_nextupdate 20260108000000Z -out list.pem
            openssl crl -in list.pem -outform DER -out stale.crl";
        let configuration = "[req]\ndistinguished_name = dn\n[dn]\n[authority]\nbasicConstraints = critical,CA:TRUE\n\
             keyUsage = critical,keyCertSign,cRLSign\nsubjectKeyIdentifier = hash\n[server]\nbasicConstraints = CA:FALSE\n\
             subjectAltName = DNS:portal.contoso.com\nextendedKeyUsage = serverAuth\n\
             crlDistributionPoints = URI:http://crl.contoso.com/ca.crl\n\
             [valid]\ndatabase = valid.txt\ndefault_md = sha256\ncertificate = ca.pem\nprivate_key = ca.key\ndefault_crl_days = 1\n\
             [revoked]\ndatabase = revoked.txt\ndefault_md = sha256\ncertificate = ca.pem\nprivate_key = ca.key\ndefault_crl_days = 1\n";
        file(at, "cnf", configuration);
        let made = Command::new("sh").args(["-c", script]).current_dir(at).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let read = |name: &str| std::fs::read_to_string(at.join(name)).unwrap();
        let (served, _) = list(at).serve();
        run_nginx("portal.contoso.com", &read("server.pem"), &at.join("server.key"), "")
            .file("lab-root.pem", read("ca.pem"))
            .route("crl.contoso.com:80", Some(served))
            .keep(folder)
    })
}

fn list_of(name: &str, folder: &Path) -> Ndes {
    let octets = std::fs::read(folder.join(name)).unwrap();
    Ndes { bare: body("application/pkix-crl", octets), ..Ndes::working(Vec::new()) }
}

pub fn worlds() -> Vec<World> {
    const OLD: &str = "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;";
    vec![
        server("server-as-it-should-be", "", |_| {}),
        server("server-down", "tls.chain/unreachable", |manner| manner.fault = Some(Trouble::Refused)),
        server("server-speaks-no-tls", "tls.chain/no-certificate", |manner| {
            manner.fault = Some(Trouble::NotTls);
        }),
        server("server-sends-garbage-for-a-certificate", "tls.chain/unparsable", |manner| {
            manner.sends = Some(vec![b"this is no certificate".to_vec()]);
        }),
        server("server-signed-its-own-certificate", "tls.chain/self-signed", |manner| {
            manner.signer = Signer::Itself;
        }),
        nginx(
            "intermediate-not-served",
            "tls.chain/intermediate-missing",
            "missing.contoso.com",
            &["missing"],
            "missing",
            "",
        ),
        server("root-that-nobody-knows", "tls.chain/untrusted-root", |manner| {
            manner.signer = Signer::Stranger;
        }),
        World::new("root-of-the-organisation", "tls.chain/enterprise-root", || {
            portal(|manner| manner.signer = Signer::Inspector)
                .trust("enterprise_roots = [\"enterprise-root.pem\"]")
        }),
        nginx(
            "certificates-in-the-wrong-order",
            "tls.chain/wrong-order",
            "good.contoso.com",
            &["good", "root", "intermediate"],
            "good",
            "",
        ),
        nginx(
            "certificate-for-clients-on-a-server",
            "tls.chain/invalid-chain",
            "client.contoso.com",
            &["client", "intermediate"],
            "client",
            "",
        ),
        server("server-certificate-expired", "tls.validity/expired", |manner| {
            manner.dates = Dates { from_days: -400, until_days: -3 };
        }),
        server("server-certificate-expires-in-three-days", "tls.validity/expires-very-soon", |manner| {
            manner.dates = Dates { from_days: -362, until_days: 3 };
        }),
        server("server-certificate-expires-in-three-weeks", "tls.validity/expires-soon", |manner| {
            manner.dates = Dates { from_days: -340, until_days: 21 };
        }),
        server("server-certificate-not-yet-valid", "tls.validity/not-yet-valid", |manner| {
            manner.dates = Dates { from_days: 2, until_days: 365 };
        }),
        server("server-certificate-of-another-name", "tls.name/name-mismatch", |manner| {
            manner.name = Some("intranet.contoso.com".into());
        }),
        nginx(
            "name-only-in-the-common-name",
            "tls.name/no-subject-alternative-name",
            "nameless.contoso.com",
            &["nameless", "intermediate"],
            "nameless",
            "",
        ),
        nginx(
            "server-speaks-old-tls-only",
            "tls.strength/legacy-protocol-only",
            "legacy.contoso.com",
            &["rsa", "intermediate"],
            "rsa",
            "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;",
        ),
        nginx(
            "server-still-speaks-old-tls",
            "tls.strength/legacy-protocol-enabled",
            "enabled.contoso.com",
            &["rsa", "intermediate"],
            "rsa",
            "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;",
        ),
        nginx(
            "server-key-too-short",
            "tls.strength/weak-key",
            "short.contoso.com",
            &["short", "intermediate"],
            "short",
            OLD,
        ),
        nginx(
            "server-certificate-signed-with-sha-1",
            "tls.strength/weak-signature",
            "sha1.contoso.com",
            &["sha1", "intermediate"],
            "sha1",
            OLD,
        ),
        nginx(
            "server-without-forward-secrecy",
            "tls.apple-policy/cipher-not-accepted",
            "enabled.contoso.com",
            &["rsa", "intermediate"],
            "rsa",
            "ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA;",
        ),
        World::new(
            "server-without-extended-master-secret",
            "tls.apple-policy/no-extended-master-secret",
            without_extended_master_secret,
        ),
        listed("server-certificate-revoked", "tls.revocation/revoked", |folder| {
            list_of("revoked.crl", folder)
        }),
        listed("revocation-list-out-of-date", "tls.revocation/stale", |folder| list_of("stale.crl", folder)),
        listed("revocation-list-not-served", "tls.revocation/unavailable", |_| Ndes {
            bare: status(404),
            ..Ndes::working(Vec::new())
        }),
    ]
}
