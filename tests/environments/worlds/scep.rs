//! SCEP servers, with certificates as OpenSSL makes them.

use lab::{Lab, Trouble};

use super::World;
use crate::laboratory::Made;
use crate::support::ndes::{Answer, Ndes, PATH, body, caps, made, status};

const HOST: &str = "ndes.contoso.com";
const ANSWER: [&str; 1] = ["scep.answer"];
const ALL: [&str; 1] = ["scep.*"];

fn settings(scheme: &str, more: &str) -> String {
    format!(
        "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n\
         [[tenant.scep]]\nurl = \"{scheme}://{HOST}{PATH}\"\n{more}"
    )
}

fn bag(name: &str) -> Vec<u8> {
    made().expect("OpenSSL makes the certificates")[name].clone()
}

/// A server behind the laboratory's TLS.
fn behind(ndes: Ndes, more: &str, only: &[&str]) -> Made {
    let (address, _) = ndes.serve();
    let mut lab = Lab::with(&["contoso.com"], &[]);
    lab.hosts.change(HOST, 443, |manner| manner.forward = Some(address));
    Made::of(lab, &settings("https", more), only)
}

fn working() -> Ndes {
    Ndes::working(bag("bag.der"))
}

fn bare(name: &'static str, shows: &'static str, answer: fn() -> Answer) -> World {
    World::new(name, shows, move || behind(Ndes { bare: answer(), ..working() }, "", &ANSWER))
}

fn capabilities(name: &'static str, shows: &'static str, answer: fn() -> Answer) -> World {
    let only = ["scep.capabilities"];
    World::new(name, shows, move || behind(Ndes { caps: answer(), ..working() }, "", &only))
}

/// What the server shows as its authorities.
fn shown(name: &'static str, shows: &'static str, bag: &'static str) -> World {
    let only = ["scep.ca-certificate", "scep.ra-certificates"];
    World::new(name, shows, move || behind(Ndes::working(self::bag(bag)), "", &only))
}

fn thumbprint(name: &'static str, shows: &'static str, bag: &'static str, of: fn() -> String) -> World {
    World::new(name, shows, move || {
        let more = format!("ca_thumbprint = \"{}\"\n", of());
        behind(Ndes::working(self::bag(bag)), &more, &["scep.ca-certificate"])
    })
}

fn long(name: &'static str, shows: &'static str, longest: usize, too_long: fn() -> Answer) -> World {
    World::new(name, shows, move || {
        behind(Ndes { longest, too_long: too_long(), ..working() }, "", &["scep.long-request"])
    })
}

/// A host that does not get as far as an answer.
fn host(name: &'static str, shows: &'static str, change: fn(&mut Lab)) -> World {
    World::new(name, shows, move || {
        let mut lab = Lab::with(&["contoso.com"], &[]);
        change(&mut lab);
        Made::of(lab, &settings("https", ""), &ALL)
    })
}

pub fn worlds() -> Vec<World> {
    vec![
        World::new("scep-server-as-it-should-be", "", || behind(working(), "", &ALL)),
        World::new("scep-over-plain-http", "scep.answer/plain-http", || {
            let (address, _) = working().serve();
            let lab = Lab::with(&["contoso.com"], &[]);
            Made::of(lab, &settings("http", ""), &ALL).route("ndes.contoso.com:80", Some(address))
        }),
        host("scep-server-down", "scep.answer/unreachable", |lab| {
            lab.hosts.change(HOST, 443, |manner| manner.fault = Some(Trouble::Refused));
        }),
        host("scep-server-name-not-published", "scep.answer/name-not-found", |_| {}),
        host("scep-server-speaks-no-tls", "scep.answer/tls-failed", |lab| {
            lab.hosts.change(HOST, 443, |manner| manner.fault = Some(Trouble::NotTls));
        }),
        bare("ndes-without-the-connector", "scep.answer/connector-missing", || {
            body("text/html", "<html>Network Device Enrollment Service</html>")
        }),
        bare("ndes-behind-a-sign-in", "scep.answer/preauthentication", || Answer {
            status: 302,
            headers: vec![("Location", "https://login.microsoftonline.com/common/oauth2".to_owned())],
            body: Vec::new(),
        }),
        bare("ndes-path-not-published", "scep.answer/not-found", || status(404)),
        bare("ndes-application-pool-stopped", "scep.answer/application-pool-stopped", || status(503)),
        bare("ndes-breaks-down", "scep.answer/server-error", || status(500)),
        bare("ndes-gateway-finds-nobody", "scep.answer/gateway-failed", || status(502)),
        bare("ndes-answers-something-odd", "scep.answer/unexpected-answer", || status(418)),
        capabilities("scep-capabilities-too-weak", "scep.capabilities/weak", || caps("Renewal\nSHA-1\nDES3")),
        capabilities("scep-capabilities-empty", "scep.capabilities/empty", || caps("")),
        capabilities("scep-capabilities-refused", "scep.capabilities/refused", || status(500)),
        shown("registration-authority-expired", "scep.ra-certificates/expired", "expired-ra.der"),
        shown(
            "registration-authority-expires-in-three-days",
            "scep.ra-certificates/expires-very-soon",
            "verysoon-ra.der",
        ),
        shown(
            "registration-authority-expires-in-three-weeks",
            "scep.ra-certificates/expires-soon",
            "soon-ra.der",
        ),
        shown("registration-authority-missing", "scep.ra-certificates/missing", "ca-only.der"),
        shown(
            "registration-authority-of-the-old-key",
            "scep.ra-certificates/not-issued-by-ca",
            "renewed.der",
        ),
        shown("issuing-authority-expired", "scep.ca-certificate/expired", "expired-ca.der"),
        shown("issuing-authority-expires-in-three-weeks", "scep.ca-certificate/expires-soon", "soon-ca.der"),
        shown("issuing-authority-signs-with-pss", "scep.ca-certificate/unsupported-signature", "pss.der"),
        shown("issuing-authority-signs-with-sha-1", "scep.ca-certificate/weak-signature", "sha1.der"),
        thumbprint(
            "profile-names-another-authority",
            "scep.ca-certificate/thumbprint-mismatch",
            "bag.der",
            || "ab".repeat(20),
        ),
        thumbprint("root-authority-not-served", "scep.ca-certificate/root-not-served", "no-root.der", || {
            String::from_utf8(bag("root.sha1")).unwrap().trim().to_owned()
        }),
        World::new("authority-answer-is-no-certificate", "scep.ca-certificate/unparsable", || {
            let ndes = Ndes { certificates: body("text/html", "<html>Welcome"), ..working() };
            behind(ndes, "", &["scep.ca-certificate", "scep.ra-certificates"])
        }),
        World::new("authority-refuses-to-show-itself", "scep.ca-certificate/refused", || {
            let ndes = Ndes { certificates: status(500), ..working() };
            behind(ndes, "", &["scep.ca-certificate", "scep.ra-certificates"])
        }),
        long("iis-limits-of-the-delivery", "scep.long-request/too-long", 2_100, || status(404)),
        long("gateway-limits-requests", "scep.long-request/limited", 16_400, || status(400)),
        long("firewall-blocks-long-requests", "scep.long-request/blocked", 4_000, || status(403)),
    ]
}
