//! The push certificate is one of Apple's for MDM, in date, not revoked, and goes with its key.

use facts::{Certificate, Facts, Unknown};
use jiff::{SignedDuration, Timestamp};

use crate::apple::{Issued, Why};
use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::dated::{self, Age, Limits};
use crate::push::key::{Pairing, pairing};
use crate::push::revocation::{NOT_PUBLISHED, Standing, standing};
use crate::push::{self, Closed, Held, PREFIX, RENEW};
use crate::remedy::Remedy;
use crate::say;
use crate::subject::PushCertificate;
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "apns.certificate",
    title: Text::new(
        "Apple's push service accepts the MDM push certificate",
        "Le service push d’Apple accepte le certificat push MDM",
    ),
    why: Text::new(
        "Intune reaches iPhones, iPads and Macs through Apple's push service, and shows this certificate there. Without a \
         valid one no Apple device enrolls, and those that are enrolled get no policy, no application and no remote \
         action. It lasts a year.",
        "Intune joint les iPhone, iPad et Mac par le service push d’Apple, et y présente ce certificat. Sans certificat \
         valide, aucun appareil Apple ne s’inscrit, et ceux qui sont inscrits ne reçoivent ni stratégie, ni application, \
         ni action à distance. Il dure un an.",
    ),
    affects: Text::new("every iPhone, iPad and Mac", "tous les iPhone, iPad et Mac"),
    reasons: &[
        NOT_AN_MDM_PUSH_CERTIFICATE,
        UNTRUSTED_ISSUER,
        REVOKED,
        EXPIRED_BEYOND_GRACE,
        EXPIRED,
        NOT_YET_VALID,
        PRIVATE_KEY_MISMATCH,
        EXPIRES_VERY_SOON,
        EXPIRES_SOON,
        UNKNOWN_INTERMEDIATE,
        OK,
        UNREADABLE,
    ],
    references: &[MICROSOFT, TROUBLESHOOT, APPLE_TOPIC, APPLE_AUTHORITIES],
    symptoms: &[
        Text::new(
            "\"NoEnrollmentPolicy\" or \"APNSCertificateNotValid\" during the enrollment of an iPhone or iPad.",
            "« NoEnrollmentPolicy » ou « APNSCertificateNotValid » pendant l’inscription d’un iPhone ou d’un iPad.",
        ),
        Text::new(
            "\"This service is not supported. No enrollment policy.\"",
            "« Ce service n’est pas pris en charge. Aucune stratégie d’inscription. »",
        ),
        Text::new(
            "Enrolled Apple devices stop checking in.",
            "Les appareils Apple inscrits ne se synchronisent plus.",
        ),
    ],
    judge: Judge::EachPushCertificate(|subject, facts| Box::pin(judge(subject, facts))),
};

pub(super) const MICROSOFT: Reference = Reference {
    title: Text::new(
        "Microsoft: create and renew the Apple MDM push certificate",
        "Microsoft : créer et renouveler le certificat Push MDM Apple",
    ),
    url: "https://learn.microsoft.com/intune/intune-service/enrollment/apple-mdm-push-certificate-get",
};
pub(super) const TROUBLESHOOT: Reference = Reference {
    title: Text::new(
        "Microsoft: troubleshoot iOS and iPadOS enrollment errors (renew, do not replace)",
        "Microsoft : résoudre les erreurs d’inscription iOS et iPadOS (renouveler, ne pas remplacer)",
    ),
    url: "https://learn.microsoft.com/troubleshoot/mem/intune/device-enrollment/troubleshoot-ios-enrollment-errors",
};
pub(super) const APPLE_TOPIC: Reference = Reference {
    title: Text::new(
        "Apple: the MDM payload (Topic; its prefix, and that it must not change)",
        "Apple : la charge utile MDM (Topic ; son préfixe, et qu’il ne doit pas changer)",
    ),
    url: "https://github.com/apple/device-management/blob/release/mdm/profiles/com.apple.mdm.yaml",
};
const APPLE_AUTHORITIES: Reference = Reference {
    title: Text::new("Apple: certification authorities", "Apple : autorités de certification"),
    url: "https://www.apple.com/certificateauthority/",
};

const PORTAL: Text = Text::new(
    "At https://identity.apple.com/pushcert, signed in with the Apple Account that manages the certificate, download the \
     MDM push certificate that is listed for Microsoft, and name that file.",
    "Sur https://identity.apple.com/pushcert, connecté avec le compte Apple qui gère le certificat, téléchargez le certificat \
     push MDM indiqué pour Microsoft, et désignez ce fichier.",
);
const NOT_AN_MDM_PUSH_CERTIFICATE: Reason = Reason::fail(
    "not-an-mdm-push-certificate",
    Text::new(
        "The file holds a certificate that no MDM server can use with Apple's push service.",
        "Le fichier contient un certificat qu’aucun serveur MDM ne peut utiliser avec le service push d’Apple.",
    ),
    PORTAL,
);
const UNTRUSTED_ISSUER: Reason = Reason::fail(
    "untrusted-issuer",
    Text::new(
        "The certificate does not come from Apple: no signature leads to one of Apple's roots.",
        "Le certificat ne vient pas d’Apple : aucune signature ne mène à l’une des racines d’Apple.",
    ),
    PORTAL,
);
const REVOKED: Reason = Reason::fail(
    "revoked",
    Text::new("Apple has revoked the certificate.", "Apple a révoqué le certificat."),
    Text::new(
        "At https://identity.apple.com/pushcert, look whether Renew is still offered beside it, and renew it there with the same \
         Apple Account. If it is not, ask Apple's support before you create a new one: a new one has another topic, and \
         every Apple device would have to be enrolled again.",
        "Sur https://identity.apple.com/pushcert, regardez si Renew (renouveler) est encore proposé à côté de lui, et renouvelez-le \
         là avec le même compte Apple. Sinon, demandez au support d’Apple avant d’en créer un nouveau : un nouveau a un \
         autre sujet (topic), et chaque appareil Apple devrait être inscrit de nouveau.",
    ),
);
const EXPIRED_BEYOND_GRACE: Reason = Reason::fail(
    "expired-beyond-grace",
    Text::new(
        "The certificate has expired, and the 30 days that Microsoft documents for renewing it late are over.",
        "Le certificat a expiré, et les 30 jours que Microsoft documente pour le renouveler en retard sont passés.",
    ),
    Text::new(
        "Try Renew at https://identity.apple.com/pushcert all the same, with the same Apple Account, and ask Apple's support if \
         it is not offered. Only if Apple cannot renew it, create a new one: it has another topic, so every iPhone, iPad \
         and Mac has to be enrolled again. Plan that before you upload it.",
        "Essayez tout de même Renew (renouveler) sur https://identity.apple.com/pushcert, avec le même compte Apple, et demandez \
         au support d’Apple si ce n’est pas proposé. Seulement si Apple ne peut pas le renouveler, créez-en un nouveau : \
         il a un autre sujet (topic), donc chaque iPhone, iPad et Mac doit être inscrit de nouveau. Préparez cela avant \
         de le charger.",
    ),
);
const EXPIRED: Reason = Reason::fail(
    "expired",
    Text::new(
        "The certificate has expired; Microsoft documents 30 days in which it can still be renewed.",
        "Le certificat a expiré ; Microsoft documente 30 jours pendant lesquels il peut encore être renouvelé.",
    ),
    RENEW,
);
const NOT_YET_VALID: Reason = Reason::fail(
    "not-yet-valid",
    Text::new("The certificate is not valid yet.", "Le certificat n’est pas encore valable."),
    Text::new(
        "Check the clock of this machine. If it is right, wait until the certificate begins to be valid before you upload it.",
        "Vérifiez l’horloge de cette machine. Si elle est juste, attendez le début de validité du certificat avant de le charger.",
    ),
);
const PRIVATE_KEY_MISMATCH: Reason = Reason::fail(
    "private-key-mismatch",
    Text::new(
        "The private key in the file is not the certificate's.",
        "La clé privée du fichier n’est pas celle du certificat.",
    ),
    Text::new(
        "For Intune, upload the certificate alone: Intune made the request and keeps its key. For another MDM server, put the \
         key of the request that Apple signed beside the certificate.",
        "Pour Intune, chargez le certificat seul : Intune a fait la demande et en garde la clé. Pour un autre serveur MDM, \
         placez à côté du certificat la clé de la demande qu’Apple a signée.",
    ),
);
const EXPIRES_VERY_SOON: Reason = Reason::fail(
    "expires-very-soon",
    Text::new("The certificate expires within days.", "Le certificat expire dans quelques jours."),
    RENEW,
);
const EXPIRES_SOON: Reason = Reason::warn(
    "expires-soon",
    Text::new("The certificate expires soon.", "Le certificat expire bientôt."),
    RENEW,
);
const UNKNOWN_INTERMEDIATE: Reason = Reason::warn(
    "unknown-intermediate",
    Text::new(
        "The certificate's issuer bears Apple's name or leads to Apple's roots, and this version does not know it.",
        "L’émetteur du certificat porte le nom d’Apple ou mène aux racines d’Apple, et cette version ne le connaît pas.",
    ),
    Text::new(
        "Look for the issuer on https://www.apple.com/certificateauthority/. If Apple lists it there, bring enrollcheck up to date; \
         if not, do not upload the certificate.",
        "Cherchez l’émetteur sur https://www.apple.com/certificateauthority/. Si Apple l’y indique, mettez enrollcheck à jour ; \
         sinon, ne chargez pas le certificat.",
    ),
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "The certificate is one of Apple's for MDM, and valid.",
        "Le certificat est un certificat d’Apple pour MDM, et valable.",
    ),
);
pub(super) const UNREADABLE: Reason = Reason::unknown(
    "unreadable",
    Text::new("The file gave no certificate to judge.", "Le fichier n’a donné aucun certificat à juger."),
    Text::new(
        "Download the certificate again from https://identity.apple.com/pushcert, and name the .pem file as it came.",
        "Téléchargez de nouveau le certificat depuis https://identity.apple.com/pushcert, et désignez le fichier .pem tel quel.",
    ),
);

/// What Microsoft documents for renewing late.
const GRACE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Apple's extensions that say which of its push services a certificate is for.
const DEVELOPMENT: &str = "1.2.840.113635.100.6.3.1";
const PRODUCTION: &str = "1.2.840.113635.100.6.3.2";

async fn judge(subject: &PushCertificate, facts: &Facts) -> Result<Outcome, Unknown> {
    let contents = facts.ask(subject.question.clone()).await?;
    let held = match push::open(&subject.shown, &contents) {
        Ok(held) => held,
        Err(closed) => return Ok(unreadable(closed)),
    };
    let certificate = &held.certificate;
    let done = |outcome: Outcome| {
        let notes = held.notes.iter().cloned();
        outcome.notes(notes).evidence("certificate", held.evidence()).expires_at(Some(certificate.not_after))
    };
    if !held.is_for_mdm() {
        return Ok(done(NOT_AN_MDM_PUSH_CERTIFICATE.because(without_topic(&held))));
    }
    let mut outcomes = vec![dated(subject, &held, facts.now())];
    outcomes.extend(purpose(certificate));
    let mut notes = Vec::new();
    if !has(certificate, PRODUCTION) && !has(certificate, DEVELOPMENT) {
        notes.push(say!(
            en: "The certificate does not say for which push service it is; Apple's for MDM say production ({PRODUCTION}).",
            fr: "Le certificat ne dit pas pour quel service push il est ; ceux d’Apple pour MDM disent production ({PRODUCTION})."
        ));
    }
    let issued = subject.apple.issuer_of(&held.der, certificate, &held.others);
    outcomes.extend(origin(&issued));
    let mut revocation = None;
    if let Issued::Known(signer) | Issued::Through(signer, _) = &issued {
        notes.extend(ends_first(certificate, signer));
        let standing = standing(certificate, signer, facts).await;
        revocation = Some(standing.in_a_word());
        match withdrawn(&standing) {
            Some(Ok(outcome)) => outcomes.push(outcome),
            Some(Err(note)) => notes.push(note),
            None => {}
        }
    }
    match key(pairing(&held)) {
        Some(Ok(outcome)) => outcomes.push(outcome),
        Some(Err(note)) => notes.push(note),
        None => {}
    }
    let worst = Outcome::worst_of(CHECK.reasons, outcomes).ok_or(Unknown::Mismatched)?;
    Ok(done(worst.notes(notes)).evidence("revocation", revocation))
}

pub(super) fn unreadable(closed: Closed) -> Outcome {
    let outcome = UNREADABLE.because(closed.summary);
    match closed.remedy {
        Some(remedy) => outcome.remedy(remedy),
        None => outcome,
    }
}

fn without_topic(held: &Held) -> Message {
    let name = held.certificate.short_name();
    match held.topic() {
        Some(topic) => say!(
            en: "{name} is for the topic {topic}; the topic of an MDM push certificate begins with {PREFIX}",
            fr: "{name} est pour le sujet (topic) {topic} ; celui d’un certificat push MDM commence par {PREFIX}"
        ),
        None => say!(
            en: "{name} has no topic: the subject of an MDM push certificate holds a user id (UID) that begins with {PREFIX}",
            fr: "{name} n’a pas de topic : le sujet d’un certificat push MDM contient un identifiant (UID) qui commence par {PREFIX}"
        ),
    }
}

fn has(certificate: &Certificate, extension: &str) -> bool {
    certificate.extensions.iter().any(|oid| oid == extension)
}

/// Objections to what the certificate says that it is for.
fn purpose(certificate: &Certificate) -> Vec<Outcome> {
    let name = certificate.short_name();
    let mut objections = Vec::new();
    if has(certificate, DEVELOPMENT) && !has(certificate, PRODUCTION) {
        objections.push(say!(
            en: "{name} is for Apple's development push service alone ({DEVELOPMENT}); devices are reached through production ({PRODUCTION}).",
            fr: "{name} est pour le seul service push de développement d’Apple ({DEVELOPMENT}) ; les appareils sont joints par la production ({PRODUCTION})."
        ));
    }
    if certificate.for_clients == Some(false) {
        objections.push(say!(
            en: "{name} may not be used by a TLS client (extended key usage); a server shows its push certificate to Apple as a client.",
            fr: "{name} ne peut pas être utilisé par un client TLS (extended key usage) ; un serveur présente son certificat push à Apple en tant que client."
        ));
    }
    objections.into_iter().map(|objection| NOT_AN_MDM_PUSH_CERTIFICATE.because(objection)).collect()
}

fn dated(subject: &PushCertificate, held: &Held, now: Timestamp) -> Outcome {
    let certificate = &held.certificate;
    let age = dated::age(certificate, now, Limits::of(&subject.given.thresholds));
    let sentence = dated::sentence(certificate, age, now);
    let Message { en, fr } = sentence.clone();
    let until = certificate.not_after.checked_add(GRACE).unwrap_or(Timestamp::MAX);
    let grace = dated::day(until);
    let outcome = match age {
        Age::NotYetValid => return NOT_YET_VALID.because(sentence),
        Age::Good => return OK.because(sentence),
        Age::Expired if now > until => {
            return EXPIRED_BEYOND_GRACE.because(say!(
                en: "{en} The 30 days of grace that Microsoft documents for its renewal ended on {grace}.",
                fr: "{fr} Les 30 jours de grâce que Microsoft documente pour son renouvellement ont pris fin le {grace}."
            ));
        }
        Age::Expired => EXPIRED.because(say!(
            en: "{en} Microsoft documents 30 days of grace in which it can still be renewed: until {grace}.",
            fr: "{fr} Microsoft documente 30 jours de grâce pendant lesquels il peut encore être renouvelé : jusqu’au {grace}."
        )),
        Age::EndsVerySoon => EXPIRES_VERY_SOON.because(sentence),
        Age::EndsSoon => EXPIRES_SOON.because(sentence),
    };
    outcome.remedy(renewal(held))
}

/// How to renew, and which line of the portal is meant.
fn renewal(held: &Held) -> Remedy {
    let (topic, serial) = (held.topic().unwrap_or_default(), &held.certificate.serial);
    let Text { en, fr } = RENEW;
    Remedy::from(say!(
        en: "{en} It is the one whose subject (UID) is {topic}, serial number {serial}.",
        fr: "{fr} C’est celui dont le sujet (UID) est {topic}, numéro de série {serial}."
    ))
}

fn origin(issued: &Issued) -> Option<Outcome> {
    let foreign = |message: Message| Some(UNTRUSTED_ISSUER.because(message));
    match issued {
        Issued::Known(_) => None,
        Issued::Through(signer, anchor) => {
            let name = &signer.name;
            Some(UNKNOWN_INTERMEDIATE.because(say!(
                en: "The issuer {name} leads to {anchor}, and is not one of Apple's intermediates that this version knows.",
                fr: "L’émetteur {name} mène à {anchor}, et ne fait pas partie des intermédiaires d’Apple que cette version connaît."
            )))
        }
        Issued::Absent(name) => Some(UNKNOWN_INTERMEDIATE.because(say!(
            en: "The issuer {name} is neither known to this version nor in the file, so the signature could not be verified.",
            fr: "L’émetteur {name} n’est ni connu de cette version ni dans le fichier, donc la signature n’a pas pu être vérifiée."
        ))),
        Issued::Foreign(Why::SelfSigned) => foreign(Message::from(Text::new(
            "The certificate is self-signed; Apple issues push certificates from its own authorities.",
            "Le certificat est autosigné ; Apple émet les certificats push depuis ses propres autorités.",
        ))),
        Issued::Foreign(Why::OtherKey(name)) => foreign(say!(
            en: "The certificate claims to come from {name}, and the signature was not made with that authority's key.",
            fr: "Le certificat prétend venir de {name}, et la signature n’a pas été faite avec la clé de cette autorité."
        )),
        Issued::Foreign(Why::NotItsSignature(name)) => foreign(say!(
            en: "The certificate of {name} in the file does not verify the signature.",
            fr: "Le certificat de {name} dans le fichier ne vérifie pas la signature."
        )),
        Issued::Foreign(Why::NoAuthority(name)) => foreign(say!(
            en: "{name} signed, and is no certification authority.",
            fr: "{name} a signé, et n’est pas une autorité de certification."
        )),
        Issued::Foreign(Why::NotApples(name)) => foreign(say!(
            en: "The certificate comes from {name}, not from Apple.",
            fr: "Le certificat vient de {name}, pas d’Apple."
        )),
    }
}

/// A certificate holds no longer than its issuer.
fn ends_first(certificate: &Certificate, signer: &crate::apple::Signer) -> Option<Message> {
    let (name, end) = (&signer.name, dated::day(signer.not_after));
    (signer.not_after < certificate.not_after).then(|| {
        say!(
            en: "Its issuer {name} ends on {end}, before the certificate does.",
            fr: "Son émetteur {name} prend fin le {end}, avant le certificat."
        )
    })
}

/// What the revocation list comes to: an objection, a note, or nothing to say.
fn withdrawn(standing: &Standing) -> Option<Result<Outcome, Message>> {
    match standing {
        Standing::Revoked { since, list } => {
            let day = dated::day(*since);
            Some(Ok(REVOKED.because(say!(
                en: "Apple revoked the certificate on {day} ({list}).",
                fr: "Apple a révoqué le certificat le {day} ({list})."
            ))))
        }
        Standing::Good => None,
        Standing::GoodUntil { ended, list } => {
            let day = dated::day(*ended);
            Some(Err(say!(
                en: "It is not on the revocation list {list}, which should have been renewed on {day}.",
                fr: "Il n’est pas sur la liste de révocation {list}, qui aurait dû être renouvelée le {day}."
            )))
        }
        Standing::NotPublished => Some(Err(NOT_PUBLISHED.into())),
        Standing::NotLearnt(Message { en, fr }) => Some(Err(say!(
            en: "Whether it was revoked is not known. {en}.",
            fr: "On ne sait pas s’il a été révoqué. {fr}."
        ))),
    }
}

/// What the keys in the file come to.
fn key(pairing: Pairing) -> Option<Result<Outcome, Message>> {
    let note = |text: Text| Some(Err(text.into()));
    match pairing {
        Pairing::NoKey => None,
        Pairing::Stray => Some(Ok(PRIVATE_KEY_MISMATCH.because(
            Text::new(
                "The file holds a private key that belongs to another certificate: its public half is not the certificate's.",
                "Le fichier contient une clé privée qui appartient à un autre certificat : sa moitié publique n’est pas celle du certificat.",
            )
            .into(),
        ))),
        Pairing::Fits => note(Text::new(
            "The file also holds the certificate's private key. Intune keeps the key of its own request and takes the certificate \
             alone: a certificate whose key lies in a file was requested by another MDM server.",
            "Le fichier contient aussi la clé privée du certificat. Intune garde la clé de sa propre demande et prend le certificat \
             seul : un certificat dont la clé est dans un fichier a été demandé par un autre serveur MDM.",
        )),
        Pairing::OfOthers => note(Text::new(
            "The private key in the file belongs to another certificate of the file.",
            "La clé privée du fichier appartient à un autre certificat du fichier.",
        )),
        Pairing::Encrypted => note(Text::new(
            "The private key in the file is encrypted, so whether it belongs to the certificate was not compared.",
            "La clé privée du fichier est chiffrée : on n’a pas comparé si elle appartient au certificat.",
        )),
        Pairing::Unknown => note(Text::new(
            "The private key in the file is of a kind that cannot be compared with the certificate.",
            "La clé privée du fichier est d’un type qui ne peut pas être comparé au certificat.",
        )),
    }
}
