//! TLS servers that send what no certificate authority would issue: judged with the cause, within bounds.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use lab::{Lab, Trouble};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use support::{Seen, World};

const HOST: &str = "jamf.contoso.com";
const SUBJECT: &str = "jamf.contoso.com:8443";
const PARTS: &str = "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n[[tenant.server]]\naddress = \"jamf.contoso.com:8443\"\n";

fn run(change: impl FnOnce(&mut lab::Manner)) -> Seen {
    let mut lab = Lab::with(&["contoso.com"], &[(HOST.to_owned(), 8443, "tls")]);
    lab.hosts.change(HOST, 8443, change);
    World::start(lab).run_with(PARTS, "timeout = \"1500ms\"", "", &["--only", "tls.*"])
}

fn sending(sends: Vec<Vec<u8>>) -> Seen {
    run(|manner| manner.sends = Some(sends))
}

/// Its status and reason for each check of the family, for messages.
fn said(seen: &Seen) -> Vec<String> {
    ["chain", "validity", "name", "strength", "apple-policy", "revocation"]
        .map(|check| seen.said(&format!("tls.{check}"), SUBJECT))
        .into()
}

fn certificate(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::new([HOST.to_owned()]).unwrap();
    change(&mut params);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

#[test]
fn bytes_that_are_no_certificate() {
    let whole = certificate(|_| {});
    let deep = [[0x30, 0x80].repeat(4000), vec![0; 10]].concat();
    for garbage in
        [b"garbage".to_vec(), vec![0x30], whole[..whole.len() / 2].to_vec(), deep, vec![0xff; 20_000]]
    {
        let seen = sending(vec![garbage]);
        assert_eq!(seen.said("tls.chain", SUBJECT), "fail/unparsable");
        assert_eq!(seen.said("tls.validity", SUBJECT), "unknown/unreachable");
        assert_eq!(seen.said("tls.name", SUBJECT), "unknown/unreachable");
    }
}

#[test]
fn no_certificate_at_all() {
    let seen = sending(Vec::new());
    assert_eq!(seen.said("tls.chain", SUBJECT), "fail/no-certificate", "{:?}", said(&seen));
    for trouble in [Trouble::NotTls, Trouble::Closed] {
        let seen = run(|manner| manner.fault = Some(trouble));
        assert_eq!(seen.said("tls.chain", SUBJECT), "fail/no-certificate", "{trouble:?}");
        assert_eq!(seen.said("tls.strength", SUBJECT), "unknown/unreachable", "{trouble:?}");
    }
    let seen = run(|manner| manner.fault = Some(Trouble::Silent));
    assert_eq!(said(&seen), ["unknown/unreachable"; 6]);
}

#[test]
fn a_hundred_certificates_and_a_damaged_one_among_them() {
    let chain: Vec<Vec<u8>> = (0..100).map(|_| certificate(|_| {})).collect();
    assert_eq!(sending(chain).said("tls.chain", SUBJECT), "fail/self-signed");
    let mut chain = vec![certificate(|_| {})];
    chain.push(b"garbage".to_vec());
    let seen = sending(chain);
    assert_eq!(seen.said("tls.chain", SUBJECT), "fail/self-signed");
    assert!(seen.notes("tls.chain", SUBJECT).contains("cannot be read"));
}

#[test]
fn names_and_extensions_without_end() {
    let named = |count: usize| {
        certificate(|params| {
            let names = (0..count)
                .map(|i| rcgen::SanType::DnsName(format!("host{i}.example.com").try_into().unwrap()));
            params.subject_alt_names.extend(names);
        })
    };
    let seen = sending(vec![named(1000)]);
    assert_eq!(seen.said("tls.name", SUBJECT), "pass/ok");
    assert!(seen.report.to_string().len() < 100_000, "evidence shows a few names only");
    let extended = |octets: usize| {
        certificate(|params| {
            let extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![4; octets]);
            params.custom_extensions.push(extension);
        })
    };
    for too_large in [named(10_000), extended(1_000_000)] {
        let seen = sending(vec![too_large]);
        let found = seen.said("tls.chain", SUBJECT);
        assert!(found.starts_with("fail/") || found.starts_with("unknown/"), "{found}");
    }
}
