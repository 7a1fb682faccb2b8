//! OCSP (RFC 6960): the request, and what an answer says of one certificate.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use facts::Certificate;
use facts::der::{self, Broken, Item, Signed, Walk};
use jiff::Timestamp;
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::{Said, TOLERANCE, dated};
use crate::chain::Issuer;
use crate::say;
use crate::text::{Message, Text};

const SHA1_OID: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
const SHA256_OID: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const SHA384_OID: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
const SHA512_OID: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
/// id-pkix-ocsp-basic
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];

const GOOD: u8 = 0x80;
const REVOKED: u8 = 0xa1;
const UNKNOWN: u8 = 0x82;

/// Certificates of responders that are looked at; an honest answer carries one.
const DELEGATES: usize = 4;

/// Where a GET finds the answer about a certificate (RFC 6960, A.1): SHA-1 names the issuer, as every responder knows
/// it, and no nonce, so that caches may answer.
pub(crate) fn url(responder: &str, certificate: &Certificate, issuer: &Issuer) -> Option<String> {
    let responder = responder.trim_end_matches('/');
    let request = STANDARD.encode(request(certificate, issuer)?);
    let escaped = request.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    Some(format!("{responder}/{escaped}"))
}

fn request(certificate: &Certificate, issuer: &Issuer) -> Option<Vec<u8>> {
    let hash = |octets: &[u8]| der::wrap(der::OCTET_STRING, &hashed(&SHA1_FOR_LEGACY_USE_ONLY, octets));
    let sequence = |contents: &[u8]| der::wrap(der::SEQUENCE, contents);
    let algorithm = [der::wrap(der::OBJECT_IDENTIFIER, SHA1_OID), der::wrap(der::NULL, &[])].concat();
    let id = [
        sequence(&algorithm),
        hash(&certificate.issuer_der),
        hash(key_bits(&issuer.public_key)?),
        der::wrap(der::INTEGER, &serial(certificate)?),
    ];
    let request = sequence(&sequence(&id.concat()));
    Some(sequence(&sequence(&sequence(&request))))
}

fn hashed(algorithm: &'static Algorithm, octets: &[u8]) -> Vec<u8> {
    digest(algorithm, octets).as_ref().to_vec()
}

/// The key itself, without tag, length and the count of unused bits.
fn key_bits(public_key: &[u8]) -> Option<&[u8]> {
    let mut parts = Walk::over(public_key).optional(der::SEQUENCE)?.walk();
    parts.optional(der::SEQUENCE)?;
    parts.optional(der::BIT_STRING)?.contents.get(1..)
}

fn serial(certificate: &Certificate) -> Option<Vec<u8>> {
    let digits = certificate.serial.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// What an answer says of the certificate, as of `now`.
pub(crate) fn judge(answer: &[u8], certificate: &Certificate, issuer: &Issuer, now: Timestamp) -> Said {
    match read(answer, certificate, issuer) {
        Err(broken) => Said::Unusable(malformed(&broken)),
        Ok(Read::Refused(status)) => Said::Unusable(refused(status)),
        Ok(Read::Elsewhere(others)) => Said::Unusable(say!(
            en: "the answer is about another certificate ({others})",
            fr: "la réponse concerne un autre certificat ({others})"
        )),
        Ok(Read::Answer(answer)) => match unauthorised(&answer, certificate, issuer, now) {
            Some(why) => Said::Unusable(why),
            None => in_time(&answer.single, now),
        },
    }
}

fn in_time(single: &Single, now: Timestamp) -> Said {
    let revoked = match single.status {
        Status::Revoked(since) => Some(since),
        _ => None,
    };
    match (dated(single.this_update, single.next_update, revoked, now), single.status) {
        (Some(out_of_date), _) => out_of_date,
        (None, Status::Revoked(since)) => Said::Revoked { since },
        (None, Status::Good) => Said::Good { as_of: single.this_update, until: single.next_update },
        (None, Status::Unknown) => Said::Unusable(
            Text::new(
                "the responder does not know the certificate (unknown)",
                "le répondeur ne connaît pas le certificat (unknown)",
            )
            .into(),
        ),
    }
}

fn malformed(broken: &Broken) -> Message {
    say!(
        en: "what comes is no OCSP answer ({broken})",
        fr: "ce qui arrive n’est pas une réponse OCSP ({broken})"
    )
}

/// RFC 6960, 2.3: answers without a word about the certificate, which nobody signs.
fn refused(status: u8) -> Message {
    let name = match status {
        1 => "malformedRequest",
        2 => "internalError",
        3 => "tryLater",
        5 => "sigRequired",
        6 => "unauthorized",
        _ => "?",
    };
    say!(
        en: "the responder gives no answer (status {status}, {name})",
        fr: "le répondeur ne donne pas de réponse (état {status}, {name})"
    )
}

enum Read<'a> {
    Answer(Answer<'a>),
    /// Not successful: the status.
    Refused(u8),
    /// Nothing about the certificate; the serial numbers that it is about.
    Elsewhere(String),
}

struct Answer<'a> {
    signed: Signed<'a>,
    certificates: Vec<&'a [u8]>,
    single: Single,
}

/// What is said of one certificate.
#[derive(Clone, Copy)]
struct Single {
    status: Status,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
}

#[derive(Clone, Copy)]
enum Status {
    Good,
    Revoked(Timestamp),
    Unknown,
}

fn read<'a>(answer: &'a [u8], certificate: &Certificate, issuer: &Issuer) -> Result<Read<'a>, Broken> {
    let mut outer = Walk::over(answer).expect(der::SEQUENCE, "the answer")?.walk();
    let status = outer.expect(der::ENUMERATED, "the answer's status")?;
    let [status] = status.contents else {
        return Err(Broken("the answer's status"));
    };
    if *status != 0 {
        return Ok(Read::Refused(*status));
    }
    let octets = outer.expect(der::CONTEXT_0, "the answer's contents")?;
    let mut octets = octets.walk().expect(der::SEQUENCE, "the answer's contents")?.walk();
    if octets.expect(der::OBJECT_IDENTIFIER, "the kind of answer")?.contents != BASIC {
        return Err(Broken("a basic answer"));
    }
    let basic = octets.expect(der::OCTET_STRING, "the basic answer")?;
    let mut basic = basic.walk().expect(der::SEQUENCE, "the basic answer")?.walk();
    let signed = Signed::read(&mut basic)?;
    let certificates = match basic.optional(der::CONTEXT_0) {
        Some(list) => certificates(&list)?,
        None => Vec::new(),
    };
    let mut data = signed.message.walk();
    data.optional(der::CONTEXT_0);
    data.any("the responder's name")?.ok_or(Broken("the responder's name"))?;
    data.expect(der::GENERALIZED_TIME, "the date of the answer")?;
    let mut singles = data.expect(der::SEQUENCE, "the answers")?.walk();
    let mut others = Vec::new();
    let mut newest: Option<Single> = None;
    while let Some(single) = singles.any("a single answer")? {
        let mut parts = single.walk();
        let id = parts.expect(der::SEQUENCE, "the name of a certificate")?;
        match is_about(&id, certificate, issuer)? {
            None => {
                let single = self::single(&mut parts)?;
                newest = newest.filter(|known| known.this_update >= single.this_update).or(Some(single));
            }
            Some(other) if others.len() < DELEGATES => others.push(other),
            Some(_) => {}
        }
    }
    Ok(match newest {
        Some(single) => Read::Answer(Answer { signed, certificates, single }),
        None => Read::Elsewhere(others.join(", ")),
    })
}

fn certificates<'a>(list: &Item<'a>) -> Result<Vec<&'a [u8]>, Broken> {
    let what = "the responder's certificates";
    let mut walk = list.walk().expect(der::SEQUENCE, what)?.walk();
    let mut found = Vec::new();
    while let Some(certificate) = walk.any(what)?.filter(|_| found.len() < DELEGATES) {
        found.push(certificate.raw);
    }
    Ok(found)
}

/// Nothing where the answer is about our certificate, or else what it is about. A stapled answer may name its issuer
/// by another hash than our request would.
fn is_about(id: &Item<'_>, certificate: &Certificate, issuer: &Issuer) -> Result<Option<String>, Broken> {
    let what = "the name of a certificate";
    let mut parts = id.walk();
    let algorithm = parts.expect(der::SEQUENCE, what)?.walk().expect(der::OBJECT_IDENTIFIER, what)?;
    let name = parts.expect(der::OCTET_STRING, what)?.contents;
    let key = parts.expect(der::OCTET_STRING, what)?.contents;
    let number = facts::certificate::hex(parts.expect(der::INTEGER, what)?.contents).to_ascii_uppercase();
    let hash = match algorithm.contents {
        SHA1_OID => Some(&SHA1_FOR_LEGACY_USE_ONLY),
        SHA256_OID => Some(&SHA256),
        SHA384_OID => Some(&SHA384),
        SHA512_OID => Some(&SHA512),
        _ => None,
    };
    let same = hash.is_some_and(|hash| {
        number == certificate.serial
            && name == hashed(hash, &certificate.issuer_der)
            && key_bits(&issuer.public_key).is_some_and(|bits| key == hashed(hash, bits))
    });
    Ok((!same).then(|| number.chars().take(40).collect()))
}

fn single(parts: &mut Walk<'_>) -> Result<Single, Broken> {
    let what = "what is said of the certificate";
    let status = parts.any(what)?.ok_or(Broken(what))?;
    let status = match status.tag {
        GOOD => Status::Good,
        UNKNOWN => Status::Unknown,
        REVOKED => Status::Revoked(time(&mut status.walk(), "the date of the revocation")?),
        _ => return Err(Broken(what)),
    };
    let this_update = time(parts, "the beginning of the answer's validity")?;
    let next_update = match parts.optional(der::CONTEXT_0) {
        Some(next) => Some(time(&mut next.walk(), "the end of the answer's validity")?),
        None => None,
    };
    Ok(Single { status, this_update, next_update })
}

fn time(walk: &mut Walk<'_>, what: &'static str) -> Result<Timestamp, Broken> {
    walk.expect(der::GENERALIZED_TIME, what)?.time().ok_or(Broken(what))
}

/// Why the answer's signature counts for nothing: it is neither the issuer's nor that of a responder to whom the
/// issuer delegated (RFC 6960, 4.2.2.2).
fn unauthorised(
    answer: &Answer<'_>,
    certificate: &Certificate,
    issuer: &Issuer,
    now: Timestamp,
) -> Option<Message> {
    if answer.signed.by(&issuer.public_key) {
        return None;
    }
    let delegates = answer.certificates.iter().filter_map(|der| Delegate::parse(der));
    let authority = certificate.short_issuer();
    let Some(delegate) = delegates.into_iter().find(|delegate| answer.signed.by(&delegate.view.public_key))
    else {
        return Some(say!(
            en: "the answer is not signed by {authority}",
            fr: "la réponse n’est pas signée par {authority}"
        ));
    };
    let name = delegate.view.short_name().to_owned();
    let (from, until) = (delegate.view.not_before, delegate.view.not_after);
    if delegate.view.issuer_der != certificate.issuer_der || !delegate.signed.by(&issuer.public_key) {
        return Some(say!(
            en: "the answer is signed by {name}, whose certificate {authority} did not issue",
            fr: "la réponse est signée par {name}, dont le certificat n’a pas été émis par {authority}"
        ));
    }
    if !delegate.may_answer {
        return Some(say!(
            en: "the answer is signed by {name}, whose certificate is not one for OCSP (the extended key usage OCSPSigning is missing)",
            fr: "la réponse est signée par {name}, dont le certificat n’est pas destiné à OCSP (l’usage étendu OCSPSigning manque)"
        ));
    }
    if now < from.saturating_sub(TOLERANCE).unwrap_or(from) || now > until {
        return Some(say!(
            en: "the certificate of the responder {name} is out of date (valid until {until})",
            fr: "le certificat du répondeur {name} n’est pas en cours de validité (valable jusqu’au {until})"
        ));
    }
    None
}

/// A certificate that comes with an answer.
struct Delegate<'a> {
    view: Certificate,
    signed: Signed<'a>,
    may_answer: bool,
}

impl<'a> Delegate<'a> {
    fn parse(der: &'a [u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let usage = certificate.extended_key_usage().ok().flatten();
        Some(Self {
            view: Certificate::parse(der).ok()?,
            signed: Signed::parse(der).ok()?,
            may_answer: usage.is_some_and(|usage| usage.value.ocsp_signing),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{ExtendedKeyUsagePurpose, KeyPair};

    use super::*;
    use crate::revocation::testing::{
        self, Answer, Authority, OCSP, Offer, Status, delegate, issuer, now, root,
    };

    fn leaf(authority: &Authority) -> Certificate {
        Certificate::parse(&testing::leaf("portal.contoso.com", Offer::default(), authority)).unwrap()
    }

    fn said(answer: &[u8], authority: &Authority) -> Said {
        judge(answer, &leaf(authority), &issuer(authority), now())
    }

    /// What an answer is not used for.
    fn unusable(answer: &[u8], authority: &Authority) -> String {
        match said(answer, authority) {
            Said::Unusable(why) => why.en,
            other => panic!("{other:?}"),
        }
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_issuer_itself_says_good_or_revoked() {
        let authority = root("Contoso CA");
        let good = Said::Good {
            as_of: instant("2026-09-20T00:00:00Z"),
            until: Some(instant("2026-09-25T00:00:00Z")),
        };
        assert_eq!(said(&Answer::default().signed(&authority, authority.key()), &authority), good);
        let revoked = Answer { status: Status::Revoked, ..Answer::default() };
        let since = instant("2026-03-01T12:00:00Z");
        assert_eq!(said(&revoked.signed(&authority, authority.key()), &authority), Said::Revoked { since });
    }

    #[test]
    fn requests_and_answers_are_those_of_openssl() {
        let view = |der| Certificate::parse(der).unwrap();
        let leaf = view(include_bytes!("testdata/leaf.der"));
        let authority = view(include_bytes!("testdata/ca.der"));
        let issuer = Issuer { public_key: authority.public_key, served: None };
        let request = super::request(&leaf, &issuer).unwrap();
        assert_eq!(request, include_bytes!("testdata/request.der"));
        let said = |answer| judge(answer, &leaf, &issuer, instant("2026-11-22T00:00:00Z"));
        assert!(matches!(said(include_bytes!("testdata/good.der")), Said::Good { until: Some(_), .. }));
        let since = instant("2026-03-01T00:00:00Z");
        assert_eq!(said(include_bytes!("testdata/revoked.der")), Said::Revoked { since });
    }

    #[test]
    fn an_answer_is_used_only_in_its_time() {
        let authority = root("Contoso CA");
        let at = |this_update, next_update| {
            let answer = Answer { this_update, next_update, ..Answer::default() };
            said(&answer.signed(&authority, authority.key()), &authority)
        };
        let ended = instant("2026-09-21T13:00:00Z");
        assert_eq!(at("20260901000000Z", Some("20260921130000Z")), Said::Stale { ended, revoked: None });
        assert!(matches!(at("20260921140400Z", None), Said::Good { until: None, .. }), "within tolerance");
        assert!(matches!(at("20260920000000Z", Some("20260921135600Z")), Said::Good { .. }));
        let Said::Unusable(why) = at("20260922000000Z", Some("20260925000000Z")) else { panic!() };
        assert!(why.en.contains("future"), "{}", why.en);
        let answer = Answer {
            status: Status::Revoked,
            this_update: "20260901000000Z",
            next_update: Some("20260902000000Z"),
            ..Answer::default()
        };
        let revoked = Some(instant("2026-03-01T12:00:00Z"));
        let ended = instant("2026-09-02T00:00:00Z");
        let stale = said(&answer.signed(&authority, authority.key()), &authority);
        assert_eq!(stale, Said::Stale { ended, revoked });
    }

    #[test]
    fn a_delegate_answers_only_with_its_issuers_leave() {
        let (authority, stranger) = (root("Contoso CA"), root("Contoso CA"));
        let signed = |usages: &[ExtendedKeyUsagePurpose], year, above: &Authority| {
            let (key, certificate) = delegate(usages, year, above);
            let answer = Answer { certificates: vec![certificate], ..Answer::default() };
            answer.signed(&authority, &key)
        };
        let leave = [ExtendedKeyUsagePurpose::OcspSigning];
        assert!(matches!(said(&signed(&leave, 2027, &authority), &authority), Said::Good { .. }));
        assert!(unusable(&signed(&[], 2027, &authority), &authority).contains("OCSPSigning"));
        let server = [ExtendedKeyUsagePurpose::ServerAuth];
        assert!(unusable(&signed(&server, 2027, &authority), &authority).contains("OCSPSigning"));
        assert!(unusable(&signed(&leave, 2025, &authority), &authority).contains("out of date"));
        assert!(unusable(&signed(&leave, 2027, &stranger), &authority).contains("did not issue"));
    }

    #[test]
    fn another_signer_and_another_certificate_are_no_answer() {
        let authority = root("Contoso CA");
        let stranger = KeyPair::generate().unwrap();
        let forged = Answer::default().signed(&authority, &stranger);
        assert!(unusable(&forged, &authority).contains("not signed by Contoso CA"));
        let other = Answer { serial: vec![0x7a, 0x02], ..Answer::default() };
        let other = other.signed(&authority, authority.key());
        assert_eq!(unusable(&other, &authority), "the answer is about another certificate (7A02)");
        let namesake = root("Contoso CA");
        let other_issuer = Answer::default().signed(&namesake, authority.key());
        assert!(unusable(&other_issuer, &authority).contains("another certificate"));
    }

    #[test]
    fn what_is_no_answer_says_why() {
        let authority = root("Contoso CA");
        let unknown = Answer { status: Status::Unknown, ..Answer::default() };
        let unknown = unknown.signed(&authority, authority.key());
        assert!(unusable(&unknown, &authority).contains("does not know"));
        assert!(unusable(&[0x30, 3, 0x0a, 1, 3], &authority).contains("tryLater"));
        assert!(unusable(b"<html>", &authority).contains("no OCSP answer"));
        let whole = Answer::default().signed(&authority, authority.key());
        for length in 0..whole.len() {
            unusable(&whole[..length], &authority);
        }
    }

    #[test]
    fn no_changed_octet_of_what_is_signed_is_believed() {
        let authority = root("Contoso CA");
        let whole = Answer::default().signed(&authority, authority.key());
        let (leaf, issuer) = (leaf(&authority), issuer(&authority));
        let Ok(Read::Answer(answer)) = read(&whole, &leaf, &issuer) else { panic!() };
        let message = answer.signed.message.raw;
        let start = whole.windows(message.len()).position(|window| window == message).unwrap();
        for place in start..start + message.len() {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            let said = judge(&changed, &leaf, &issuer, now());
            assert!(matches!(said, Said::Unusable(_)), "octet {place}: {said:?}");
        }
    }

    #[test]
    fn the_request_is_escaped_into_the_address() {
        let authority = root("Contoso CA");
        let (leaf, issuer) = (leaf(&authority), issuer(&authority));
        let url = url(&format!("{OCSP}/"), &leaf, &issuer).unwrap();
        let request = url.strip_prefix("http://ocsp.contoso.com/").unwrap();
        assert!(!request.contains(['+', '/', '=']), "{request}");
        assert!(request.len() < 255, "RFC 5019, 5");
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets: Vec<u8>, place: usize, value: u8) {
            let authority = root("Contoso CA");
            let (leaf, issuer) = (leaf(&authority), issuer(&authority));
            judge(&octets, &leaf, &issuer, now());
            let (key, certificate) = delegate(&[], 2027, &authority);
            let answer = Answer { certificates: vec![certificate], ..Answer::default() };
            let mut answer = answer.signed(&authority, &key);
            let place = place % answer.len();
            answer[place] = value;
            judge(&answer, &leaf, &issuer, now());
        }
    }
}
