//! Apple's MDM push certificate from a file: every reason, and files that are none.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use lab::apple::stray_key_pem;
use lab::{Answer, Apple, Dates, Lab, Push, Trouble};
use serde_json::Value;
use support::{Seen, World, enrollcheck, file};
use tempfile::TempDir;

const CERTIFICATE: &str = "apns.certificate";
const CONTINUITY: &str = "apns.continuity";

/// An administrator's folder, with a stand-in for Apple.
struct Desk {
    folder: TempDir,
    apple: Apple,
}

impl Desk {
    fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap(), apple: Apple::default() };
        this.trust(&format!("{}{}", this.apple.root_pem(), this.apple.issuing_pem()));
        this
    }

    /// Which anchors stand in for Apple's.
    fn trust(&self, pem: &str) {
        self.put("apple.pem", pem);
        self.put("enrollcheck.toml", "[trust]\napple_roots = [\"apple.pem\"]\n");
    }

    fn put(&self, name: &str, contents: impl AsRef<[u8]>) {
        file(self.folder.path(), name, contents);
    }

    fn run(&self, arguments: &[&str]) -> Seen {
        let all = [&["run", "-f", "json", "-c", "enrollcheck.toml"], arguments].concat();
        Seen::of(enrollcheck(&all, self.folder.path()))
    }

    /// What is said of a file with these contents.
    fn judge(&self, contents: impl AsRef<[u8]>) -> Seen {
        self.put("apns.pem", contents);
        self.run(&["--apns", "apns.pem"])
    }

    fn said(&self, contents: impl AsRef<[u8]>) -> String {
        self.judge(contents).said(CERTIFICATE, "apns.pem")
    }

    fn push(&self, push: &Push) -> String {
        self.apple.push(push).pem
    }

    /// What is said of one file after another.
    fn follow(&self, new: &str, old: &str) -> Seen {
        self.put("new.pem", new);
        self.put("old.pem", old);
        self.run(&["--apns", "new.pem", "--apns-previous", "old.pem", "--only", CONTINUITY])
    }
}

#[test]
fn a_good_certificate_stands_alone() {
    let desk = Desk::new();
    let seen = desk.judge(desk.push(&Push::default()));
    assert_eq!((seen.said(CERTIFICATE, "apns.pem").as_str(), seen.code), ("pass/ok", 0), "{}", seen.report);
    assert_eq!(seen.said(CONTINUITY, "apns.pem"), "skip/not-applicable");
    assert_eq!(seen.findings().len(), 2, "nothing else is looked at: {:?}", seen.findings());
    let finding = seen.finding(CERTIFICATE, "apns.pem");
    assert_eq!(finding["tenant"], "*");
    let shown = &finding["evidence"]["certificate"];
    assert!(shown["topic"].as_str().unwrap().starts_with("com.apple.mgmt.External."));
    assert_eq!(finding["expires_at"], shown["not_after"]);
    assert_eq!(shown["serial"].as_str().unwrap().len(), 16);
    assert!(shown["issuer"].as_str().unwrap().contains("Apple Application Integration 2"));
    assert_eq!((shown["sha1"].as_str().unwrap().len(), shown["sha256"].as_str().unwrap().len()), (40, 64));
}

#[test]
fn its_dates_are_judged_with_the_grace_that_microsoft_documents() {
    let desk = Desk::new();
    let said = |days| desk.said(desk.push(&Push::until(days)));
    assert_eq!(said(40), "pass/ok");
    assert_eq!(said(20), "warn/expires-soon");
    assert_eq!(said(3), "fail/expires-very-soon");
    assert_eq!(said(-3), "fail/expired");
    assert_eq!(said(-29), "fail/expired");
    assert_eq!(said(-31), "fail/expired-beyond-grace");
    let later = Push { dates: Dates { from_days: 2, until_days: 300 }, ..Push::default() };
    assert_eq!(desk.said(desk.push(&later)), "fail/not-yet-valid");
    let seen = desk.judge(desk.push(&Push::until(-3)));
    assert!(seen.summary(CERTIFICATE, "apns.pem").contains("30 days of grace"));
    let remedy = seen.remedy(CERTIFICATE, "apns.pem");
    for part in ["identity.apple.com/pushcert", "never replace", "same Apple", "com.apple.mgmt.External."] {
        assert!(remedy.contains(part), "{part}: {remedy}");
    }
    desk.put(
        "enrollcheck.toml",
        "[trust]\napple_roots = [\"apple.pem\"]\n[thresholds]\ncertificate_warn = \"60d\"\ncertificate_fail = \"50d\"\n",
    );
    assert_eq!(desk.said(desk.push(&Push::until(55))), "warn/expires-soon");
    assert_eq!(desk.said(desk.push(&Push::until(45))), "fail/expires-very-soon");
}

#[test]
fn only_a_certificate_for_mdm_in_production_will_do() {
    let desk = Desk::new();
    let refused = |push: Push| {
        let seen = desk.judge(desk.push(&push));
        assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "fail/not-an-mdm-push-certificate", "{push:?}");
        seen.summary(CERTIFICATE, "apns.pem")
    };
    assert!(
        refused(Push::default().topic("com.apple.mail.XServer.5a7f")).contains("com.apple.mail.XServer.5a7f")
    );
    assert!(refused(Push { topic: None, ..Push::default() }).contains("no topic"));
    let development = Push { production: false, development: true, ..Push::default() };
    assert!(refused(development).contains("development"));
    assert!(refused(Push { client: false, ..Push::default() }).contains("TLS client"));
    let both = Push { development: true, ..Push::default() };
    assert_eq!(desk.said(desk.push(&both)), "pass/ok");
    let silent = Push { production: false, ..Push::default() };
    let seen = desk.judge(desk.push(&silent));
    assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "pass/ok");
    assert!(seen.notes(CERTIFICATE, "apns.pem").contains("which push service"));
}

#[test]
fn it_leads_to_apples_own_authorities() {
    let desk = Desk::new();
    let (leaf, issuing) = (desk.push(&Push::default()), desk.apple.issuing_pem());
    desk.trust(&desk.apple.issuing_pem());
    assert_eq!(desk.said(&leaf), "pass/ok", "an intermediate is an anchor too");
    desk.trust(&desk.apple.root_pem());
    assert_eq!(desk.said(format!("{leaf}{issuing}")), "warn/unknown-intermediate");
    assert_eq!(desk.said(format!("{issuing}{leaf}")), "warn/unknown-intermediate", "in any order");
    let seen = desk.judge(&leaf);
    assert_eq!(
        seen.said(CERTIFICATE, "apns.pem"),
        "warn/unknown-intermediate",
        "absent, and of Apple's name"
    );
    assert!(seen.summary(CERTIFICATE, "apns.pem").contains("could not be verified"));
}

#[test]
fn what_only_looks_like_apples_is_refused() {
    let desk = Desk::new();
    let refused = |contents: &str| {
        let seen = desk.judge(contents);
        assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "fail/untrusted-issuer", "{}", seen.report);
        seen.summary(CERTIFICATE, "apns.pem")
    };
    let impostor = Apple::default();
    let forged = impostor.push(&Push::default()).pem;
    assert!(refused(&forged).contains("not made with that authority's key"));
    let whole = format!("{forged}{}{}", impostor.issuing_pem(), impostor.root_pem());
    assert!(refused(&whole).contains("Apple Root CA"));
    let contoso = Apple::named("Contoso Push CA", "Contoso");
    let own = contoso.push(&Push::default()).pem;
    assert!(refused(&own).contains("Contoso Push CA"));
    assert!(refused(&Apple::self_signed(&Push::default()).pem).contains("self-signed"));
    desk.trust(&contoso.root_pem());
    assert!(
        refused(&format!("{own}{}", Apple::named("Contoso Push CA", "Contoso").issuing_pem()))
            .contains("does not verify")
    );
    // Without a laboratory's anchors Apple's real ones count.
    desk.put("enrollcheck.toml", "");
    assert!(refused(&forged).contains("Apple Application Integration 2"));
}

#[test]
fn a_private_key_in_the_file_must_be_the_certificates() {
    let desk = Desk::new();
    let (push, other) =
        (desk.apple.push(&Push::default()), desk.apple.push(&Push::default().topic("com.apple.mail.x")));
    let stray = stray_key_pem();
    let with = |parts: &[&str]| desk.judge(parts.concat());
    let seen = with(&[&push.pem, &push.key_pem]);
    assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "pass/ok");
    assert!(seen.notes(CERTIFICATE, "apns.pem").contains("another MDM server"));
    let seen = with(&[&push.pem, &stray]);
    assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "fail/private-key-mismatch");
    // Certificates and keys in any order and number: the one with the topic counts, and its key.
    for mixed in [
        vec![&stray, &other.pem, &push.pem, &push.key_pem, &other.key_pem],
        vec![&other.key_pem, &other.pem, &push.pem],
    ] {
        let mixed: Vec<&str> = mixed.into_iter().map(String::as_str).collect();
        let seen = with(&mixed);
        assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "pass/ok", "{}", seen.report);
        assert!(seen.notes(CERTIFICATE, "apns.pem").contains("holds 2 certificates"), "{}", seen.report);
    }
    let encrypted = stray.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAEC\n-----END RSA PRIVATE KEY-----\n";
    for key in [encrypted.as_str(), old] {
        let seen = with(&[&push.pem, key]);
        assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "pass/ok");
        assert!(seen.notes(CERTIFICATE, "apns.pem").contains("encrypted"), "{}", seen.report);
    }
}

#[test]
fn nothing_secret_reaches_a_report() {
    let desk = Desk::new();
    let push = desk.apple.push(&Push::default());
    desk.put("apns.pem", format!("{}{}", push.pem, push.key_pem));
    let secret: Vec<&str> = push.key_pem.lines().filter(|line| !line.starts_with('-')).collect();
    for format in ["human", "json", "jsonl"] {
        let output = enrollcheck(
            &["run", "-v", "-f", format, "-c", "enrollcheck.toml", "--apns", "apns.pem"],
            desk.folder.path(),
        );
        let all = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&all);
        assert!(secret.iter().all(|line| !text.contains(line)), "{format}: {text}");
    }
}

#[test]
fn revocation_is_read_from_the_list_that_the_certificate_names() {
    let apple = Apple::default();
    let listed = apple.push(&Push { listed: true, ..Push::default() });
    let stranger = apple.push(&Push::default());
    let said = |list: Option<&str>| {
        let list = list.map(str::to_owned);
        let mut lab = Lab::with(&[], &[]);
        lab.hosts.change("crl.apple.com", 80, |host| match list {
            Some(list) => host.answer = Answer::ok(&list),
            None => host.fault = Some(Trouble::Refused),
        });
        let world = World::start(lab);
        let folder = world.lab.folder();
        file(folder, "apple.pem", format!("{}{}", apple.root_pem(), apple.issuing_pem()));
        let path = file(folder, "apns.pem", &listed.pem).display().to_string();
        let seen = world.run_with("", "", "apple_roots = [\"apple.pem\"]", &["--apns", &path]);
        let finding = seen.finding(CERTIFICATE, &path);
        (
            seen.said(CERTIFICATE, &path),
            finding["evidence"]["revocation"].as_str().unwrap().to_owned(),
            seen.notes(CERTIFICATE, &path),
        )
    };
    let (reason, word, notes) = said(Some(&apple.list_pem(&[&stranger])));
    assert_eq!((reason.as_str(), word.as_str()), ("pass/ok", "good"), "{notes}");
    assert_eq!(said(Some(&apple.list_pem(&[&stranger, &listed]))).0, "fail/revoked");
    // What cannot be had, or is somebody else's, is a note.
    let forged = Apple::default().list_pem(&[&listed]);
    for list in [None, Some("<html>"), Some(forged.as_str())] {
        let (reason, word, notes) = said(list);
        assert_eq!((reason.as_str(), word.as_str()), ("pass/ok", "not-learnt"), "{notes}");
        assert!(notes.contains("crl.apple.com/aai2ca.crl"), "{notes}");
    }
}

#[test]
fn renewed_means_the_same_topic_and_a_later_end() {
    let desk = Desk::new();
    let (old, new) = (desk.push(&Push::until(10)), desk.push(&Push::until(364)));
    let said = |new: &str, old: &str| desk.follow(new, old).said(CONTINUITY, "new.pem");
    assert_eq!(said(&new, &old), "pass/renewed");
    assert_eq!(said(&old, &new), "fail/older-than-previous");
    assert_eq!(said(&old, &old), "warn/same-certificate");
    assert_eq!(said(&new, "not a certificate"), "unknown/unreadable");
    assert_eq!(said("not a certificate", &old), "unknown/unreadable");
    assert_eq!(said(&new, &desk.push(&Push { topic: None, ..Push::default() })), "unknown/unreadable");
    let finding = desk.follow(&new, &old).finding(CONTINUITY, "new.pem").clone();
    assert_eq!(finding["evidence"]["previous"]["topic"], finding["evidence"]["certificate"]["topic"]);
}

#[test]
fn a_replaced_topic_stops_the_administrator() {
    let desk = Desk::new();
    let (old, replaced) =
        (desk.push(&Push::until(10)), desk.push(&Push::default().topic("com.apple.mgmt.External.new")));
    let seen = desk.follow(&replaced, &old);
    assert_eq!((seen.said(CONTINUITY, "new.pem").as_str(), seen.code), ("fail/topic-changed", 1));
    let summary = seen.summary(CONTINUITY, "new.pem");
    assert!(
        summary.contains("com.apple.mgmt.External.new") && summary.contains("enrolled again"),
        "{summary}"
    );
    let remedy = seen.remedy(CONTINUITY, "new.pem");
    assert!(remedy.starts_with("Do not upload it.") && remedy.contains("Renew"), "{remedy}");
    let french = desk.run(&["--apns", "new.pem", "--apns-previous", "old.pem", "--lang", "fr"]);
    assert!(french.remedy(CONTINUITY, "new.pem").starts_with("Ne le chargez pas."));
}

#[test]
fn a_tenant_names_its_push_certificate_in_the_settings() {
    let desk = Desk::new();
    let (old, new) = (desk.apple.push(&Push::until(10)), desk.apple.push(&Push::until(364)));
    desk.put("new.p12", new.pkcs12("s3cret"));
    desk.put("old.pem", old.pem);
    let settings = |password: &str| {
        let text = format!(
            "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\n[tenant.apns]\ncertificate = \"new.p12\"\n\
             previous = \"old.pem\"\n{password}\n[trust]\napple_roots = [\"apple.pem\"]\n"
        );
        desk.put("enrollcheck.toml", text);
        desk.run(&["--only", "apns.*"])
    };
    desk.put("right", "s3cret\n");
    desk.put("wrong", "guess\n");
    let seen = settings("password = { file = \"right\" }");
    assert_eq!(seen.said(CERTIFICATE, "new.p12"), "pass/ok", "{}", seen.report);
    assert_eq!(seen.said(CONTINUITY, "new.p12"), "pass/renewed");
    assert_eq!(seen.finding(CERTIFICATE, "new.p12")["tenant"], "contoso");
    assert_eq!(seen.stderr, "", "no part of the settings is idle");
    let seen = settings("password = { file = \"wrong\" }");
    assert_eq!(seen.said(CERTIFICATE, "new.p12"), "unknown/unreadable");
    assert!(seen.summary(CERTIFICATE, "new.p12").contains("password is wrong"));
    let seen = settings("");
    assert!(seen.summary(CERTIFICATE, "new.p12").contains("protected by a password"));
    assert!(seen.remedy(CERTIFICATE, "new.p12").contains("[tenant.apns] password"));
    assert_eq!(seen.code, 3);
}

#[test]
fn a_file_that_is_no_certificate_has_a_reason_and_never_a_panic() {
    let desk = Desk::new();
    let push = desk.apple.push(&Push::default());
    let noise: Vec<u8> = (0_u32..4096).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let der_noise = [&[0x30, 0x82, 0x0f, 0xfc][..], &noise[4..]].concat();
    let deep: Vec<u8> = std::iter::repeat_n([0x30, 0x80], 100_000).flatten().collect();
    let deep_pkcs7 =
        [&[0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 0x80][..], &deep].concat();
    let cut = push.pem.replace("-----END CERTIFICATE-----", "");
    let request = "-----BEGIN CERTIFICATE REQUEST-----\nAAEC\n-----END CERTIFICATE REQUEST-----\n";
    let files: Vec<Vec<u8>> = vec![
        noise,
        der_noise,
        deep,
        deep_pkcs7,
        push.der[..push.der.len() / 2].to_vec(),
        [&push.der[..], b"more"].concat(),
        cut.into_bytes(),
        request.as_bytes().to_vec(),
        push.key_pem.clone().into_bytes(),
        push.pkcs12("s3cret"),
        vec![b'A'; 50 * 1024 * 1024],
        vec![0x30; 50 * 1024 * 1024],
        b" \n".to_vec(),
        Vec::new(),
    ];
    for (place, contents) in files.iter().enumerate() {
        let seen = desk.judge(contents);
        assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "unknown/unreadable", "{place}: {}", seen.report);
        assert_eq!(seen.code, 3, "{place}");
    }
    let seen = desk.judge(request);
    assert!(seen.remedy(CERTIFICATE, "apns.pem").contains("request"), "{}", seen.report);
    for cut in (0..push.der.len()).step_by(97) {
        assert_eq!(desk.said(&push.der[..cut]), "unknown/unreadable", "{cut}");
    }
}

#[test]
fn odd_certificates_are_read_all_the_same() {
    let desk = Desk::new();
    let push = desk.apple.push(&Push::default());
    assert_eq!(desk.said(&push.der), "pass/ok");
    let utf16: Vec<u8> = format!("\u{feff}{}", push.pem).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(desk.said(utf16), "pass/ok", "as a shell's redirection writes it");
    assert_eq!(desk.said(push.pem.replace('\n', "\r\n")), "pass/ok");
    assert_eq!(desk.said(format!("Bag Attributes\n  friendlyName: push\n{}", push.pem)), "pass/ok");
    // A negative serial number: read, and no longer what the authority signed.
    let mut negative = push.der.clone();
    let place = negative.windows(2).position(|pair| pair == [0x02, 0x08]).unwrap();
    negative[place + 2] |= 0x80;
    let seen = desk.judge(negative);
    assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "fail/untrusted-issuer", "{}", seen.report);
    // Two push certificates: the newer one, and both are named.
    let older = desk.apple.push(&Push::until(-40));
    for both in [format!("{}{}", older.pem, push.pem), format!("{}{}", push.pem, older.pem)] {
        let seen = desk.judge(both);
        assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "pass/ok", "{}", seen.report);
        assert!(seen.notes(CERTIFICATE, "apns.pem").contains("more than one MDM push certificate"));
    }
    let broken = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
    let seen = desk.judge(format!("{broken}{}", push.pem));
    assert_eq!(seen.said(CERTIFICATE, "apns.pem"), "pass/ok");
    assert!(seen.notes(CERTIFICATE, "apns.pem").contains("Certificate 1 of apns.pem cannot be read"));
}

#[test]
fn what_is_named_wrongly_is_refused_before_anything_is_looked_at() {
    let desk = Desk::new();
    desk.put("apns.pem", desk.push(&Push::default()));
    let code = |arguments: &[&str]| {
        let output = enrollcheck(&[&["run"], arguments].concat(), desk.folder.path());
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(code(&["--apns", "missing.pem"]).1.contains("cannot open missing.pem"));
    assert_eq!(code(&["--apns", "missing.pem"]).0, 2);
    assert_eq!(code(&["--apns", "."]).0, 2);
    assert_eq!(code(&["--apns-previous", "apns.pem"]).0, 2);
    let two = ["--apns", "apns.pem", "--apns-previous", "apns.pem", "--apns-previous", "apns.pem"];
    assert!(code(&two).1.contains("more --apns-previous than --apns"));
    desk.put("enrollcheck.toml", "[trust]\napple_roots = [\"missing.pem\"]\n");
    let (refused, said) = code(&["-c", "enrollcheck.toml", "--apns", "apns.pem"]);
    assert!(refused == 2 && said.contains(":2:"), "{said}");
}

#[test]
fn the_plan_shows_the_file() {
    let desk = Desk::new();
    desk.put("apns.pem", desk.push(&Push::default()));
    let output =
        enrollcheck(&["list", "-f", "json", "--only", "apns.*", "--apns", "apns.pem"], desk.folder.path());
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(listed[0]["cases"], serde_json::json!([{ "tenant": "*", "subject": "apns.pem" }]));
    assert_eq!(
        (&listed[0]["subject"], &listed[1]["check"]),
        (&"certificate file".into(), &CONTINUITY.into())
    );
}

/// The shape of apple.com's own, made by another tool: RSA, SHA-256, PKCS#1 and PKCS#12 as OpenSSL writes them.
#[cfg(unix)]
#[test]
fn what_openssl_makes_is_read_too() {
    let Some(openssl) = support::real::installed("openssl") else { return };
    let folder = tempfile::tempdir().unwrap();
    let make = |arguments: &str| {
        let mut command = std::process::Command::new(&openssl);
        let output = command.args(arguments.split_whitespace()).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    file(
        folder.path(),
        "openssl.cnf",
        "[req]\ndistinguished_name = dn\n[dn]\n[authority]\nbasicConstraints = critical,CA:TRUE\n\
         keyUsage = critical,keyCertSign,cRLSign\nsubjectKeyIdentifier = hash\n[push]\nbasicConstraints = CA:FALSE\n\
         authorityKeyIdentifier = keyid\nkeyUsage = digitalSignature\nextendedKeyUsage = clientAuth\n\
         1.2.840.113635.100.6.3.2 = ASN1:NULL\n",
    );
    make(
        "req -x509 -newkey rsa:2048 -nodes -config openssl.cnf -extensions authority -days 30 -subj /CN=Lab-Apple -keyout ca.key -out ca.pem",
    );
    make(
        "req -newkey rsa:2048 -nodes -config openssl.cnf -subj /UID=com.apple.mgmt.External.5a7f/CN=APSP:5a7f/C=US -keyout push.key -out push.csr",
    );
    make(
        "x509 -req -in push.csr -CA ca.pem -CAkey ca.key -sha256 -days 365 -extfile openssl.cnf -extensions push -out push.pem",
    );
    make("rsa -in push.key -traditional -out pkcs1.key");
    make("rsa -in push.key -traditional -aes128 -passout pass:s3cret -out old.key");
    make("pkcs8 -topk8 -in push.key -passout pass:s3cret -out new.key");
    make("pkcs12 -export -in push.pem -inkey push.key -passout pass: -out push.p12");
    file(folder.path(), "enrollcheck.toml", "[trust]\napple_roots = [\"ca.pem\"]\n");
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let judged = |name: &str| {
        let arguments = ["run", "-f", "json", "-c", "enrollcheck.toml", "--apns", name];
        let seen = Seen::of(enrollcheck(&arguments, folder.path()));
        assert_eq!(seen.said(CERTIFICATE, name), "pass/ok", "{}", seen.report);
        seen.notes(CERTIFICATE, name)
    };
    for (key, note) in [
        ("push.key", "also holds the certificate's private key"),
        ("pkcs1.key", "also holds the certificate's private key"),
        ("old.key", "encrypted"),
        ("new.key", "encrypted"),
    ] {
        let both = format!("with-{key}.pem");
        file(folder.path(), &both, [read("push.pem"), read(key)].concat());
        assert!(judged(&both).contains(note), "{key}");
    }
    assert!(judged("push.p12").contains("also holds the certificate's private key"));
    file(folder.path(), "stray.pem", [read("push.pem"), read("ca.key")].concat());
    let arguments = ["run", "-f", "json", "-c", "enrollcheck.toml", "--apns", "stray.pem"];
    let seen = Seen::of(enrollcheck(&arguments, folder.path()));
    assert_eq!(seen.said(CERTIFICATE, "stray.pem"), "fail/private-key-mismatch");
}
