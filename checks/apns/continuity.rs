//! The push certificate follows the one in use: renewed, not replaced.

use std::cmp::Ordering;

use facts::{Facts, Unknown};

use super::certificate::{APPLE_TOPIC, MICROSOFT, TROUBLESHOOT, UNREADABLE, unreadable};
use crate::check::{Check, Judge, Outcome, Reason};
use crate::dated;
use crate::push::{self, Held, PREFIX, RENEW};
use crate::say;
use crate::subject::PushCertificate;
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "apns.continuity",
    title: Text::new(
        "The push certificate was renewed, not replaced",
        "Le certificat push a été renouvelé, pas remplacé",
    ),
    why: Text::new(
        "Every enrolled Apple device remembers the topic of the push certificate that it was enrolled with, and the topic must \
         not change. A renewed certificate keeps it; a new one has another, and the devices never hear from Intune again \
         until each is enrolled anew.",
        "Chaque appareil Apple inscrit retient le sujet (topic) du certificat push avec lequel il a été inscrit, et ce sujet ne \
         doit pas changer. Un certificat renouvelé le garde ; un nouveau en a un autre, et les appareils n’entendent plus \
         jamais Intune tant que chacun n’a pas été inscrit de nouveau.",
    ),
    affects: Text::new(
        "every Apple device that is enrolled already",
        "tous les appareils Apple déjà inscrits",
    ),
    reasons: &[TOPIC_CHANGED, OLDER_THAN_PREVIOUS, SAME_CERTIFICATE, RENEWED, UNREADABLE, NOT_APPLICABLE],
    references: &[TROUBLESHOOT, MICROSOFT, APPLE_TOPIC],
    symptoms: &[Text::new(
        "Every iPhone, iPad and Mac stops checking in from the moment the certificate is uploaded.",
        "Tous les iPhone, iPad et Mac cessent de se synchroniser dès que le certificat est chargé.",
    )],
    judge: Judge::EachPushCertificate(|subject, facts| Box::pin(judge(subject, facts))),
};

const TOPIC_CHANGED: Reason = Reason::fail(
    "topic-changed",
    Text::new(
        "The certificate has another topic than the one in use: it was created, not renewed. Every Apple device would have to \
         be enrolled again.",
        "Le certificat a un autre sujet (topic) que celui en service : il a été créé, pas renouvelé. Chaque appareil Apple \
         devrait être inscrit de nouveau.",
    ),
    Text::new(
        "Do not upload it. At https://identity.apple.com/pushcert, signed in with the Apple Account that the certificate in use \
         belongs to, choose Renew beside the old topic, give it the request (CSR) from the Intune admin center (Devices > \
         Enrollment > Apple > Apple MDM Push certificate), and upload what Apple returns.",
        "Ne le chargez pas. Sur https://identity.apple.com/pushcert, connecté avec le compte Apple auquel appartient le certificat \
         en service, choisissez Renew (renouveler) à côté de l’ancien sujet, donnez la demande (CSR) du centre d’administration \
         Intune (Appareils > Inscription > Apple > Certificat Push MDM Apple), et chargez ce qu’Apple renvoie.",
    ),
);
const OLDER_THAN_PREVIOUS: Reason = Reason::fail(
    "older-than-previous",
    Text::new(
        "The certificate ends before the one that it should follow.",
        "Le certificat prend fin avant celui qu’il devrait suivre.",
    ),
    Text::new(
        "Do not upload it: it would put back an older certificate. Name the file that Apple returned last, and check that the two \
         files were not swapped.",
        "Ne le chargez pas : il remettrait un certificat plus ancien. Désignez le fichier qu’Apple a renvoyé en dernier, et \
         vérifiez que les deux fichiers n’ont pas été intervertis.",
    ),
);
const SAME_CERTIFICATE: Reason = Reason::warn(
    "same-certificate",
    Text::new(
        "Both files hold the same certificate: nothing was renewed.",
        "Les deux fichiers contiennent le même certificat : rien n’a été renouvelé.",
    ),
    RENEW,
);
const RENEWED: Reason = Reason::pass(
    "renewed",
    Text::new(
        "The certificate continues the topic of the one in use.",
        "Le certificat continue le sujet (topic) de celui en service.",
    ),
);
const NOT_APPLICABLE: Reason = Reason::skip(
    "not-applicable",
    Text::new(
        "No previous certificate is named to compare with.",
        "Aucun certificat précédent n’est désigné pour la comparaison.",
    ),
);

async fn judge(subject: &PushCertificate, facts: &Facts) -> Result<Outcome, Unknown> {
    let Some(previous) = &subject.previous else {
        return Ok(NOT_APPLICABLE.because(
            Text::new(
                "No previous certificate is named; [tenant.apns] previous or --apns-previous compares with it.",
                "Aucun certificat précédent n’est désigné ; [tenant.apns] previous ou --apns-previous permet la comparaison.",
            )
            .into(),
        ));
    };
    let (now, then) = futures_util::future::try_join(
        facts.ask(subject.question.clone()),
        facts.ask(previous.question.clone()),
    )
    .await?;
    let (new, old) = match (push::open(&subject.shown, &now), push::open(&previous.shown, &then)) {
        (Ok(new), Ok(old)) => (new, old),
        (Err(closed), _) | (_, Err(closed)) => return Ok(unreadable(closed)),
    };
    let outcome = compare(&new, &old, &subject.shown, &previous.shown);
    Ok(outcome
        .notes(new.notes.iter().chain(&old.notes).cloned())
        .evidence("certificate", new.evidence())
        .evidence("previous", old.evidence())
        .expires_at(Some(new.certificate.not_after)))
}

fn compare(new: &Held, old: &Held, new_file: &str, old_file: &str) -> Outcome {
    let (Some(topic), Some(before)) = (new.topic(), old.topic()) else {
        let file = if new.topic().is_none() { new_file } else { old_file };
        return without_topic(file);
    };
    if !old.is_for_mdm() {
        return without_topic(old_file);
    }
    if topic != before {
        return TOPIC_CHANGED
            .because(say!(
                en: "The topic is {topic}; that of the certificate in use is {before}. Uploading this file would cut off every iPhone, iPad and Mac that is enrolled, and each would have to be enrolled again.",
                fr: "Le sujet (topic) est {topic} ; celui du certificat en service est {before}. Charger ce fichier couperait tous les iPhone, iPad et Mac inscrits, et chacun devrait être inscrit de nouveau."
            ))
            .wanted(Message::same(before))
            .remedy(renew_the_old(old));
    }
    if new.certificate.sha256 == old.certificate.sha256 {
        return SAME_CERTIFICATE.because(say!(
            en: "{new_file} and {old_file} hold the same certificate (serial number {}): nothing was renewed.",
            fr: "{new_file} et {old_file} contiennent le même certificat (numéro de série {}) : rien n’a été renouvelé.",
            new.certificate.serial
        ));
    }
    let (until, until_before) =
        (dated::day(new.certificate.not_after), dated::day(old.certificate.not_after));
    match life(new).cmp(&life(old)) {
        Ordering::Less => OLDER_THAN_PREVIOUS.because(say!(
            en: "{new_file} ends on {until}, before {old_file} ({until_before}), which it should follow.",
            fr: "{new_file} prend fin le {until}, avant {old_file} ({until_before}), qu’il devrait suivre."
        )),
        Ordering::Equal | Ordering::Greater => RENEWED.because(say!(
            en: "The topic is still {topic}; the certificate now holds until {until} instead of {until_before}.",
            fr: "Le sujet (topic) est toujours {topic} ; le certificat est valable jusqu’au {until} au lieu du {until_before}."
        )),
    }
}

/// Of two certificates of one topic the later is the one that ends later.
fn life(held: &Held) -> (jiff::Timestamp, jiff::Timestamp) {
    (held.certificate.not_after, held.certificate.not_before)
}

fn without_topic(file: &str) -> Outcome {
    UNREADABLE.because(say!(
        en: "{file} holds no MDM push certificate (no topic that begins with {PREFIX}), so there is nothing to compare.",
        fr: "{file} ne contient aucun certificat push MDM (aucun sujet commençant par {PREFIX}), donc il n’y a rien à comparer."
    ))
}

fn renew_the_old(old: &Held) -> Message {
    let Text { en, fr } = TOPIC_CHANGED.remedy.unwrap_or(RENEW);
    let (topic, serial) = (old.topic().unwrap_or_default(), &old.certificate.serial);
    say!(
        en: "{en} The old one is {topic}, serial number {serial}.",
        fr: "{fr} L’ancien est {topic}, numéro de série {serial}."
    )
}
