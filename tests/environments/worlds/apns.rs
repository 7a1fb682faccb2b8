//! Apple's MDM push certificate, from a file.

use lab::apple::stray_key_pem;
use lab::{Answer, Apple, Dates, Lab, Push};

use super::World;
use crate::laboratory::Made;

const NAMED: &str = "[[tenant]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n\
                     [tenant.apns]\ncertificate = \"push.pem\"\n";

fn judged(apple: &Apple, pem: impl Into<Vec<u8>>) -> Made {
    Made::of(Lab::with(&["contoso.com"], &[]), NAMED, &["apns.*"])
        .trust("apple_roots = [\"apple.pem\"]")
        .file("apple.pem", format!("{}{}", apple.root_pem(), apple.issuing_pem()))
        .file("push.pem", pem)
}

fn push(name: &'static str, shows: &'static str, push: fn() -> Push) -> World {
    World::new(name, shows, move || {
        let apple = Apple::default();
        judged(&apple, apple.push(&push()).pem)
    })
}

/// One file after another.
fn after(name: &'static str, shows: &'static str, new: fn() -> Push, old: fn() -> Push) -> World {
    World::new(name, shows, move || {
        let apple = Apple::default();
        let mut made = judged(&apple, apple.push(&new()).pem).file("push-in-use.pem", apple.push(&old()).pem);
        made.settings.push_str("previous = \"push-in-use.pem\"\n");
        made
    })
}

pub fn worlds() -> Vec<World> {
    vec![
        push("push-certificate-as-it-should-be", "", Push::default),
        after("push-certificate-renewed", "", || Push::until(364), || Push::until(10)),
        after(
            "push-certificate-replaced-not-renewed",
            "apns.continuity/topic-changed",
            || Push::default().topic("com.apple.mgmt.External.0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
            || Push::until(10),
        ),
        after(
            "push-certificate-older-than-the-one-in-use",
            "apns.continuity/older-than-previous",
            || Push::until(100),
            || Push::until(364),
        ),
        World::new("push-certificate-not-renewed-at-all", "apns.continuity/same-certificate", || {
            let apple = Apple::default();
            let push = apple.push(&Push::until(300));
            let mut made = judged(&apple, push.pem.clone()).file("push-in-use.pem", push.pem);
            made.settings.push_str("previous = \"push-in-use.pem\"\n");
            made
        }),
        push("push-certificate-expires-in-three-weeks", "apns.certificate/expires-soon", || Push::until(21)),
        push("push-certificate-expires-in-three-days", "apns.certificate/expires-very-soon", || {
            Push::until(3)
        }),
        push("push-certificate-expired-last-week", "apns.certificate/expired", || Push::until(-7)),
        push("push-certificate-expired-too-long-ago", "apns.certificate/expired-beyond-grace", || {
            Push::until(-40)
        }),
        push("push-certificate-not-yet-valid", "apns.certificate/not-yet-valid", || Push {
            dates: Dates { from_days: 2, until_days: 367 },
            ..Push::default()
        }),
        push("push-certificate-for-something-else", "apns.certificate/not-an-mdm-push-certificate", || {
            Push::default().topic("com.apple.mail.XServer.5a7f1c2e")
        }),
        World::new("push-certificate-that-apple-did-not-issue", "apns.certificate/untrusted-issuer", || {
            let contoso = Apple::named("Contoso Push CA", "Contoso");
            judged(&Apple::default(), contoso.push(&Push::default()).pem)
        }),
        World::new(
            "push-certificate-of-an-unknown-intermediate",
            "apns.certificate/unknown-intermediate",
            || {
                let apple = Apple::default();
                let made = judged(&apple, apple.push(&Push::default()).pem);
                made.file("apple.pem", apple.root_pem())
            },
        ),
        World::new("push-certificate-with-the-wrong-key", "apns.certificate/private-key-mismatch", || {
            let apple = Apple::default();
            judged(&apple, apple.push(&Push::default()).pem + &stray_key_pem())
        }),
        World::new("push-certificate-revoked", "apns.certificate/revoked", || {
            let apple = Apple::default();
            let listed = apple.push(&Push { listed: true, ..Push::default() });
            let list = apple.list_pem(&[&listed]);
            let mut made = judged(&apple, listed.pem);
            made.lab.hosts.change("crl.apple.com", 80, |host| host.answer = Answer::ok(&list));
            made
        }),
        World::new("signing-request-instead-of-a-push-certificate", "apns.certificate/unreadable", || {
            let request = "-----BEGIN CERTIFICATE REQUEST-----\nAAEC\n-----END CERTIFICATE REQUEST-----\n";
            judged(&Apple::default(), request)
        }),
    ]
}
