//! Certificates and revocation lists that no authority would issue: too large, too many, too deep, and lying about
//! their lengths; in files, in a SCEP server's answer, and on a TLS server.

use lab::{Lab, Step};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CrlDistributionPoint, CustomExtension, DnType,
    IsCa, KeyPair, PublicKeyData, SanType, SignatureAlgorithm, SigningKey,
};

use crate::judge::{report, servers, table};
use crate::support::{World, file};

const HOST: &str = "jamf.contoso.com";
const SERVER: &str = "jamf.contoso.com:8443";

fn certificate(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::new([HOST.to_owned()]).unwrap();
    change(&mut params);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

/// A key of any size, of which nobody has the other half.
struct Key(Vec<u8>);

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for Key {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(vec![0x5a; 2048])
    }
}

fn rsa(bits: usize) -> Vec<u8> {
    let modulus = [&[0_u8][..], &vec![0xff; bits / 8]].concat();
    let key = element(0x30, &[element(0x02, &modulus), element(0x02, &[1, 0, 1])].concat());
    CertificateParams::new([HOST.to_owned()]).unwrap().self_signed(&Key(key)).unwrap().der().to_vec()
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = match contents.len() {
        short @ 0..0x80 => vec![short as u8],
        long => [&[0x84][..], &(long as u32).to_be_bytes()].concat(),
    };
    [&[tag][..], &length, contents].concat()
}

/// Nested so deep, with every length right.
fn nested(depth: usize) -> Vec<u8> {
    let mut lengths = vec![0_usize];
    for _ in 1..depth {
        let inner = lengths.last().unwrap();
        lengths.push(inner + 6);
    }
    let headers =
        lengths.iter().rev().flat_map(|length| [&[0x30, 0x84][..], &(*length as u32).to_be_bytes()].concat());
    headers.collect()
}

/// A bag of certificates as SCEP servers send it (RFC 5652, 5.1).
fn bag(certificates: &[Vec<u8>]) -> Vec<u8> {
    let data = element(0x30, &element(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]));
    let all = element(0xa0, &certificates.concat());
    let signed = [element(0x02, &[1]), element(0x31, &[]), data, all, element(0x31, &[])].concat();
    let kind = element(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]);
    element(0x30, &[kind, element(0xa0, &element(0x30, &signed))].concat())
}

type Made = fn() -> Vec<u8>;

fn in_a_file(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "it.cer", bytes);
    let arguments = ["--certificate", "it.cer", "--timeout", "5s", "--deadline", "30s"];
    report(&arguments, folder.path()).said("certificate.validity", "it.cer")
}

fn from_scep(bytes: &[u8]) -> String {
    let body = [b"HTTP/1.1 200 OK\r\nContent-Type: application/x-x509-ca-ra-cert\r\n\r\n", bytes].concat();
    let address = servers().block_on(lab::scripted_http(move |target| match target {
        bag if bag.contains("GetCACert") => vec![Step::send(&body)],
        _ => vec![Step::send("HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n")],
    }));
    let url = format!("http://{}/certsrv/mscep/mscep.dll", address.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "--scep",
        &url,
        "--only",
        "scep.*-certificate*",
        "--timeout",
        "5s",
        "--deadline",
        "30s",
        "--resolver",
        "127.0.0.1:9",
    ];
    report(&arguments, folder.path()).said("scep.ca-certificate", &url)
}

fn on_a_server(chain: Vec<Vec<u8>>) -> String {
    let mut lab = Lab::with(&["contoso.com"], &[(HOST.to_owned(), 8443, "tls")]);
    lab.hosts.change(HOST, 8443, |manner| manner.sends = Some(chain));
    tls(&World::start(lab), "")
}

fn tls(world: &World, trust: &str) -> String {
    let parts = format!(
        "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n[[tenant.server]]\naddress = \"{SERVER}\"\n"
    );
    let file = world.lab.settings_with(&parts, "", trust).unwrap().display().to_string();
    let arguments = ["-c", &file, "--only", "tls.*", "--timeout", "5s", "--deadline", "30s"];
    let seen = report(&arguments, world.lab.folder());
    [seen.said("tls.chain", SERVER), seen.said("tls.revocation", SERVER)].join(" ")
}

#[test]
fn certificates() {
    let cases: &[(&str, Made, &str)] = &[
        ("as it should be", || certificate(|_| {}), "pass/ok pass/ok fail/self-signed pass/not-offered"),
        ("an RSA key of 16384 bits", || rsa(16_384), "pass/ok pass/ok fail/self-signed pass/not-offered"),
        ("an RSA key of 262144 bits", || rsa(262_144), "pass/ok pass/ok fail/self-signed pass/not-offered"),
        ("an RSA key of 8 bits", || rsa(8), "pass/ok pass/ok fail/self-signed pass/not-offered"),
        (
            "ten thousand names",
            || {
                certificate(|params| {
                    params.subject_alt_names.extend(
                        (0..10_000).map(|i| SanType::DnsName(format!("h{i}.example").try_into().unwrap())),
                    );
                })
            },
            "pass/ok pass/ok fail/no-certificate unknown/unreachable",
        ),
        (
            "a name of 60000 octets",
            || certificate(|params| params.distinguished_name.push(DnType::CommonName, "x".repeat(60_000))),
            "pass/ok pass/ok fail/self-signed pass/not-offered",
        ),
        (
            "an alternative name of 30000 octets",
            || {
                certificate(|params| {
                    params.subject_alt_names = vec![SanType::DnsName("x".repeat(30_000).try_into().unwrap())];
                })
            },
            "pass/ok pass/ok fail/self-signed pass/not-offered",
        ),
        (
            "a name that a terminal would obey",
            || {
                certificate(|params| {
                    params.distinguished_name.push(DnType::CommonName, "\u{1b}[2J\u{202e}\r\n")
                })
            },
            "pass/ok pass/ok fail/self-signed pass/not-offered",
        ),
        (
            "an extension nested deep",
            || {
                certificate(|params| {
                    params
                        .custom_extensions
                        .push(CustomExtension::from_oid_content(&[2, 5, 29, 17], nested(5_000)))
                })
            },
            "pass/ok pass/ok fail/self-signed pass/not-offered",
        ),
        (
            "a thousand extensions",
            || {
                certificate(|params| {
                    params.custom_extensions.extend(
                        (0..1_000).map(|i| CustomExtension::from_oid_content(&[1, 2, 3, i], vec![5, 0])),
                    );
                })
            },
            "pass/ok pass/ok fail/self-signed pass/not-offered",
        ),
        (
            "the same extension twice",
            || {
                certificate(|params| {
                    params
                        .custom_extensions
                        .extend((0..2).map(|_| {
                            CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![3, 2, 5, 0xa0])
                        }));
                })
            },
            "pass/ok pass/ok fail/self-signed pass/not-offered",
        ),
        (
            "an end before its beginning",
            || {
                certificate(|params| {
                    (params.not_before, params.not_after) =
                        (rcgen::date_time_ymd(2040, 1, 1), rcgen::date_time_ymd(2030, 1, 1))
                })
            },
            "fail/not-yet-valid fail/expired fail/self-signed pass/not-offered",
        ),
        (
            "valid to the end of time",
            || certificate(|params| params.not_after = rcgen::date_time_ymd(9999, 12, 31)),
            "pass/ok pass/ok fail/self-signed pass/not-offered",
        ),
        (
            "a length beyond the end",
            || {
                let mut der = certificate(|_| {});
                der[2] = 0x7f;
                der
            },
            "unknown/unreadable fail/unparsable fail/unparsable unknown/unreachable",
        ),
        (
            "a length below the end",
            || {
                let mut der = certificate(|_| {});
                der[3] -= 9;
                der
            },
            "unknown/unreadable fail/unparsable fail/unparsable unknown/unreachable",
        ),
        (
            "a length of four gigabytes",
            || [&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..], &certificate(|_| {})].concat(),
            "unknown/unreadable fail/unparsable fail/unparsable unknown/unreachable",
        ),
        (
            "a length of 127 octets",
            || [&[0x30, 0xff][..], &[0xff; 200]].concat(),
            "unknown/unreadable fail/unparsable fail/unparsable unknown/unreachable",
        ),
        (
            "a length without end",
            || [&[0x30, 0x80][..], &certificate(|_| {})].concat(),
            "unknown/unreadable fail/unparsable fail/unparsable unknown/unreachable",
        ),
        (
            "nested deep",
            || nested(10_000),
            "unknown/unreadable fail/unparsable fail/unparsable unknown/unreachable",
        ),
    ];
    table(cases, |made| {
        let der = made();
        [in_a_file(&der), from_scep(&der), on_a_server(vec![der])].join(" ")
    });
}

#[test]
fn many_certificates() {
    let cases: &[(&str, Made, &str)] = &[
        ("a bag of a thousand", || bag(&vec![certificate(|_| {}); 1_000]), "pass/ok pass/ok"),
        ("a bag of nothing", || bag(&[]), "unknown/unreadable fail/unparsable"),
        (
            "a bag of half a certificate",
            || bag(&[certificate(|_| {})[..200].to_vec()]),
            "unknown/unreadable fail/unparsable",
        ),
        (
            "a bag of bags",
            || bag(&[bag(&[bag(&[certificate(|_| {})])])]),
            "unknown/unreadable fail/unparsable",
        ),
        (
            "a bag of ten thousand empty elements",
            || bag(&vec![vec![0x30, 0]; 10_000]),
            "unknown/unreadable fail/unparsable",
        ),
        (
            "a thousand in text",
            || {
                let pem = CertificateParams::new([HOST.to_owned()])
                    .unwrap()
                    .self_signed(&KeyPair::generate().unwrap())
                    .unwrap()
                    .pem();
                pem.repeat(1_000).into_bytes()
            },
            "pass/ok pass/ok",
        ),
        (
            "text that never ends a certificate",
            || "-----BEGIN CERTIFICATE-----\n".repeat(30_000).into_bytes(),
            "unknown/unreadable fail/unparsable",
        ),
        (
            "text of nothing but beginnings",
            || format!("-----BEGIN CERTIFICATE-----\n{}", "A".repeat(900_000)).into_bytes(),
            "unknown/unreadable fail/unparsable",
        ),
        ("base64 without end", || "MIIC".repeat(200_000).into_bytes(), "unknown/unreadable fail/unparsable"),
        ("zeros", || vec![0; 1_000_000], "unknown/unreadable fail/unparsable"),
    ];
    table(cases, |made| {
        let bytes = made();
        [in_a_file(&bytes), from_scep(&bytes)].join(" ")
    });
}

type Answer = fn(&[u8]) -> Vec<Step>;

/// A list with an issuer that fits and so many entries.
fn list(issuer: &[u8], entries: usize) -> Vec<u8> {
    list_of(issuer, &revoked(&[7]).repeat(entries))
}

fn revoked(serial: &[u8]) -> Vec<u8> {
    element(0x30, &[element(0x02, serial), element(0x17, b"260101000000Z")].concat())
}

/// A list with those entries, and a signature of nobody.
fn list_of(issuer: &[u8], entries: &[u8]) -> Vec<u8> {
    let algorithm = element(0x30, &[element(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])].concat());
    let time = |text: &str| element(0x17, text.as_bytes());
    let entries = element(0x30, entries);
    let parts = [
        element(0x02, &[1]),
        algorithm.clone(),
        issuer.to_vec(),
        time("260101000000Z"),
        time("490101000000Z"),
        entries,
    ];
    let signature = element(0x03, &[&[0][..], &[0x30; 70]].concat());
    element(0x30, &[element(0x30, &parts.concat()), algorithm, signature].concat())
}

fn page(body: impl AsRef<[u8]>) -> Vec<Step> {
    vec![Step::send([b"HTTP/1.1 200 OK\r\n\r\n", body.as_ref()].concat())]
}

/// A server whose certificate names that list, which answers with the fault.
fn listed(answer: Answer, url: &str) -> String {
    let key = || KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, "Contoso Root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, key()).unwrap();
    let mut leaf = CertificateParams::new([HOST.to_owned()]).unwrap();
    leaf.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![url.to_owned()] }];
    let leaf = leaf.signed_by(&key(), &root).unwrap();
    let mut lab = Lab::with(&["contoso.com"], &[(HOST.to_owned(), 8443, "tls")]);
    let sent = vec![leaf.der().to_vec(), root.der().to_vec()];
    lab.hosts.change(HOST, 8443, |manner| manner.sends = Some(sent));
    let mut world = World::start(lab);
    file(world.lab.folder(), "own.pem", root.pem());
    let issuer = element(
        0x30,
        &element(
            0x31,
            &element(0x30, &[element(0x06, &[0x55, 4, 3]), element(0x0c, b"Contoso Root")].concat()),
        ),
    );
    let steps = answer(&issuer);
    let address = servers().block_on(lab::scripted_http(move |_| steps.clone())).unwrap();
    world.lab.routes.insert("crl.contoso.com:80".to_owned(), address);
    tls(&world, "enterprise_roots = [\"own.pem\"]")
}

#[test]
fn revocation_lists() {
    const URL: &str = "http://crl.contoso.com/it.crl";
    let cases: &[(&str, (Answer, &str), &str)] = &[
        ("stalls", (|_| vec![Step::Stall], URL), "warn/enterprise-root warn/unavailable"),
        ("resets", (|_| vec![Step::Reset], URL), "warn/enterprise-root warn/unavailable"),
        (
            "is a list of nobody",
            (|issuer| page(list(issuer, 3)), URL),
            "warn/enterprise-root warn/unavailable",
        ),
        (
            "has eight hundred thousand entries",
            (|issuer| page(list(issuer, 800_000)), URL),
            "warn/enterprise-root warn/unavailable",
        ),
        (
            "has a serial number of 15 MB",
            (|issuer| page(list_of(issuer, &revoked(&vec![7; 15_000_000]))), URL),
            "warn/enterprise-root warn/unavailable",
        ),
        (
            "has no end",
            (|_| vec![Step::send("HTTP/1.1 200 OK\r\n\r\n"), Step::repeat([0x30; 65_536])], URL),
            "warn/enterprise-root warn/unavailable",
        ),
        (
            "is cut",
            (
                |issuer| {
                    let list = list(issuer, 100);
                    page(&list[..list.len() / 2])
                },
                URL,
            ),
            "warn/enterprise-root warn/unavailable",
        ),
        (
            "says a length of four gigabytes",
            (|_| page([0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x80]), URL),
            "warn/enterprise-root warn/unavailable",
        ),
        ("is nested deep", (|_| page(nested(100_000)), URL), "warn/enterprise-root warn/unavailable"),
        (
            "redirects to a file",
            (
                |_| {
                    vec![Step::send(
                        "HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
                    )]
                },
                URL,
            ),
            "warn/enterprise-root warn/unavailable",
        ),
        (
            "is a file of this machine",
            (|_| vec![], "file:///etc/passwd"),
            "warn/enterprise-root warn/unavailable",
        ),
        ("is in a directory", (|_| vec![], "ldap:///CN=x"), "warn/enterprise-root warn/unavailable"),
        (
            "has an address that is none",
            (|_| vec![], "http://[::::]/"),
            "warn/enterprise-root warn/unavailable",
        ),
    ];
    table(cases, |(answer, url)| listed(*answer, url));
    let long = format!("http://crl.contoso.com/{}", "a".repeat(30_000));
    let long: &str = long.leak();
    table(
        &[(
            "has an address without end",
            (|issuer: &[u8]| page(list(issuer, 3))) as Answer,
            "warn/enterprise-root warn/unavailable",
        )],
        |answer| listed(*answer, long),
    );
}
