//! The registration authority's certificates are valid and issued by the authority that is shown.

use facts::{Facts, Unknown};

use super::answer::TROUBLESHOOT;
use super::capabilities::RFC8894;
use crate::check::{Check, Judge, Outcome, Reason};
use crate::dated::{self, Age, Limits};
use crate::enrollment_authority::{Bag, Shown};
use crate::enrollment_server::{self as dialogue, UNREACHABLE};
use crate::say;
use crate::subject::{ScepKind, ScepServer};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "scep.ra-certificates",
    title: Text::new(
        "The SCEP server's own certificates are valid",
        "Les certificats propres du serveur SCEP sont valides",
    ),
    why: Text::new(
        "NDES signs and decrypts with two registration authority certificates (CEP Encryption, Exchange Enrollment Agent). They live \
         two years and are renewed by hand; when they end, NDES answers every device with 500. After a renewal of the authority \
         they have to be renewed too.",
        "NDES signe et déchiffre avec deux certificats d’autorité d’enregistrement (CEP Encryption, Exchange Enrollment Agent). Ils \
         vivent deux ans et se renouvellent à la main ; à leur fin, NDES répond 500 à chaque appareil. Après un renouvellement de \
         l’autorité, il faut les renouveler aussi.",
    ),
    affects: Text::new(
        "devices that get a SCEP certificate",
        "les appareils qui reçoivent un certificat SCEP",
    ),
    reasons: &[
        MISSING,
        EXPIRED,
        NOT_ISSUED_BY_CA,
        EXPIRES_VERY_SOON,
        EXPIRES_SOON,
        OK,
        NOT_APPLICABLE,
        UNREACHABLE,
    ],
    references: &[TROUBLESHOOT, RFC8894],
    symptoms: &[
        Text::new(
            "NDES answers 500 to every request from one day to the next.",
            "NDES répond 500 à chaque demande, du jour au lendemain.",
        ),
        Text::new(
            "Windows: CAPI2 event 30 with 800B0109 after the authority was renewed.",
            "Windows : événement CAPI2 30 avec 800B0109 après le renouvellement de l’autorité.",
        ),
    ],
    judge: Judge::EachScepServer(|server, facts| Box::pin(judge(server, facts))),
};

const RENEW: Text = Text::new(
    "On the NDES server, enroll again for the templates CEP Encryption (computer) and Exchange Enrollment Agent (Offline request) (as user, then export with its key into the machine store), give the NDES account Read on both private keys, remove the old ones, and run iisreset.",
    "Sur le serveur NDES, demandez de nouveau les modèles CEP Encryption (ordinateur) et Exchange Enrollment Agent (Offline request) (en utilisateur, puis exportez avec sa clé dans le magasin de la machine), donnez au compte NDES le droit de lecture sur les deux clés privées, retirez les anciens, et lancez iisreset.",
);
const MISSING: Reason = Reason::fail(
    "missing",
    Text::new(
        "NDES shows no registration authority certificate.",
        "NDES ne présente aucun certificat d’autorité d’enregistrement.",
    ),
    RENEW,
);
const EXPIRED: Reason = Reason::fail(
    "expired",
    Text::new(
        "A registration authority certificate has expired.",
        "Un certificat d’autorité d’enregistrement a expiré.",
    ),
    RENEW,
);
const NOT_ISSUED_BY_CA: Reason = Reason::fail(
    "not-issued-by-ca",
    Text::new(
        "A registration authority certificate was not issued by the authority that is shown.",
        "Un certificat d’autorité d’enregistrement n’a pas été émis par l’autorité présentée.",
    ),
    RENEW,
);
const EXPIRES_VERY_SOON: Reason = Reason::fail(
    "expires-very-soon",
    Text::new(
        "A registration authority certificate expires within days.",
        "Un certificat d’autorité d’enregistrement expire dans quelques jours.",
    ),
    RENEW,
);
const EXPIRES_SOON: Reason = Reason::warn(
    "expires-soon",
    Text::new(
        "A registration authority certificate expires soon.",
        "Un certificat d’autorité d’enregistrement expire bientôt.",
    ),
    RENEW,
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "The registration authority's certificates are valid.",
        "Les certificats d’autorité d’enregistrement sont valides.",
    ),
);
const NOT_APPLICABLE: Reason = Reason::skip(
    "not-applicable",
    Text::new(
        "The server works without a registration authority of its own.",
        "Le serveur marche sans autorité d’enregistrement propre.",
    ),
);

async fn judge(server: &ScepServer, facts: &Facts) -> Result<Outcome, Unknown> {
    let way = match dialogue::reach(server, facts).await? {
        Ok(way) => way,
        Err(outcome) => return Ok(outcome),
    };
    let mut outcomes = Vec::new();
    for (_, authority) in dialogue::certificates(server, &way, facts).await? {
        let bag = match &authority.outcome {
            Ok(answered) if answered.status == 200 => Bag::read(answered),
            Ok(answered) => {
                let status = answered.status;
                Err(say!(en: "the server answered {status}", fr: "le serveur a répondu {status}"))
            }
            Err(failure) => Err(dialogue::in_words(failure)),
        };
        outcomes.push(match bag {
            Ok(bag) => shown(server, &bag, facts),
            Err(Message { en, fr }) => {
                UNREACHABLE.because(say!(en: "GetCACert gave nothing to judge: {en}.", fr: "GetCACert n’a rien donné à juger : {fr}."))
            }
        });
    }
    Ok(Outcome::worst_of(CHECK.reasons, outcomes)
        .unwrap_or_else(|| UNREACHABLE.because(UNREACHABLE.meaning.into())))
}

fn shown(server: &ScepServer, bag: &Bag, facts: &Facts) -> Outcome {
    let now = facts.now();
    let url = &server.target.url;
    let Some(first) = bag.registration.iter().map(|shown| shown.view.not_after).min() else {
        return match server.target.kind {
            ScepKind::Ndes => MISSING.because(say!(
                en: "{url} shows its authority and no registration authority certificate.",
                fr: "{url} présente son autorité et aucun certificat d’autorité d’enregistrement."
            )),
            ScepKind::ThirdParty | ScepKind::CloudPki => NOT_APPLICABLE.because(say!(
                en: "{url} shows its authority alone: it signs and decrypts itself.",
                fr: "{url} présente son autorité seule : elle signe et déchiffre elle-même."
            )),
        };
    };
    let limits = Limits::of(&server.given.thresholds);
    let mut outcomes = Vec::new();
    for registration in &bag.registration {
        let view = &registration.view;
        let age = dated::age(view, now, limits);
        let sentence = dated::sentence(view, age, now);
        outcomes.extend(match age {
            Age::Expired | Age::NotYetValid => Some(EXPIRED.because(sentence)),
            Age::EndsVerySoon => Some(EXPIRES_VERY_SOON.because(sentence)),
            Age::EndsSoon => Some(EXPIRES_SOON.because(sentence)),
            Age::Good => None,
        });
        outcomes.extend(foreign(registration, bag));
    }
    let (count, until) = (bag.registration.len(), dated::day(first));
    outcomes.push(OK.because(match count {
        1 => say!(
            en: "The only certificate of the registration authority is valid until {until}.",
            fr: "Le seul certificat d’autorité d’enregistrement est valable jusqu’au {until}."
        ),
        _ => say!(
            en: "The {count} certificates of the registration authority are valid until {until}.",
            fr: "Les {count} certificats d’autorité d’enregistrement sont valables jusqu’au {until}."
        ),
    }));
    let worst = Outcome::worst_of(CHECK.reasons, outcomes).unwrap_or_else(|| OK.because(OK.meaning.into()));
    worst.expires_at(Some(first))
}

/// An authority that was renewed has the same name and another key: the signature decides.
fn foreign(registration: &Shown, bag: &Bag) -> Option<Outcome> {
    let signed = |authority: &Shown| facts::certificate::is_signed_by(&registration.der, &authority.der);
    if bag.authorities.iter().any(signed) {
        return None;
    }
    let (name, issuer) = (registration.view.short_name(), registration.view.short_issuer());
    let namesake =
        bag.authorities.iter().any(|authority| authority.view.subject_der == registration.view.issuer_der);
    Some(NOT_ISSUED_BY_CA.because(if namesake {
        say!(
            en: "{name} was signed with another key of {issuer} than the one that is shown: the authority was renewed after it.",
            fr: "{name} a été signé avec une autre clé de {issuer} que celle présentée : l’autorité a été renouvelée après lui."
        )
    } else {
        say!(
            en: "{name} was issued by {issuer}, which is not shown.",
            fr: "{name} a été émis par {issuer}, qui n’est pas présentée."
        )
    }))
}
