//! The SCEP server shows the certificate authority that devices are told to trust.

use facts::{Certificate, Facts, Unknown};

use super::answer::{INFRASTRUCTURE, TROUBLESHOOT};
use super::capabilities::RFC8894;
use crate::check::{Check, Judge, Outcome, Reason};
use crate::dated::{self, Age, Limits};
use crate::enrollment_authority::{Bag, Shown};
use crate::enrollment_server::{self as dialogue, UNREACHABLE};
use crate::say;
use crate::subject::ScepServer;
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "scep.ca-certificate",
    title: Text::new(
        "The SCEP server shows a sound certificate authority",
        "Le serveur SCEP présente une autorité de certification saine",
    ),
    why: Text::new(
        "A device asks the server for its authority (GetCACert) and compares it with the root that its trusted-certificate profile \
         delivered. When the authority was renewed, or the profile carries another root, every request fails.",
        "Un appareil demande au serveur son autorité (GetCACert) et la compare à la racine livrée par son profil de certificat \
         approuvé. Quand l’autorité a été renouvelée, ou que le profil porte une autre racine, chaque demande échoue.",
    ),
    affects: Text::new(
        "devices that get a SCEP certificate",
        "les appareils qui reçoivent un certificat SCEP",
    ),
    reasons: &[
        REFUSED,
        UNPARSABLE,
        EXPIRED,
        THUMBPRINT_MISMATCH,
        UNSUPPORTED_SIGNATURE,
        EXPIRES_SOON,
        ROOT_NOT_SERVED,
        WEAK_SIGNATURE,
        OK,
        UNREACHABLE,
    ],
    references: &[TROUBLESHOOT, INFRASTRUCTURE, RFC8894],
    symptoms: &[
        Text::new(
            "iPhone: \"The Registration Authority's response is invalid\" when the profile is installed.",
            "iPhone : « La réponse de l’autorité d’enregistrement n’est pas valide » à l’installation du profil.",
        ),
        Text::new(
            "Windows: events 32 and 307, CAPI2 event 30 with 800B0109.",
            "Windows : événements 32 et 307, événement CAPI2 30 avec 800B0109.",
        ),
    ],
    judge: Judge::EachScepServer(|server, facts| Box::pin(judge(server, facts))),
};

const REFUSED: Reason = Reason::fail(
    "refused",
    Text::new("The server refuses to show its authority.", "Le serveur refuse de montrer son autorité."),
    Text::new(
        "Open the same address with ?operation=GetCACert&message=ca in a browser: NDES answers 200 with a file. See scep.answer.",
        "Ouvrez la même adresse avec ?operation=GetCACert&message=ca dans un navigateur : NDES répond 200 avec un fichier. Voyez scep.answer.",
    ),
);
const UNPARSABLE: Reason = Reason::fail(
    "unparsable",
    Text::new("The answer is no certificate.", "La réponse n’est pas un certificat."),
    Text::new(
        "Look at what answers GetCACert: a proxy or a page may stand in the SCEP server's place.",
        "Regardez ce qui répond à GetCACert : un proxy ou une page se tient peut-être à la place du serveur SCEP.",
    ),
);
const EXPIRED: Reason = Reason::fail(
    "expired",
    Text::new("A certificate of the authority has expired.", "Un certificat de l’autorité a expiré."),
    Text::new(
        "Renew the certificate authority, publish it, renew the RA certificates of the SCEP server from it, and deliver the new root by a trusted-certificate profile.",
        "Renouvelez l’autorité de certification, publiez-la, renouvelez à partir d’elle les certificats RA du serveur SCEP, et livrez la nouvelle racine par un profil de certificat approuvé.",
    ),
);
const THUMBPRINT_MISMATCH: Reason = Reason::fail(
    "thumbprint-mismatch",
    Text::new(
        "The server shows another authority than the settings expect.",
        "Le serveur présente une autre autorité que celle attendue par la configuration.",
    ),
    Text::new(
        "Put the authority that the server shows into the trusted-certificate profile that the SCEP profile names, or mend the server.",
        "Mettez l’autorité que présente le serveur dans le profil de certificat approuvé désigné par le profil SCEP, ou réparez le serveur.",
    ),
);
const UNSUPPORTED_SIGNATURE: Reason = Reason::fail(
    "unsupported-signature",
    Text::new(
        "The authority signs with RSASSA-PSS, which iOS refuses.",
        "L’autorité signe avec RSASSA-PSS, qu’iOS refuse.",
    ),
    Text::new(
        "Reissue the authority's certificate with PKCS#1 v1.5 signatures: on AD CS set AlternateSignatureAlgorithm=0 (certutil -setreg ca\\csp\\AlternateSignatureAlgorithm 0), restart it, and renew its certificate and the RA certificates.",
        "Réémettez le certificat de l’autorité avec des signatures PKCS#1 v1.5 : sur AD CS réglez AlternateSignatureAlgorithm=0 (certutil -setreg ca\\csp\\AlternateSignatureAlgorithm 0), redémarrez-la, et renouvelez son certificat et les certificats RA.",
    ),
);
const EXPIRES_SOON: Reason = Reason::warn(
    "expires-soon",
    Text::new("A certificate of the authority expires soon.", "Un certificat de l’autorité expire bientôt."),
    Text::new(
        "Renew the certificate authority now: the RA certificates and the profiles on the devices have to follow before it ends.",
        "Renouvelez l’autorité de certification maintenant : les certificats RA et les profils des appareils doivent suivre avant sa fin.",
    ),
);
const ROOT_NOT_SERVED: Reason = Reason::warn(
    "root-not-served",
    Text::new(
        "The expected thumbprint is none of the served certificates; it may be the root above them.",
        "L’empreinte attendue n’est celle d’aucun certificat présenté ; c’est peut-être la racine au-dessus.",
    ),
    Text::new(
        "Compare the expected thumbprint with the root of the authority by hand, or name the issuing authority's thumbprint in the settings.",
        "Comparez à la main l’empreinte attendue avec la racine de l’autorité, ou donnez dans la configuration l’empreinte de l’autorité émettrice.",
    ),
);
const WEAK_SIGNATURE: Reason = Reason::warn(
    "weak-signature",
    Text::new(
        "A certificate of the authority is signed with SHA-1.",
        "Un certificat de l’autorité est signé avec SHA-1.",
    ),
    Text::new(
        "Move the authority to SHA-256 (certutil -setreg ca\\csp\\CNGHashAlgorithm SHA256), renew its certificate, and deliver the new root.",
        "Passez l’autorité à SHA-256 (certutil -setreg ca\\csp\\CNGHashAlgorithm SHA256), renouvelez son certificat et livrez la nouvelle racine.",
    ),
);
const OK: Reason = Reason::pass("ok", Text::new("The authority is sound.", "L’autorité est saine."));

const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";

async fn judge(server: &ScepServer, facts: &Facts) -> Result<Outcome, Unknown> {
    let way = match dialogue::reach(server, facts).await? {
        Ok(way) => way,
        Err(outcome) => return Ok(outcome),
    };
    let mut outcomes = Vec::new();
    for (message, authority) in dialogue::certificates(server, &way, facts).await? {
        let Text { en: who_en, fr: who_fr } = dialogue::sender(message);
        outcomes.push(match &authority.outcome {
            Err(failure) => {
                let Message { en, fr } = dialogue::in_words(failure);
                UNREACHABLE.because(say!(en: "GetCACert: {en}.", fr: "GetCACert : {fr}."))
            }
            Ok(answered) if answered.status != 200 => {
                let status = answered.status;
                REFUSED.because(say!(
                    en: "GetCACert as {who_en} gets status {status}.",
                    fr: "GetCACert tel que {who_fr} reçoit le statut {status}."
                ))
            }
            Ok(answered) => match Bag::read(answered) {
                Ok(bag) => shown(server, &bag, facts),
                Err(Message { en, fr }) => UNPARSABLE.because(say!(
                    en: "GetCACert as {who_en} gets no certificate: {en}.",
                    fr: "GetCACert tel que {who_fr} ne reçoit pas de certificat : {fr}."
                )),
            },
        });
    }
    Ok(Outcome::worst_of(CHECK.reasons, outcomes)
        .unwrap_or_else(|| UNREACHABLE.because(UNREACHABLE.meaning.into())))
}

fn shown(server: &ScepServer, bag: &Bag, facts: &Facts) -> Outcome {
    let now = facts.now();
    let limits = Limits::of(&server.given.thresholds);
    let mut outcomes = Vec::new();
    for Shown { view, .. } in &bag.authorities {
        let age = dated::age(view, now, limits);
        let sentence = dated::sentence(view, age, now);
        outcomes.extend(match age {
            Age::Expired | Age::NotYetValid => Some(EXPIRED.because(sentence)),
            Age::EndsVerySoon | Age::EndsSoon => Some(EXPIRES_SOON.because(sentence)),
            Age::Good => None,
        });
        outcomes.extend(signature(view));
    }
    outcomes.extend(compared(server, bag));
    let first = bag.authorities.iter().map(|shown| shown.view.not_after).min();
    let names: Vec<&str> = bag.authorities.iter().map(|shown| shown.view.short_name()).collect();
    let Message { en, fr } = crate::text::listed_in_part(&names);
    let until = first.map(dated::day).unwrap_or_default();
    outcomes.push(OK.because(say!(
        en: "The server shows {en}, valid until {until}.",
        fr: "Le serveur présente {fr}, valable jusqu’au {until}."
    )));
    let worst = Outcome::worst_of(CHECK.reasons, outcomes).unwrap_or_else(|| OK.because(OK.meaning.into()));
    let prints: Vec<_> = bag.authorities.iter().map(|shown| thumbprints(&shown.view)).collect();
    worst.notes(bag.notes.clone()).expires_at(first).evidence("authorities", prints)
}

fn thumbprints(view: &Certificate) -> serde_json::Value {
    serde_json::json!({
        "subject": view.subject.chars().take(256).collect::<String>(),
        "sha1": view.sha1,
        "sha256": view.sha256,
        "not_after": view.not_after,
    })
}

/// What the authority is signed with counts even where it is a root: iOS looks.
fn signature(view: &Certificate) -> Option<Outcome> {
    let name = view.short_name();
    if view.signature_oid == RSASSA_PSS {
        return Some(UNSUPPORTED_SIGNATURE.because(say!(
            en: "{name} is signed with RSASSA-PSS.",
            fr: "{name} est signé avec RSASSA-PSS."
        )));
    }
    let digest = view.weak_signature()?;
    Some(WEAK_SIGNATURE.because(say!(
        en: "{name} is signed with {digest}.",
        fr: "{name} est signé avec {digest}."
    )))
}

/// The configured thumbprint may be that of any authority in the answer.
fn compared(server: &ScepServer, bag: &Bag) -> Option<Outcome> {
    let wanted = server.target.ca_thumbprint.as_deref()?;
    let fits = |shown: &Shown| shown.view.sha1 == wanted || shown.view.sha256 == wanted;
    if bag.authorities.iter().any(fits) {
        return None;
    }
    let shouted = wanted.to_ascii_uppercase();
    let top = bag.top()?;
    let (name, print) = (top.view.short_name(), top.view.sha1.to_ascii_uppercase());
    if !top.view.self_issued() {
        let above = top.view.short_issuer();
        return Some(ROOT_NOT_SERVED.because(say!(
            en: "The expected thumbprint {shouted} is none of the served certificates; it may be that of {above}, which the server does not send.",
            fr: "L’empreinte attendue {shouted} n’est celle d’aucun certificat présenté ; c’est peut-être celle de {above}, que le serveur n’envoie pas."
        )));
    }
    let full = top.view.sha256.to_ascii_uppercase();
    Some(
        THUMBPRINT_MISMATCH
            .because(say!(
                en: "The server shows {name} with thumbprint {print}, not {shouted}.",
                fr: "Le serveur présente {name}, d’empreinte {print}, et non {shouted}."
            ))
            .wanted(Message::same(shouted.clone()))
            .remedy(say!(
                en: "In the trusted-certificate profile that the SCEP profile names, put the certificate of {name} (SHA-1 {print}, SHA-256 {full}), and assign it to the same groups; or bring the server back to the authority with {shouted}.",
                fr: "Dans le profil de certificat approuvé désigné par le profil SCEP, mettez le certificat de {name} (SHA-1 {print}, SHA-256 {full}) et affectez-le aux mêmes groupes ; ou ramenez le serveur à l’autorité {shouted}."
            )),
    )
}
