//! Why a file gave no certificate, in words.

use facts::file::Unreadable;

use crate::say;
use crate::text::{Message, listed};

/// A part of a sentence about the file.
pub(crate) fn in_words(why: &Unreadable) -> Message {
    match why {
        Unreadable::Os(error) => {
            say!(en: "it cannot be read ({error})", fr: "il ne peut pas être lu ({error})")
        }
        Unreadable::TooLarge(most) => say!(
            en: "it is larger than the {most} bytes that a certificate file may have",
            fr: "il dépasse les {most} octets qu’un fichier de certificats peut avoir"
        ),
        Unreadable::Empty => say!(en: "it is empty", fr: "il est vide"),
        Unreadable::NoCertificate(labels) if labels.is_empty() => say!(
            en: "it holds no certificate",
            fr: "il ne contient aucun certificat"
        ),
        Unreadable::NoCertificate(labels) => {
            let Message { en, fr } = listed(labels);
            say!(
                en: "it holds no certificate, but {en}",
                fr: "il ne contient aucun certificat, mais {fr}"
            )
        }
        Unreadable::Damaged(why) => say!(en: "it is damaged ({why})", fr: "il est endommagé ({why})"),
        Unreadable::WrongPassword => {
            say!(en: "its password is wrong", fr: "son mot de passe est incorrect")
        }
        Unreadable::PasswordMissing => {
            say!(en: "it is protected by a password", fr: "il est protégé par un mot de passe")
        }
        Unreadable::UnknownFormat => say!(
            en: "it is neither PEM, DER, PKCS#7 nor PKCS#12",
            fr: "ce n’est ni PEM, ni DER, ni PKCS#7, ni PKCS#12"
        ),
    }
}
