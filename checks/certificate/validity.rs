//! A certificate file is valid, and will be for a while.

use facts::file::{Contents, Unreadable};
use facts::{Certificate, Facts, Unknown};
use jiff::Timestamp;

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::dated::{self, Age, Limits};
use crate::say;
use crate::subject::{CertificateFile, Thresholds};
use crate::text::{Message, Text};
use crate::unreadable;

pub static CHECK: Check = Check {
    id: "certificate.validity",
    title: Text::new("The certificate is valid and will stay so", "Le certificat est valide et le restera"),
    why: Text::new(
        "Certificates that enrollment leans on (RADIUS, VPN, connectors, roots in profiles) stop it on the day they expire. \
         Every certificate in the file is looked at.",
        "Les certificats dont dépend l’inscription (RADIUS, VPN, connecteurs, racines des profils) l’arrêtent le jour où ils \
         expirent. Chaque certificat du fichier est examiné.",
    ),
    affects: Text::new("whatever uses the certificate", "tout ce qui utilise le certificat"),
    reasons: &[OK, EXPIRES_SOON, EXPIRES_VERY_SOON, EXPIRED, NOT_YET_VALID, UNREADABLE],
    references: &[RFC5280],
    symptoms: &[Text::new(
        "Devices refuse the connection with a certificate error from one day to the next.",
        "Les appareils refusent la connexion avec une erreur de certificat, du jour au lendemain.",
    )],
    judge: Judge::EachCertificateFile(|file, facts| Box::pin(judge(file, facts))),
};

const RFC5280: Reference = Reference {
    title: Text::new("RFC 5280, 4.1.2.5: validity", "RFC 5280, 4.1.2.5 : validité"),
    url: "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
};

const RENEW: Text = Text::new(
    "Renew the certificate, and replace it wherever it is installed.",
    "Renouvelez le certificat et remplacez-le partout où il est installé.",
);
const EXPIRED: Reason = Reason::fail(
    "expired",
    Text::new("A certificate of the file has expired.", "Un certificat du fichier a expiré."),
    RENEW,
);
const NOT_YET_VALID: Reason = Reason::fail(
    "not-yet-valid",
    Text::new(
        "A certificate of the file is not valid yet.",
        "Un certificat du fichier n’est pas encore valide.",
    ),
    Text::new(
        "Check the clock, or wait until the certificate begins to be valid before you use it.",
        "Vérifiez l’horloge, ou attendez le début de validité du certificat avant de l’utiliser.",
    ),
);
const EXPIRES_VERY_SOON: Reason = Reason::fail(
    "expires-very-soon",
    Text::new(
        "A certificate of the file expires within days.",
        "Un certificat du fichier expire dans quelques jours.",
    ),
    RENEW,
);
const EXPIRES_SOON: Reason = Reason::warn(
    "expires-soon",
    Text::new("A certificate of the file expires soon.", "Un certificat du fichier expire bientôt."),
    RENEW,
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new("Every certificate of the file is valid.", "Chaque certificat du fichier est valide."),
);
const UNREADABLE: Reason = Reason::unknown(
    "unreadable",
    Text::new("The file gave no certificate to judge.", "Le fichier n’a donné aucun certificat à juger."),
    Text::new(
        "Export the certificate again as PEM, DER, PKCS#7 or PKCS#12.",
        "Exportez de nouveau le certificat en PEM, DER, PKCS#7 ou PKCS#12.",
    ),
);

async fn judge(file: &CertificateFile, facts: &Facts) -> Result<Outcome, Unknown> {
    let contents = facts.ask(file.question.clone()).await?;
    let name = &file.shown;
    let certificates = match &*contents {
        Contents::Certificates { certificates, .. } => certificates,
        Contents::Unreadable(why) => return Ok(no_certificate(name, why)),
    };
    let mut readable = Vec::new();
    let mut outcomes = Vec::new();
    for (place, der) in certificates.iter().enumerate() {
        match Certificate::parse(der) {
            Ok(certificate) => readable.push(certificate),
            Err(malformed) => {
                let (number, why) = (place + 1, malformed.0);
                outcomes.push(UNREADABLE.because(say!(
                    en: "Certificate {number} of {name} cannot be read: {why}.",
                    fr: "Le certificat {number} de {name} est illisible : {why}."
                )));
            }
        }
    }
    // The one that breaks first is the one that is named.
    readable.sort_by_key(|certificate| certificate.not_after);
    let first_end = readable.first().map(|certificate| certificate.not_after);
    let judged = |certificate| dated(certificate, facts.now(), &file.given.thresholds, certificates.len());
    outcomes.extend(readable.iter().map(judged));
    let worst = Outcome::worst_of(CHECK.reasons, outcomes);
    Ok(worst
        .unwrap_or_else(|| no_certificate(name, &Unreadable::Empty))
        .evidence("certificates", certificates.len())
        .expires_at(first_end))
}

fn dated(certificate: &Certificate, now: Timestamp, thresholds: &Thresholds, count: usize) -> Outcome {
    let age = dated::age(certificate, now, Limits::of(thresholds));
    let sentence = dated::sentence(certificate, age, now);
    let (name, until) = (certificate.short_name(), dated::day(certificate.not_after));
    match age {
        Age::NotYetValid => NOT_YET_VALID.because(sentence),
        Age::Expired => EXPIRED.because(sentence),
        Age::EndsVerySoon => EXPIRES_VERY_SOON.because(sentence),
        Age::EndsSoon => EXPIRES_SOON.because(sentence),
        Age::Good if count == 1 => OK.because(sentence),
        Age::Good => OK.because(say!(
            en: "All {count} certificates are valid; the first to end is {name}, on {until}.",
            fr: "Les {count} certificats sont valables ; le premier à finir est {name}, le {until}."
        )),
    }
}

fn no_certificate(name: &str, why: &Unreadable) -> Outcome {
    let Message { en, fr } = unreadable::in_words(why);
    let outcome = UNREADABLE.because(say!(en: "{name}: {en}.", fr: "{name} : {fr}."));
    match why {
        Unreadable::WrongPassword | Unreadable::PasswordMissing => outcome.remedy(say!(
            en: "In the settings, give the file its password: password = {{ env = \"NAME\" }} or {{ file = \"path\" }}.",
            fr: "Dans la configuration, donnez au fichier son mot de passe : password = {{ env = \"NOM\" }} ou {{ file = \"chemin\" }}."
        )),
        _ => outcome,
    }
}
