//! Apple's MDM push certificate in a file: which certificate it is, and what lies beside it.

pub(crate) mod key;
pub(crate) mod revocation;

use facts::file::{Contents, Key, Unreadable};
use facts::{Certificate, Octets};
use serde_json::{Value, json};

use crate::say;
use crate::text::{Message, Text, listed};
use crate::unreadable;

/// Apple's documentation of the MDM payload: the topic of a push certificate begins so.
pub(crate) const PREFIX: &str = "com.apple.mgmt.";

/// How an administrator renews.
pub(crate) const RENEW: Text = Text::new(
    "Renew it, never replace it. In the Intune admin center, under Devices > Enrollment > Apple > Apple MDM Push \
     certificate, download the request (CSR). At https://identity.apple.com/pushcert, signed in with the same Apple \
     Account as last time, choose Renew beside this certificate (not Create) and give it the request. Upload the .pem \
     file that Apple returns in the same place of the admin center.",
    "Renouvelez-le, ne le remplacez jamais. Dans le centre d’administration Intune, sous Appareils > Inscription > Apple > \
     Certificat Push MDM Apple, téléchargez la demande (CSR). Sur https://identity.apple.com/pushcert, connecté avec le \
     même compte Apple que la dernière fois, choisissez Renew (renouveler) à côté de ce certificat, et non Create (créer), et \
     donnez-lui la demande. Chargez le fichier .pem qu’Apple renvoie au même endroit du centre d’administration.",
);

/// The certificate of a file that is judged.
pub(crate) struct Held {
    pub(crate) der: Octets,
    pub(crate) certificate: Certificate,
    /// Every other certificate that can be read.
    pub(crate) others: Vec<(Octets, Certificate)>,
    pub(crate) keys: Vec<Key>,
    /// What is to be said of the file itself.
    pub(crate) notes: Vec<Message>,
}

/// Why a file shows no certificate, as a sentence, with what to do about it.
pub(crate) struct Closed {
    pub(crate) summary: Message,
    pub(crate) remedy: Option<Message>,
}

impl Held {
    /// The user id of the subject that is a topic of MDM; else whatever user id there is.
    pub(crate) fn topic(&self) -> Option<&str> {
        topic(&self.certificate)
    }

    pub(crate) fn is_for_mdm(&self) -> bool {
        is_for_mdm(&self.certificate)
    }

    /// What an administrator compares with the portal and the admin center.
    pub(crate) fn evidence(&self) -> Value {
        let Certificate { subject, issuer, serial, not_before, not_after, sha1, sha256, .. } =
            &self.certificate;
        json!({
            "topic": self.topic(),
            "serial": serial,
            "subject": subject,
            "issuer": issuer,
            "not_before": not_before,
            "not_after": not_after,
            "sha1": sha1,
            "sha256": sha256,
        })
    }
}

fn topic(certificate: &Certificate) -> Option<&str> {
    let ids = || certificate.user_ids.iter().map(String::as_str);
    ids().find(|id| is_mdm(id)).or_else(|| ids().next())
}

fn is_for_mdm(certificate: &Certificate) -> bool {
    certificate.user_ids.iter().any(|id| is_mdm(id))
}

fn is_mdm(topic: &str) -> bool {
    topic.strip_prefix(PREFIX).is_some_and(|rest| !rest.is_empty())
}

/// The push certificate of a file among everything else that it may hold.
pub(crate) fn open(file: &str, contents: &Contents) -> Result<Held, Closed> {
    let (certificates, keys) = match contents {
        Contents::Certificates { certificates, keys, .. } => (certificates, keys),
        Contents::Unreadable(why) => return Err(Closed::of(file, why)),
    };
    let mut readable: Vec<(Octets, Certificate)> = Vec::new();
    let mut notes = Vec::new();
    for (place, der) in certificates.iter().enumerate() {
        match Certificate::parse(der) {
            Ok(certificate) => readable.push((der.clone(), certificate)),
            Err(malformed) => {
                let (number, why) = (place + 1, malformed.0);
                notes.push(say!(
                    en: "Certificate {number} of {file} cannot be read: {why}.",
                    fr: "Le certificat {number} de {file} est illisible : {why}."
                ));
            }
        }
    }
    // Of several push certificates the newest is the one that somebody is about to use.
    let rank = |certificate: &Certificate| {
        let leaf = !certificate.authority;
        (is_for_mdm(certificate), !certificate.user_ids.is_empty(), leaf, certificate.not_before)
    };
    let chosen = (0..readable.len()).rev().max_by_key(|place| readable.get(*place).map(|(_, c)| rank(c)));
    let Some(chosen) = chosen else {
        let summary = notes.into_iter().next();
        return Err(summary.map_or_else(|| Closed::of(file, &Unreadable::Empty), Closed::because));
    };
    let (der, certificate) = readable.remove(chosen);
    let mut held = Held { der, certificate, others: readable, keys: keys.clone(), notes };
    let selection = held.selection(file);
    held.notes.extend(selection);
    Ok(held)
}

impl Held {
    /// Which certificate of several is meant.
    fn selection(&self, file: &str) -> Option<Message> {
        let topic = self.topic().filter(|_| self.is_for_mdm() && !self.others.is_empty())?;
        let (count, serial) = (self.others.len() + 1, &self.certificate.serial);
        let rivals: Vec<&str> = self
            .others
            .iter()
            .filter(|(_, other)| is_for_mdm(other) && other.sha256 != self.certificate.sha256)
            .map(|(_, other)| other.serial.as_str())
            .collect();
        if rivals.is_empty() {
            return Some(say!(
                en: "{file} holds {count} certificates; the push certificate is the one with the topic {topic} (serial number {serial}).",
                fr: "{file} contient {count} certificats ; le certificat push est celui dont le sujet (topic) est {topic} (numéro de série {serial})."
            ));
        }
        let Message { en, fr } = listed(&rivals);
        Some(say!(
            en: "{file} holds more than one MDM push certificate; the newest is judged (serial number {serial}), the others (serial number {en}) are not. Upload a file with one certificate.",
            fr: "{file} contient plus d’un certificat push MDM ; le plus récent est jugé (numéro de série {serial}), les autres (numéro de série {fr}) ne le sont pas. Chargez un fichier avec un seul certificat."
        ))
    }
}

impl Closed {
    fn because(summary: Message) -> Self {
        Self { summary, remedy: None }
    }

    fn of(file: &str, why: &Unreadable) -> Self {
        let Message { en, fr } = unreadable::in_words(why);
        let summary = say!(en: "{file}: {en}.", fr: "{file} : {fr}.");
        let remedy = match why {
            Unreadable::WrongPassword | Unreadable::PasswordMissing => Some(say!(
                en: "In the settings, give the file its password: [tenant.apns] password = {{ env = \"NAME\" }} or {{ file = \"path\" }}.",
                fr: "Dans la configuration, donnez au fichier son mot de passe : [tenant.apns] password = {{ env = \"NOM\" }} ou {{ file = \"chemin\" }}."
            )),
            Unreadable::NoCertificate(labels) if labels.iter().any(|label| label.ends_with("REQUEST")) => {
                Some(say!(
                    en: "This is the request that goes to Apple, not what comes back. Give it to https://identity.apple.com/pushcert (Renew, with the same Apple Account), and name the .pem file that you download there.",
                    fr: "C’est la demande destinée à Apple, pas ce qui en revient. Donnez-la à https://identity.apple.com/pushcert (Renew, avec le même compte Apple) et désignez le fichier .pem que vous y téléchargez."
                ))
            }
            _ => None,
        };
        Self { summary, remedy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topic_of_mdm_has_a_prefix_and_something_behind_it() {
        assert!(is_mdm("com.apple.mgmt.External.5a7f1c2e"));
        assert!(!is_mdm("com.apple.mgmt."));
        assert!(!is_mdm("com.apple.mail.XServer.5a7f1c2e"));
    }

    fn contents(der: Vec<u8>) -> Contents {
        let format = facts::file::Format::Der;
        Contents::Certificates { format, certificates: vec![der.into()], keys: vec![Key::Encrypted] }
    }

    fn example() -> Vec<u8> {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        let user_id = rcgen::DnType::CustomDnType(vec![0, 9, 2342, 19_200_300, 100, 1, 1]);
        params.distinguished_name.push(user_id, "com.apple.mgmt.External.5a7f");
        params.self_signed(&key).unwrap().der().to_vec()
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _ = open("apns.pem", &contents(bytes));
        }

        #[test]
        fn no_damage_makes_it_panic(place in 0_usize..400, octet in proptest::prelude::any::<u8>()) {
            static EXAMPLE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(example);
            let mut der = EXAMPLE.clone();
            if let Some(hit) = der.get_mut(place) {
                *hit = octet;
            }
            if let Ok(held) = open("apns.pem", &contents(der)) {
                let _ = (held.evidence(), key::pairing(&held));
                let apple = crate::apple::Authorities::built_in();
                let _ = apple.issuer_of(&held.der, &held.certificate, &held.others);
            }
        }
    }
}
