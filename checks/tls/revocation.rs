//! No certificate of the served path was revoked.

use facts::{Facts, Unknown};
use futures_util::future::try_join_all;

use crate::check::{Check, Judge, Outcome, Reference};
use crate::revocation::reasons::{REASONS, UNREACHABLE};
use crate::revocation::{self, verdict};
use crate::say;
use crate::served::{self, Missing, Node};
use crate::subject::Server;
use crate::text::Text;

pub static CHECK: Check = Check {
    id: "tls.revocation",
    title: Text::new("No certificate of the server was revoked", "Aucun certificat du serveur n’est révoqué"),
    why: Text::new(
        "An authority can take a certificate back before it expires: after a theft of its key, or a mistake. Programs that look \
         this up refuse a revoked certificate; some also refuse one whose authority gives no answer. Which do differs from program \
         to program: Windows leaves it to each, and many clients go on where nothing answers. The root is not looked at: nobody \
         stands above it who could take it back.",
        "Une autorité peut reprendre un certificat avant son expiration : après un vol de clé, ou une erreur. Les programmes qui le \
         vérifient refusent un certificat révoqué ; certains refusent aussi celui dont l’autorité ne répond pas. Cela varie d’un \
         programme à l’autre : Windows laisse le choix à chacun, et beaucoup de clients continuent quand rien ne répond. La racine \
         n’est pas examinée : personne au-dessus d’elle ne pourrait la reprendre.",
    ),
    affects: Text::new(
        "devices and programs that look revocation up",
        "les appareils et programmes qui vérifient la révocation",
    ),
    reasons: &REASONS,
    references: &[OCSP, PATHS, CERTUTIL],
    symptoms: &[
        Text::new(
            "\"The certificate is revoked\" (Windows: CRYPT_E_REVOKED, 0x80092010).",
            "« Le certificat est révoqué » (Windows : CRYPT_E_REVOKED, 0x80092010).",
        ),
        Text::new(
            "\"The revocation function was unable to check revocation because the revocation server was offline\" (Windows: \
             CRYPT_E_REVOCATION_OFFLINE, 0x80092013).",
            "« La fonction de révocation n’a pas pu vérifier la révocation car le serveur de révocation était déconnecté » (Windows : \
             CRYPT_E_REVOCATION_OFFLINE, 0x80092013).",
        ),
    ],
    judge: Judge::EachServer(|server, facts| Box::pin(judge(server, facts))),
};

const OCSP: Reference = Reference {
    title: Text::new(
        "RFC 6960: online certificate status protocol",
        "RFC 6960 : protocole OCSP d’état des certificats",
    ),
    url: "https://www.rfc-editor.org/rfc/rfc6960",
};
const PATHS: Reference = Reference {
    title: Text::new("RFC 5280, 6.3: validation of lists", "RFC 5280, 6.3 : validation des listes"),
    url: "https://www.rfc-editor.org/rfc/rfc5280#section-6.3",
};
const CERTUTIL: Reference = Reference {
    title: Text::new(
        "certutil: publishing and testing lists on Windows",
        "certutil : publier et tester les listes sous Windows",
    ),
    url: "https://learn.microsoft.com/windows-server/administration/windows-commands/certutil",
};

async fn judge(server: &Server, facts: &Facts) -> Result<Outcome, Unknown> {
    let missing = Missing { unreachable: UNREACHABLE, no_certificate: None };
    let nodes = served::nodes(server, missing, facts).await?;
    let judged = try_join_all(nodes.served.iter().map(|node| at_node(node, server, facts))).await?;
    Ok(nodes.together(&REASONS, server, judged))
}

async fn at_node(node: &Node, server: &Server, facts: &Facts) -> Result<Outcome, Unknown> {
    let at = &server.at;
    let read = server.given.trust.judge(node.chain(), at.host.as_str(), facts.now());
    let Some(leaf) = read.served.first() else {
        return Ok(UNREACHABLE.because(say!(
            en: "{at} shows a certificate that cannot be read.",
            fr: "{at} présente un certificat illisible."
        )));
    };
    let trust = &server.given.trust;
    let path = revocation::examine(node.chain(), &read.served, node.stapled(), trust, facts).await?;
    Ok(verdict::judge(&path, leaf, server))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use facts::crl::{Covers, Entry, Fetched, List};
    use facts::http::{self, Response};
    use facts::tls::{Capture, Handshake, Shake, Shaken};
    use facts::vantage::Way;
    use facts::{Answer as Fact, Certificate, Octets, Question, tcp};

    use super::*;
    use crate::chain::Trust;
    use crate::revocation::reasons::{GOOD, NOT_OFFERED, REVOKED, STALE, UNAVAILABLE};
    use crate::revocation::testing::{
        Answer, Authority, Offer, SERIAL, Status as Said, intermediate, leaf, now, root, self_signed,
    };
    use crate::subject::{Given, HostPort, Platform, Purpose, Thresholds};
    use crate::world;

    // Literal addresses need no resolver.
    const OCSP: &str = "http://192.0.2.80/ocsp";
    const CRL: &str = "http://192.0.2.81/ca.crl";
    const BOTH: Offer<'_> = Offer { ocsp: Some(OCSP), crl: Some(CRL) };

    /// A server, its authority, and what everybody answers; whoever answers nothing refuses the connection.
    #[derive(Clone, Default)]
    struct World {
        chain: Vec<Octets>,
        stapled: Option<Vec<u8>>,
        ocsp: Option<(u16, Vec<u8>)>,
        crl: Option<Fetched>,
        /// Served at the server's second address instead.
        second: Option<Vec<Octets>>,
    }

    impl World {
        fn of(authority: &Authority, offer: Offer<'_>) -> Self {
            Self { chain: vec![leaf("portal.contoso.com", offer, authority)], ..Self::default() }
        }

        fn stapled(mut self, answer: Vec<u8>) -> Self {
            self.stapled = Some(answer);
            self
        }

        fn ocsp(mut self, status: u16, answer: Vec<u8>) -> Self {
            self.ocsp = Some((status, answer));
            self
        }

        fn crl(mut self, fetched: Fetched) -> Self {
            self.crl = Some(fetched);
            self
        }

        fn answer(&self, question: &Question) -> Option<Fact> {
            Some(match question {
                Question::Tls(shake) => self.shaken(shake).into(),
                Question::Http(get) => {
                    assert!(get.url.starts_with(OCSP) && get.url.len() > OCSP.len());
                    let refused = http::Failure::Connection(tcp::Failure::Refused);
                    let outcome = self.ocsp.clone().map(response).ok_or(refused);
                    http::Fetched { tls: None, outcome }.into()
                }
                Question::Crl(fetch) => {
                    assert_eq!(fetch.url, CRL);
                    let refused = Fetched::Failed(http::Failure::Connection(tcp::Failure::Refused));
                    self.crl.clone().unwrap_or(refused).into()
                }
                _ => return None,
            })
        }

        fn shaken(&self, shake: &Shake) -> Shaken {
            let second = matches!(&shake.way, Way::Direct(ips) if ips.iter().any(|ip| ip.is_ipv6()));
            let chain = self.second.clone().filter(|_| second).unwrap_or_else(|| self.chain.clone());
            let capture = Capture {
                chain,
                version: Some("TLSv1.3".into()),
                cipher: None,
                ocsp: self.stapled.clone().map(Octets::from),
                proved_key: true,
                extended_master_secret: None,
                client_certificate_wanted: false,
            };
            let served = !capture.chain.is_empty();
            Shaken {
                address: None,
                refusal: None,
                failure: (!served).then_some(tcp::Failure::Refused),
                connect_ms: 1,
                tls: served.then_some(Handshake { capture: Some(capture), failure: None }),
                tls_ms: None,
            }
        }

        async fn judged(self, host: &str, roots: &[&Authority]) -> Outcome {
            let roots: Vec<Octets> = roots.iter().map(|root| root.der().to_vec().into()).collect();
            let given =
                Given { thresholds: Thresholds::default(), trust: Trust::new(Some(&roots), &[]).unwrap() };
            let server = Server {
                at: HostPort { host: host.into(), port: 443 },
                purposes: BTreeSet::from([Purpose::ScepServer]),
                platforms: Platform::ALL.into(),
                foreign: false,
                given: Arc::new(given),
            };
            let facts = world::facts(move |question| self.answer(question));
            judge(&server, &facts).await.unwrap()
        }

        async fn at_one(self, authority: &Authority) -> Outcome {
            self.judged("192.0.2.1", &[authority]).await
        }
    }

    fn response((status, body): (u16, Vec<u8>)) -> Response {
        Response {
            status,
            headers: Default::default(),
            body: body.into(),
            truncated: false,
            received_at: now(),
            first_answer_ms: 1,
        }
    }

    fn list(authority: &Authority, revoked: &[&str]) -> List {
        let since = "2026-03-01T00:00:00Z".parse().unwrap();
        List {
            issuer: Certificate::parse(authority.der()).unwrap().subject_der.into(),
            this_update: "2026-09-20T00:00:00Z".parse().unwrap(),
            next_update: "2026-09-27T00:00:00Z".parse().ok(),
            signed: true,
            covers: Covers::Everything,
            points: Vec::new(),
            revoked: revoked.iter().map(|serial| Entry { serial: (*serial).into(), since }).collect(),
            octets: 100,
        }
    }

    fn good(authority: &Authority) -> Vec<u8> {
        Answer::default().signed(authority, authority.key())
    }

    fn revoked(authority: &Authority) -> Vec<u8> {
        Answer { status: Said::Revoked, ..Answer::default() }.signed(authority, authority.key())
    }

    fn stale(authority: &Authority) -> Vec<u8> {
        Answer { next_update: Some("20260920120000Z"), ..Answer::default() }
            .signed(authority, authority.key())
    }

    #[tokio::test]
    async fn the_stapled_answer_settles_it_without_asking_anybody() {
        let authority = root("Contoso CA");
        let world = World::of(&authority, BOTH).stapled(good(&authority)).ocsp(200, revoked(&authority));
        let outcome = world.at_one(&authority).await;
        assert_eq!(outcome.reason, GOOD);
        assert_eq!(
            outcome.summary.en,
            "portal.contoso.com is not revoked, says the answer that the server staples."
        );
        let outcome = World::of(&authority, BOTH).stapled(revoked(&authority)).at_one(&authority).await;
        assert_eq!(outcome.reason, REVOKED);
    }

    #[tokio::test]
    async fn who_says_revoked_and_since_when_is_named() {
        let authority = root("Contoso CA");
        let world = World::of(&authority, BOTH).ocsp(200, revoked(&authority));
        let outcome = world.at_one(&authority).await;
        assert_eq!(outcome.reason, REVOKED);
        assert_eq!(
            outcome.summary.en,
            "portal.contoso.com has been revoked since 2026-03-01 12:00 UTC, says the responder http://192.0.2.80/ocsp."
        );
        let remedy = outcome.remedy.unwrap().text().en;
        assert!(remedy.contains("new certificate for portal.contoso.com from Contoso CA"), "{remedy}");
        assert!(remedy.ends_with(SERIAL), "{remedy}");
        let by_list = World::of(&authority, Offer { ocsp: None, crl: Some(CRL) });
        let by_list = by_list.crl(Fetched::List(list(&authority, &[SERIAL]))).at_one(&authority).await;
        assert_eq!(by_list.reason, REVOKED);
        assert!(
            by_list.summary.en.ends_with("says the list http://192.0.2.81/ca.crl."),
            "{}",
            by_list.summary.en
        );
    }

    #[tokio::test]
    async fn one_good_source_is_enough_and_the_other_is_noted() {
        let authority = root("Contoso CA");
        let world = World::of(&authority, BOTH).crl(Fetched::List(list(&authority, &["01"])));
        let outcome = world.clone().at_one(&authority).await;
        assert_eq!(outcome.reason, GOOD);
        assert!(outcome.notes[0].en.contains("connection was refused"), "{:?}", outcome.notes);
        for answer in [(405, Vec::new()), (200, b"<html>".to_vec()), (200, stale(&authority))] {
            let outcome = world.clone().ocsp(answer.0, answer.1).at_one(&authority).await;
            assert_eq!((outcome.reason, outcome.notes.len()), (GOOD, 1));
        }
        let stale_staple = World::of(&authority, BOTH).stapled(stale(&authority)).ocsp(200, good(&authority));
        let outcome = stale_staple.at_one(&authority).await;
        assert_eq!(outcome.reason, GOOD);
        assert!(outcome.notes[0].en.contains("out of date"), "{:?}", outcome.notes);
    }

    #[tokio::test]
    async fn silence_is_unavailable_and_lists_what_must_be_reached() {
        let authority = root("Contoso CA");
        let outcome = World::of(&authority, BOTH).at_one(&authority).await;
        assert_eq!(outcome.reason, UNAVAILABLE);
        let remedy = outcome.remedy.unwrap().text().en;
        assert!(remedy.contains(OCSP) && remedy.contains(CRL), "{remedy}");
        assert_eq!(outcome.found.len(), 2);
    }

    #[tokio::test]
    async fn what_comes_and_cannot_be_used_is_unavailable_too() {
        let authority = root("Contoso CA");
        let stranger = root("Contoso CA");
        let forged = Answer::default().signed(&authority, stranger.key());
        let unsigned = List { signed: false, ..list(&authority, &[SERIAL]) };
        let outcome = World::of(&authority, BOTH).ocsp(200, forged).crl(Fetched::List(unsigned));
        let outcome = outcome.at_one(&authority).await;
        assert_eq!(outcome.reason, UNAVAILABLE);
        assert!(outcome.remedy.unwrap().text().en.starts_with("Have the authority Contoso CA"));
        let only_list = || World::of(&authority, Offer { ocsp: None, crl: Some(CRL) });
        let unfit = [
            Fetched::Status(503),
            Fetched::TooLarge(16 << 20),
            Fetched::Malformed("the signature is missing or damaged".into()),
            Fetched::List(List { covers: Covers::Part, ..list(&authority, &[]) }),
            Fetched::List(List { covers: Covers::Authorities, ..list(&authority, &[]) }),
            Fetched::List(List { points: vec!["http://192.0.2.81/2.crl".into()], ..list(&authority, &[]) }),
            Fetched::List(List { issuer: Octets::from(&b"0\0"[..]), ..list(&authority, &[]) }),
        ];
        for fetched in unfit {
            let outcome = only_list().crl(fetched.clone()).at_one(&authority).await;
            assert_eq!(outcome.reason, UNAVAILABLE, "{fetched:?}");
        }
        let fit = List { covers: Covers::EndEntities, points: vec![CRL.into()], ..list(&authority, &[]) };
        assert_eq!(only_list().crl(Fetched::List(fit)).at_one(&authority).await.reason, GOOD);
    }

    #[tokio::test]
    async fn a_list_past_its_end_is_stale() {
        let authority = root("Contoso CA");
        let old = List { next_update: "2026-09-21T00:00:00Z".parse().ok(), ..list(&authority, &[]) };
        let outcome = World::of(&authority, BOTH).crl(Fetched::List(old)).at_one(&authority).await;
        assert_eq!(outcome.reason, STALE);
        assert!(
            outcome.summary.en.contains("out of date since 2026-09-21 00:00 UTC"),
            "{}",
            outcome.summary.en
        );
        assert!(outcome.remedy.unwrap().text().en.contains("certutil -crl"));
        let staple = World::of(&authority, Offer { ocsp: Some(OCSP), crl: None }).stapled(stale(&authority));
        let outcome = staple.at_one(&authority).await;
        assert_eq!(outcome.reason, STALE);
        assert!(outcome.remedy.unwrap().text().en.contains("stapling"));
    }

    #[tokio::test]
    async fn ldap_alone_is_told_and_not_asked() {
        let authority = root("Contoso CA");
        let ldap = "ldap:///CN=Contoso%20CA,CN=CDP?certificateRevocationList";
        let outcome = World::of(&authority, Offer { ocsp: None, crl: Some(ldap) }).at_one(&authority).await;
        assert_eq!(outcome.reason, UNAVAILABLE);
        assert!(outcome.remedy.unwrap().text().en.contains("HTTP address"));
    }

    #[tokio::test]
    async fn nothing_named_is_nothing_to_ask() {
        let authority = root("Contoso CA");
        assert_eq!(World::of(&authority, Offer::default()).at_one(&authority).await.reason, NOT_OFFERED);
        let alone = World { chain: vec![self_signed("portal.contoso.com")], ..World::default() };
        assert_eq!(alone.at_one(&authority).await.reason, NOT_OFFERED);
    }

    #[tokio::test]
    async fn an_intermediate_can_be_revoked_and_the_root_is_not_asked() {
        let top = root("Contoso Root");
        let middle = intermediate("Contoso CA", Offer { ocsp: None, crl: Some(CRL) }, &top);
        let mut world = World::of(&middle, Offer { ocsp: Some(OCSP), crl: None }).ocsp(200, good(&middle));
        world.chain.push(middle.der().to_vec().into());
        world.chain.push(top.der().to_vec().into());
        let fine = world.clone().crl(Fetched::List(list(&top, &[]))).at_one(&top).await;
        assert_eq!(fine.reason, GOOD);
        assert_eq!(fine.summary.en, "Not revoked: portal.contoso.com and Contoso CA.");
        let outcome = world.clone().crl(Fetched::List(list(&top, &["7B01"]))).at_one(&top).await;
        assert_eq!(outcome.reason, REVOKED);
        assert!(outcome.summary.en.starts_with("Contoso CA has been revoked"), "{}", outcome.summary.en);
        // A root that nobody knows signs just as well.
        let unknown = world.crl(Fetched::List(list(&top, &[]))).judged("192.0.2.1", &[]).await;
        assert_eq!(unknown.reason, GOOD);
    }

    #[tokio::test]
    async fn without_the_issuer_nothing_can_be_verified() {
        let (top, other) = (root("Contoso Root"), root("Other Root"));
        let middle = intermediate("Contoso CA", Offer::default(), &top);
        let outcome = World::of(&middle, BOTH).at_one(&other).await;
        assert_eq!(outcome.reason, UNAVAILABLE);
        assert!(outcome.summary.en.contains("its issuer Contoso CA is neither sent nor known"));
        assert_eq!(World::of(&middle, Offer::default()).at_one(&other).await.reason, NOT_OFFERED);
    }

    #[tokio::test]
    async fn the_address_that_differs_is_named() {
        let authority = root("Contoso CA");
        let mut world = World::of(&authority, BOTH).ocsp(200, revoked(&authority));
        world.second = Some(vec![leaf("portal.contoso.com", Offer::default(), &authority)]);
        let outcome = world.clone().judged("localhost", &[&authority]).await;
        assert_eq!(outcome.reason, REVOKED);
        assert!(outcome.summary.en.starts_with("At 127.0.0.1: portal.contoso.com"), "{}", outcome.summary.en);
        world.second = None;
        let same = world.judged("localhost", &[&authority]).await;
        assert!(same.summary.en.starts_with("portal.contoso.com"), "{}", same.summary.en);
    }

    #[tokio::test]
    async fn a_server_that_shows_nothing_is_unknown() {
        let authority = root("Contoso CA");
        let outcome = World::default().at_one(&authority).await;
        assert_eq!(outcome.reason, UNREACHABLE);
        let garbage = World { chain: vec![Octets::from(&b"garbage"[..])], ..World::default() };
        assert_eq!(garbage.at_one(&authority).await.reason, UNREACHABLE);
    }
}
