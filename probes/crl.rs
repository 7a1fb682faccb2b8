//! Certificate revocation lists: fetched, verified, and read down to what judgements need.

use facts::crl::{Covers, Entry, Fetch, Fetched, List};
use facts::der::{self, Broken, Item, Signed, Walk};
use facts::{Octets, Unknown};
use x509_parser::extensions::{
    DistributionPointName, GeneralName, IssuingDistributionPoint, ParsedExtension, X509Extension,
};
use x509_parser::prelude::FromDer;

use crate::connector::Connector;
use crate::http::{self, Bounds, Download, Ended};
use crate::pem;

/// Public authorities cut their lists into pieces of less than a tenth of this.
const LARGEST: usize = 16 * 1024 * 1024;
/// What no list of that size has with the serial numbers of real authorities; an entry takes more room than its octets.
const MOST_ENTRIES: usize = 500_000;
/// RFC 5280, 5.2.3 and 4.1.2.2: twenty octets, and some authorities that take more.
const LONGEST_SERIAL: usize = 64;
/// The addresses that are kept of what a list says of itself.
const POINTS: usize = 16;

pub(crate) async fn fetch(question: &Fetch, connector: &Connector) -> Result<Fetched, Unknown> {
    let bounds = Bounds { octets: LARGEST, time: connector.bound.min(http::BRIEFLY) };
    let Download { outcome, .. } = http::download(&question.url, &question.way, bounds, connector).await?;
    let (response, ended) = match outcome {
        Ok(came) => came,
        Err(failure) => return Ok(Fetched::Failed(failure)),
    };
    if response.status != 200 {
        return Ok(Fetched::Status(response.status));
    }
    match ended {
        Ended::Whole => {}
        Ended::AtBound => return Ok(Fetched::TooLarge(LARGEST)),
        Ended::BrokenOff(failure) => return Ok(Fetched::Failed(failure)),
    }
    let signer = question.signer.clone();
    // A list of a million entries takes a while: not on a thread that serves sockets.
    let reading = tokio::task::spawn_blocking(move || read(&response.body, &signer));
    reading.await.map_err(|error| Unknown::Local(error.to_string()))
}

/// A list in DER or in PEM.
pub(crate) fn read(bytes: &[u8], signer: &Octets) -> Fetched {
    let list = match bytes.first() {
        Some(&der::SEQUENCE) => parse(bytes, signer).map_err(|broken| broken.to_string()),
        _ => match unarmoured(bytes) {
            Some(der) => parse(&der, signer).map_err(|broken| broken.to_string()),
            None => Err("neither DER nor PEM".to_owned()),
        },
    };
    match list {
        Ok(list) if list.revoked.len() > MOST_ENTRIES => {
            Fetched::Malformed(format!("it has more than {MOST_ENTRIES} entries"))
        }
        Ok(list) => Fetched::List(list),
        Err(why) => Fetched::Malformed(why),
    }
}

fn unarmoured(bytes: &[u8]) -> Option<Vec<u8>> {
    let blocks = pem::blocks(&pem::text(bytes)?).ok()?;
    blocks.into_iter().find(|block| block.label.ends_with("CRL")).map(|block| block.contents)
}

fn parse(der: &[u8], signer: &[u8]) -> Result<List, Broken> {
    let signed = Signed::parse(der)?;
    let mut walk = signed.message.walk();
    let _version = walk.optional(der::INTEGER);
    let _algorithm = walk.expect(der::SEQUENCE, "the list's signature algorithm")?;
    let issuer = walk.expect(der::SEQUENCE, "the list's issuer")?;
    let this_update = time(&mut walk).ok_or(Broken("the date of the list"))?;
    let next_update = time(&mut walk);
    let entries = match walk.optional(der::SEQUENCE) {
        Some(entries) => self::entries(entries)?,
        None => Vec::new(),
    };
    let mut list = List {
        issuer: issuer.raw.into(),
        this_update,
        next_update,
        signed: signed.by(signer),
        covers: Covers::Everything,
        points: Vec::new(),
        revoked: entries,
        octets: der.len(),
    };
    if let Some(extensions) = walk.optional(der::CONTEXT_0) {
        let mut extensions = extensions.walk().expect(der::SEQUENCE, "the list's extensions")?.walk();
        while let Some(extension) = extensions.any("an extension of the list")? {
            let (_, extension) =
                X509Extension::from_der(extension.raw).map_err(|_| Broken("an extension of the list"))?;
            note(&extension, &mut list);
        }
    }
    Ok(list)
}

fn time(walk: &mut Walk<'_>) -> Option<jiff::Timestamp> {
    walk.optional(der::UTC_TIME).or_else(|| walk.optional(der::GENERALIZED_TIME))?.time()
}

/// One by one: nothing is kept of an entry but its number and its date.
fn entries(all: Item<'_>) -> Result<Vec<Entry>, Broken> {
    let mut revoked = Vec::new();
    let mut walk = all.walk();
    while let Some(entry) = walk.any("an entry of the list")? {
        if revoked.len() > MOST_ENTRIES {
            break;
        }
        let mut parts = entry.walk();
        let serial = parts.expect(der::INTEGER, "a serial number of the list")?;
        if serial.contents.len() > LONGEST_SERIAL {
            return Err(Broken("a serial number of the list"));
        }
        let since = time(&mut parts).ok_or(Broken("a date of an entry"))?;
        let serial = facts::certificate::hex(serial.contents).to_ascii_uppercase();
        revoked.push(Entry { serial, since });
    }
    revoked.sort_unstable();
    Ok(revoked)
}

fn note(extension: &X509Extension<'_>, list: &mut List) {
    match extension.parsed_extension() {
        ParsedExtension::IssuingDistributionPoint(point) => {
            list.covers = narrower(list.covers, covered(point));
            if let Some(DistributionPointName::FullName(names)) = &point.distribution_point {
                list.points = names.iter().filter_map(url).take(POINTS).collect();
            }
        }
        ParsedExtension::AuthorityKeyIdentifier(_) | ParsedExtension::CRLNumber(_) => {}
        // A list of changes marks itself so, and other things that change its meaning have to (RFC 5280, 5.2).
        _ if extension.critical => list.covers = Covers::Part,
        _ => {}
    }
}

fn narrower(known: Covers, found: Covers) -> Covers {
    if known == Covers::Everything { found } else { Covers::Part }
}

fn covered(point: &IssuingDistributionPoint<'_>) -> Covers {
    let part = point.indirect_crl || point.only_some_reasons.is_some() || point.only_contains_attribute_certs;
    match (part, point.only_contains_user_certs, point.only_contains_ca_certs) {
        (false, false, false) => Covers::Everything,
        (false, true, false) => Covers::EndEntities,
        (false, false, true) => Covers::Authorities,
        _ => Covers::Part,
    }
}

fn url(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url) => Some((*url).to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::sync::Arc;

    use facts::vantage::{Direct, Vantage, Way};
    use proptest::prelude::*;
    use rcgen::{
        BasicConstraints, CertificateParams, CertificateRevocationList, CertificateRevocationListParams,
        CertifiedIssuer, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope, DnType, IsCa,
        KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
    };

    use super::*;
    use crate::limits::Limits;

    type Authority = CertifiedIssuer<'static, KeyPair>;

    fn authority() -> Authority {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Contoso CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    fn key_of(authority: &Authority) -> Octets {
        facts::Certificate::parse(authority.der()).unwrap().public_key.into()
    }

    fn list(authority: &Authority, serials: &[u8], scope: Option<CrlScope>) -> CertificateRevocationList {
        let revoked = |serial: &u8| RevokedCertParams {
            serial_number: SerialNumber::from(vec![0x7f, *serial]),
            revocation_time: date_time_ymd(2026, 3, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let point = |scope| CrlIssuingDistributionPoint {
            distribution_point: CrlDistributionPoint { uris: vec!["http://crl.contoso.com/1.crl".into()] },
            scope: Some(scope),
        };
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 9, 1),
            next_update: date_time_ymd(2026, 10, 1),
            crl_number: SerialNumber::from(7),
            issuing_distribution_point: scope.map(point),
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(authority).unwrap()
    }

    fn listed(fetched: Fetched) -> List {
        match fetched {
            Fetched::List(list) => list,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn serial_numbers_are_found_as_certificates_have_them() {
        let authority = authority();
        let mut serials: Vec<u8> = (0..=255).collect();
        serials.reverse();
        let der = list(&authority, &serials, None);
        let list = listed(read(der.der(), &key_of(&authority)));
        assert!(list.signed);
        assert_eq!(list.covers, Covers::Everything);
        assert_eq!(list.issuer, facts::Certificate::parse(authority.der()).unwrap().subject_der.into());
        assert_eq!(list.revoked.len(), 256);
        assert_eq!(list.revoked_since("7FA0"), "2026-03-01T00:00:00Z".parse().ok());
        assert_eq!(list.revoked_since("7F"), None);
        assert_eq!(list.next_update, "2026-10-01T00:00:00Z".parse().ok());
    }

    #[test]
    fn another_key_did_not_sign_it() {
        let authority = authority();
        let list = listed(read(list(&authority, &[], None).der(), &key_of(&self::authority())));
        assert!(!list.signed);
        assert_eq!(list.revoked, []);
    }

    #[test]
    fn pem_is_read_too() {
        let authority = authority();
        let pem = list(&authority, &[1], None).pem().unwrap();
        assert!(listed(read(pem.as_bytes(), &key_of(&authority))).signed);
    }

    #[test]
    fn a_list_says_whom_it_covers() {
        let authority = authority();
        for (scope, covers) in
            [(CrlScope::UserCertsOnly, Covers::EndEntities), (CrlScope::CaCertsOnly, Covers::Authorities)]
        {
            let list = listed(read(list(&authority, &[1], Some(scope)).der(), &key_of(&authority)));
            assert_eq!(list.covers, covers);
            assert_eq!(list.points, ["http://crl.contoso.com/1.crl"]);
        }
    }

    #[test]
    fn garbage_is_malformed_and_says_where() {
        let authority = authority();
        let der = list(&authority, &[1, 2, 3], None).der().to_vec();
        let key = key_of(&authority);
        let malformed = |bytes: &[u8]| match read(bytes, &key) {
            Fetched::Malformed(why) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(malformed(b"<html>not found</html>"), "neither DER nor PEM");
        assert_eq!(malformed(b""), "neither DER nor PEM");
        assert!(malformed(authority.der()).contains("list"));
        for length in 1..der.len() {
            malformed(&der[..length]);
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets: Vec<u8>, from in 0_usize..64) {
            let key = Octets::from(octets.as_slice());
            read(&octets, &key);
            read(&der::wrap(der::SEQUENCE, &octets), &key);
            let authority = [der::wrap(der::SEQUENCE, &octets), octets.clone()].concat();
            read(&der::wrap(der::SEQUENCE, authority.get(from..).unwrap_or_default()), &key);
        }
    }

    /// Answers one request with these octets.
    fn serve(answer: Vec<u8>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&answer);
        });
        at
    }

    async fn fetched(answer: Vec<u8>, signer: Octets) -> Fetched {
        let vantage = Vantage {
            resolvers: Vec::new(),
            authoritative: false,
            ipv4: true,
            ipv6: true,
            routes: Default::default(),
            proxies: Arc::new(Direct),
        };
        let connector = Connector::new(
            Arc::new(vantage),
            Limits::new(4),
            Duration::from_secs(20),
            crate::proxies::Keys::default(),
        );
        let way = Way::Routed(serve(answer));
        let question = Fetch { url: "http://crl.contoso.com/ca.crl".into(), way, signer };
        fetch(&question, &connector).await.unwrap()
    }

    fn answer(status: &str, length: usize, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        [head.as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn what_comes_over_http_is_told_apart() {
        let authority = authority();
        let key = key_of(&authority);
        let der = list(&authority, &[1], None).der().to_vec();
        let list = listed(fetched(answer("200 OK", der.len(), &der), key.clone()).await);
        assert!(list.signed && list.octets == der.len());
        let missing = fetched(answer("404 Not Found", 0, b""), key.clone()).await;
        assert_eq!(missing, Fetched::Status(404));
        let cut = fetched(answer("200 OK", der.len() + 1, &der), key.clone()).await;
        assert!(matches!(cut, Fetched::Failed(_)), "{cut:?}");
        let endless = vec![0x30; LARGEST + 1];
        let large = fetched(answer("200 OK", endless.len(), &endless), key).await;
        assert_eq!(large, Fetched::TooLarge(LARGEST));
    }
}
