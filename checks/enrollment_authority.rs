//! The certificates that a SCEP server shows, told apart: authorities, and the registration authority's own.

use facts::scep::Answered;
use facts::{Certificate, Octets};

use crate::say;
use crate::text::Message;

/// A certificate with its bytes.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) der: Octets,
    pub(crate) view: Certificate,
}

/// What an answer to `GetCACert` holds.
pub(crate) struct Bag {
    /// In the order of the answer.
    pub(crate) authorities: Vec<Shown>,
    pub(crate) registration: Vec<Shown>,
    /// What is odd about the form.
    pub(crate) notes: Vec<Message>,
}

impl Bag {
    /// The words say why nothing can be judged.
    pub(crate) fn read(answered: &Answered) -> Result<Self, Message> {
        let (_, certificates) = answered.read.as_ref().map_err(crate::unreadable::in_words)?;
        let mut shown = Vec::new();
        for (place, der) in certificates.iter().enumerate() {
            let view = Certificate::parse(der).map_err(|malformed| {
                let (number, why) = (place + 1, malformed.0);
                say!(
                    en: "certificate {number} of the answer cannot be read ({why})",
                    fr: "le certificat {number} de la réponse est illisible ({why})"
                )
            })?;
            shown.push(Shown { der: der.clone(), view });
        }
        let single = shown.len() == 1;
        let (authorities, registration) = shown
            .into_iter()
            .partition(|shown: &Shown| single || shown.view.authority || shown.view.self_issued());
        Ok(Self { authorities, registration, notes: notes(answered, certificates.len()) })
    }

    /// The last authority above all others in the bag.
    pub(crate) fn top(&self) -> Option<&Shown> {
        let issued_here = |shown: &&Shown| {
            let others = self.authorities.iter().filter(|other| other.der != shown.der);
            !others.into_iter().any(|other| shown.view.may_be_issued_by(&other.view))
        };
        self.authorities
            .iter()
            .find(|shown| shown.view.self_issued())
            .or(self.authorities.iter().find(issued_here))
    }
}

/// Devices read by the bytes; a wrong label is worth a note.
fn notes(answered: &Answered, count: usize) -> Vec<Message> {
    let mut notes = Vec::new();
    let wanted = if count == 1 { "application/x-x509-ca-cert" } else { "application/x-x509-ca-ra-cert" };
    let given = answered.content_type.as_deref().unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind != wanted {
        let given = if given.is_empty() { "-" } else { given };
        notes.push(say!(
            en: "The answer is labelled {given}, where {wanted} is due; most devices read it all the same.",
            fr: "La réponse est étiquetée {given}, là où {wanted} est attendu ; la plupart des appareils la lisent quand même."
        ));
    }
    if answered.text {
        notes.push(say!(
            en: "The certificates come as text; RFC 8894 wants them in binary, and some devices read nothing else.",
            fr: "Les certificats arrivent en texte ; la RFC 8894 les veut en binaire, et certains appareils ne lisent rien d’autre."
        ));
    }
    notes
}
