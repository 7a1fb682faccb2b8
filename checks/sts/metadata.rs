//! The federation metadata: who the service is, and with which certificates it signs its tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use facts::{Certificate, Facts, Unknown};
use serde_json::{Value, json};

use crate::chain::Trust;
use crate::dated::day;
use crate::documents::{self, Fetch, whole};
use crate::say;
use crate::subject::HostPort;
use crate::text::{Message, Text};
use crate::xml::{self, Part};

pub(crate) const PATH: &str = "/FederationMetadata/2007-06/FederationMetadata.xml";

/// As many certificates as a report can hold; AD FS has two.
const SHOWN: usize = 8;
const SHOWN_CHARACTERS: usize = 256;

/// What came of asking for the metadata.
pub(crate) enum Published {
    Metadata(Box<Metadata>),
    NotFound {
        status: u16,
    },
    /// Something came that is not federation metadata: why, as the end of a sentence.
    Invalid {
        status: u16,
        why: Message,
    },
    /// No HTTP answer: the words say at which step.
    Unreachable(Message),
}

/// The part of the metadata that we judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) entity_id: String,
    /// With which the service signs its tokens now.
    pub(crate) primary: Signing,
    /// The other signing certificates: the next one before a roll-over, the last one after it.
    pub(crate) others: Vec<Signing>,
    /// Why the answer could have been somebody else's; none where its chain is trusted.
    pub(crate) objection: Option<Message>,
}

/// A token-signing certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signing {
    pub(crate) der: Vec<u8>,
    pub(crate) view: Certificate,
}

impl Signing {
    /// SHA-1 in upper case, as AD FS shows it.
    pub(crate) fn thumbprint(&self) -> String {
        thumbprint(&self.view)
    }

    pub(crate) fn until(&self) -> String {
        day(self.view.not_after)
    }
}

impl Metadata {
    /// All signing certificates, the primary first.
    pub(crate) fn signing(&self) -> impl Iterator<Item = &Signing> {
        std::iter::once(&self.primary).chain(&self.others)
    }

    /// The one that ends last.
    pub(crate) fn newest(&self) -> &Signing {
        self.others.iter().fold(&self.primary, |newest, other| {
            if other.view.not_after > newest.view.not_after { other } else { newest }
        })
    }

    pub(crate) fn evidence(&self) -> Value {
        let shown = |(place, signing): (usize, &Signing)| {
            json!({
                "thumbprint": signing.thumbprint(),
                "subject": shortened(&signing.view.subject),
                "not_before": signing.view.not_before,
                "not_after": signing.view.not_after,
                "primary": place == 0,
            })
        };
        self.signing().enumerate().take(SHOWN).map(shown).collect()
    }

    /// For findings that rest on an answer that anybody could have given.
    pub(crate) fn note(&self) -> Option<Message> {
        let Message { en, fr } = self.objection.as_ref()?;
        Some(say!(
            en: "The metadata came over a chain that is not trusted: {en}.",
            fr: "Les métadonnées sont arrivées sur une chaîne qui n’est pas de confiance : {fr}."
        ))
    }
}

pub(crate) fn thumbprint(certificate: &Certificate) -> String {
    certificate.sha1.to_ascii_uppercase()
}

/// Asks a service for its metadata.
pub(crate) async fn ask(at: &HostPort, facts: &Facts, trust: &Trust) -> Result<Published, Unknown> {
    let answer = match documents::fetch_at(at, PATH, facts, trust).await? {
        Fetch::Answer(answer) => answer,
        Fetch::Throttled(_) => return Ok(Published::Unreachable(patience(at))),
        Fetch::Unreachable(why) => return Ok(Published::Unreachable(why)),
    };
    let status = answer.response.status;
    Ok(match status {
        200 => match whole(&answer.response).and_then(parse) {
            Ok(metadata) => {
                Published::Metadata(Box::new(Metadata { objection: answer.untrusted(), ..metadata }))
            }
            Err(why) => Published::Invalid { status, why },
        },
        404 | 410 => Published::NotFound { status },
        _ => Published::Invalid { status, why: other_status(status) },
    })
}

/// A server's wish to be left alone, in words.
pub(crate) fn patience(at: &HostPort) -> Message {
    say!(en: "{at} asks for patience", fr: "{at} demande de patienter")
}

pub(crate) fn other_status(status: u16) -> Message {
    say!(en: "it came with status {status}, not 200", fr: "il est arrivé avec le statut {status}, et non 200")
}

/// Reads a metadata document; what is wrong with it is said as the end of a sentence.
pub(crate) fn parse(document: &[u8]) -> Result<Metadata, Message> {
    let mut reading = Reading::default();
    xml::walk(document, |part| reading.see(part)).map_err(|broken| broken.in_words()).map_err(not_xml)?;
    let Reading { found, entity_id, signing, own, .. } = reading;
    if !found {
        return Err(text("it has no EntityDescriptor", "il n’a pas d’EntityDescriptor"));
    }
    let Some(entity_id) = entity_id.filter(|id| !id.trim().is_empty()) else {
        return Err(text("its EntityDescriptor has no entityID", "son EntityDescriptor n’a pas d’entityID"));
    };
    let mut certificates: Vec<Signing> = Vec::new();
    for base64 in signing {
        let signing = certificate(&base64)?;
        if !certificates.contains(&signing) {
            certificates.push(signing);
        }
    }
    // AD FS signs the document with the certificate that it signs tokens with.
    let own = own.and_then(|base64| certificate(&base64).ok());
    let place = own.and_then(|own| certificates.iter().position(|c| c.der == own.der)).unwrap_or(0);
    if certificates.is_empty() {
        return Err(text(
            "it names no token-signing certificate",
            "il ne cite aucun certificat de signature de jetons",
        ));
    }
    let primary = certificates.remove(place);
    Ok(Metadata { entity_id: shortened(entity_id.trim()), primary, others: certificates, objection: None })
}

pub(crate) fn not_xml(Message { en, fr }: Message) -> Message {
    say!(en: "it is not a readable XML document ({en})", fr: "ce n’est pas un document XML lisible ({fr})")
}

fn text(en: &'static str, fr: &'static str) -> Message {
    Text::new(en, fr).into()
}

fn certificate(base64: &str) -> Result<Signing, Message> {
    let unreadable = |why: String| {
        say!(
            en: "a token-signing certificate in it cannot be read ({why})",
            fr: "un certificat de signature de jetons y est illisible ({why})"
        )
    };
    let compact: String = base64.split_whitespace().collect();
    let der = STANDARD.decode(compact).map_err(|why| unreadable(why.to_string()))?;
    let view = Certificate::parse(&der).map_err(|malformed| unreadable(malformed.0))?;
    Ok(Signing { der, view })
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_CHARACTERS).collect()
}

/// What was gathered on the way through the document.
#[derive(Default)]
struct Reading {
    /// The names of the elements that are open, from the root down.
    open: Vec<String>,
    /// The root is an EntityDescriptor.
    found: bool,
    entity_id: Option<String>,
    /// In base64, as they stand in the document.
    signing: Vec<String>,
    /// The certificate of the document's own signature.
    own: Option<String>,
    /// The open KeyDescriptor is one for signing that has not shown its certificate yet.
    wanted: bool,
    /// Whose certificate is open.
    taking: Option<Taking>,
}

#[derive(Clone, Copy)]
enum Taking {
    Key,
    Own,
}

/// Where signing certificates stand. One key may hold a chain: its first is the key's own.
const ROLES: [&str; 2] = ["RoleDescriptor", "IDPSSODescriptor"];
const OF_KEY: [&str; 4] = ["KeyDescriptor", "KeyInfo", "X509Data", "X509Certificate"];
const OF_DOCUMENT: [&str; 4] = ["Signature", "KeyInfo", "X509Data", "X509Certificate"];

impl Reading {
    fn see(&mut self, part: Part<'_>) {
        match part {
            Part::Open(element) => {
                let name = element.name();
                if name == "EntityDescriptor" && self.open.is_empty() {
                    self.found = true;
                    self.entity_id = element.attribute("entityID");
                }
                if name == "KeyDescriptor" {
                    // Without a use the key is for both.
                    self.wanted = element.attribute("use").is_none_or(|purpose| purpose == "signing");
                }
                self.open.push(name);
                self.taking = self.begins();
            }
            Part::Text(text) => match self.taking {
                Some(Taking::Key) => {
                    self.signing.iter_mut().last().into_iter().for_each(|kept| kept.push_str(text))
                }
                Some(Taking::Own) => self.own.iter_mut().for_each(|kept| kept.push_str(text)),
                None => {}
            },
            Part::Close => {
                self.taking = None;
                self.open.pop();
            }
        }
    }

    /// Whether the element that has just opened is a certificate to take.
    fn begins(&mut self) -> Option<Taking> {
        let [root, rest @ ..] = self.open.as_slice() else { return None };
        if root != "EntityDescriptor" {
            return None;
        }
        match rest {
            [role, key @ ..] if self.wanted && ROLES.contains(&role.as_str()) && key == OF_KEY => {
                self.wanted = false;
                self.signing.push(String::new());
                Some(Taking::Key)
            }
            own if self.own.is_none() && own == OF_DOCUMENT => {
                self.own = Some(String::new());
                Some(Taking::Own)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use facts::http::{KEPT_BYTES, Response};
    use rcgen::{CertificateParams, KeyPair};

    fn base64() -> String {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["ADFS Signing".to_owned()]).unwrap().self_signed(&key);
        STANDARD.encode(certificate.unwrap().der())
    }

    fn key(purpose: &str, base64: &str) -> String {
        format!(
            "<KeyDescriptor{purpose}><KeyInfo xmlns=\"ds\"><X509Data><X509Certificate>{base64}</X509Certificate>\
             </X509Data></KeyInfo></KeyDescriptor>"
        )
    }

    fn document(signature: &str, roles: &str) -> String {
        let signature = match signature {
            "" => String::new(),
            base64 => format!(
                "<ds:Signature xmlns:ds=\"ds\"><ds:SignedInfo/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}\
                 </ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
            ),
        };
        format!(
            "<EntityDescriptor ID=\"_1\" entityID=\"http://sts.contoso.com/adfs/services/trust\">{signature}{roles}</EntityDescriptor>"
        )
    }

    const SIGNING: &str = " use=\"signing\"";

    fn role(keys: &str) -> String {
        format!("<RoleDescriptor xsi:type=\"fed:SecurityTokenServiceType\">{keys}</RoleDescriptor>")
    }

    #[test]
    fn the_primary_is_the_one_that_signs_the_document() {
        let (old, new, other) = (base64(), base64(), base64());
        let keys = [key(" use=\"encryption\"", &other), key(SIGNING, &old), key(SIGNING, &new)].concat();
        let again = format!("<IDPSSODescriptor>{}</IDPSSODescriptor>", key(SIGNING, &new));
        let read = |signature: &str| {
            let text = document(signature, &(role(&keys) + &again));
            let metadata = parse(format!("\u{feff}<?xml version=\"1.0\"?>\n{text}").as_bytes()).unwrap();
            assert_eq!(metadata.entity_id, "http://sts.contoso.com/adfs/services/trust");
            metadata.signing().map(|signing| STANDARD.encode(&signing.der)).collect::<Vec<_>>()
        };
        assert_eq!(read(&new), [new.clone(), old.clone()]);
        assert_eq!(read(&old), [old.clone(), new.clone()]);
        assert_eq!(read(""), [old.clone(), new.clone()], "unsigned: the first");
        assert_eq!(read(&other), [old.clone(), new.clone()], "signed by a certificate that signs no tokens");
    }

    #[test]
    fn a_key_without_a_use_signs_and_whitespace_in_base64_is_nothing() {
        let base64 = base64();
        let (head, tail) = base64.split_at(64);
        let metadata = parse(document("", &role(&key("", &format!("\n  {head}\r\n {tail}\n")))).as_bytes());
        assert_eq!(STANDARD.encode(metadata.unwrap().primary.der), base64);
    }

    #[test]
    fn thumbprints_look_as_ad_fs_shows_them() {
        let metadata = parse(document("", &role(&key(SIGNING, &base64()))).as_bytes()).unwrap();
        let thumbprint = metadata.primary.thumbprint();
        assert_eq!(thumbprint.len(), 40);
        assert!(thumbprint.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()), "{thumbprint}");
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        let sound = role(&key(SIGNING, &base64()));
        let cases = [
            ("<html><body/></html>".to_owned(), "no EntityDescriptor"),
            ("<r><EntityDescriptor entityID=\"x\"/></r>".to_owned(), "no EntityDescriptor"),
            (document("", &sound).replace("entityID", "entity"), "no entityID"),
            (document("", ""), "no token-signing certificate"),
            (document("", &role(&key(" use=\"encryption\"", &base64()))), "no token-signing certificate"),
            (document("", &key(SIGNING, &base64())), "no token-signing certificate"),
            (document("", &role(&key(SIGNING, "%%%"))), "cannot be read"),
            (document("", &role(&key(SIGNING, "aGVsbG8="))), "cannot be read"),
            (document("", &role(&key(SIGNING, ""))), "cannot be read"),
            (document("", &sound).replace("</EntityDescriptor>", ""), "breaks off"),
            (String::new(), "no element"),
            ("AD FS is not here".to_owned(), "no element"),
        ];
        for (text, wanted) in cases {
            let said = parse(text.as_bytes()).unwrap_err().en;
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        let laughs: String =
            (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
        let laughs = format!("<!DOCTYPE x [<!ENTITY l0 \"ha\">{laughs}]>{}", document("", "&l9;"));
        assert!(parse(laughs.as_bytes()).unwrap_err().en.contains("document type"));
        let undeclared = document("", "&l9;");
        assert!(parse(undeclared.as_bytes()).unwrap_err().en.contains("not defined"));
        let deep = document("", &"<a>".repeat(200_000));
        assert!(parse(deep.as_bytes()).unwrap_err().en.contains("nested"));
        let external = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><x/>";
        assert!(parse(external.as_bytes()).is_err());
    }

    fn response(body: Vec<u8>, truncated: bool) -> Response {
        let received_at = jiff::Timestamp::UNIX_EPOCH;
        let headers = Default::default();
        Response { status: 200, headers, body: body.into(), truncated, received_at, first_answer_ms: 1 }
    }

    #[test]
    fn a_document_of_fifty_megabytes_is_cut_and_told_from_one_that_breaks_off() {
        let cut = response(vec![b' '; KEPT_BYTES], true);
        assert!(whole(&cut).unwrap_err().en.contains("larger than the 1 MiB"));
        let broken = response(b"<EntityDescriptor".to_vec(), true);
        assert!(whole(&broken).unwrap_err().en.contains("breaks off after 17 octets"));
        assert!(whole(&response(vec![b' '; KEPT_BYTES], false)).is_ok());
    }

    #[test]
    fn many_certificates_are_read_and_few_are_shown() {
        let keys: String = (0..20).map(|_| key(SIGNING, &base64())).collect();
        let metadata = parse(document("", &role(&keys)).as_bytes()).unwrap();
        assert_eq!(metadata.signing().count(), 20);
        assert_eq!(metadata.evidence().as_array().map(Vec::len), Some(SHOWN));
    }
}
