//! The SCEP server can do what today's devices ask of it.

use facts::{Facts, Unknown};

use super::answer::TROUBLESHOOT;
use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::documents::whole;
use crate::enrollment_server::{self as dialogue, Capabilities, UNREACHABLE};
use crate::say;
use crate::subject::{ScepKind, ScepServer};
use crate::text::{Message, Text, listed};

pub static CHECK: Check = Check {
    id: "scep.capabilities",
    title: Text::new(
        "The SCEP server can do what devices ask of it",
        "Le serveur SCEP sait faire ce que les appareils lui demandent",
    ),
    why: Text::new(
        "Before it asks for a certificate, a device asks the server what it can do (GetCACaps), each platform with a message of \
         its own. Without POST a device must squeeze its request into an address; without SHA-256 it falls back on what newer \
         systems refuse.",
        "Avant de demander un certificat, un appareil demande au serveur ce qu’il sait faire (GetCACaps), chaque plateforme avec \
         son propre message. Sans POST, l’appareil doit glisser sa requête dans une adresse ; sans SHA-256, il retombe sur ce que \
         les systèmes récents refusent.",
    ),
    affects: Text::new(
        "devices that get a SCEP certificate",
        "les appareils qui reçoivent un certificat SCEP",
    ),
    reasons: &[OK, WEAK, EMPTY, REFUSED, UNREACHABLE],
    references: &[TROUBLESHOOT, RFC8894],
    symptoms: &[Text::new(
        "The device log shows GetCACaps failing, and no certificate is asked for.",
        "Le journal de l’appareil montre l’échec de GetCACaps, et aucun certificat n’est demandé.",
    )],
    judge: Judge::EachScepServer(|server, facts| Box::pin(judge(server, facts))),
};

pub(super) const RFC8894: Reference = Reference {
    title: Text::new("RFC 8894: Simple Certificate Enrolment Protocol", "RFC 8894 : protocole SCEP"),
    url: "https://www.rfc-editor.org/rfc/rfc8894",
};
const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "The server offers POST and SHA-256 or stronger.",
        "Le serveur offre POST et SHA-256 ou plus fort.",
    ),
);
const WEAK: Reason = Reason::warn(
    "weak",
    Text::new(
        "The server offers no POST, or no digest as strong as SHA-256.",
        "Le serveur n’offre pas POST, ou aucune empreinte aussi forte que SHA-256.",
    ),
    Text::new(
        "Bring the SCEP server up to date. NDES offers both since Windows Server 2012 R2; another product has settings for its capabilities.",
        "Mettez le serveur SCEP à jour. NDES offre les deux depuis Windows Server 2012 R2 ; un autre produit a des réglages pour ses capacités.",
    ),
);
const EMPTY: Reason = Reason::fail(
    "empty",
    Text::new("The answer names no capability.", "La réponse ne nomme aucune capacité."),
    Text::new(
        "Look at what answers GetCACaps: a proxy or a page may stand in the SCEP server's place.",
        "Regardez ce qui répond à GetCACaps : un proxy ou une page se tient peut-être à la place du serveur SCEP.",
    ),
);
const REFUSED: Reason = Reason::fail(
    "refused",
    Text::new("The server refuses the question.", "Le serveur refuse la question."),
    Text::new(
        "Open the same address with ?operation=GetCACaps&message=ca in a browser: NDES answers 200. See scep.answer, and on NDES the IIS log of that request.",
        "Ouvrez la même adresse avec ?operation=GetCACaps&message=ca dans un navigateur : NDES répond 200. Voyez scep.answer, et sur NDES le journal IIS de cette requête.",
    ),
);

async fn judge(server: &ScepServer, facts: &Facts) -> Result<Outcome, Unknown> {
    let way = match dialogue::reach(server, facts).await? {
        Ok(way) => way,
        Err(outcome) => return Ok(outcome),
    };
    let mut outcomes = Vec::new();
    for (message, fetched) in dialogue::capabilities(server, &way, facts).await? {
        let Text { en: who_en, fr: who_fr } = dialogue::sender(message);
        outcomes.push(match &fetched.outcome {
            Err(failure) => {
                let Message { en, fr } = dialogue::in_words(failure);
                UNREACHABLE.because(say!(en: "GetCACaps: {en}.", fr: "GetCACaps : {fr}."))
            }
            Ok(response) if response.status != 200 => {
                let status = response.status;
                REFUSED.because(say!(
                    en: "GetCACaps as {who_en} gets status {status}.",
                    fr: "GetCACaps tel que {who_fr} reçoit le statut {status}."
                ))
            }
            Ok(response) => match whole(response).map(Capabilities::read) {
                // Half a list of capabilities is another list.
                Err(Message { en, fr }) => UNREACHABLE.because(say!(
                    en: "The answer to GetCACaps as {who_en} is not whole: {en}.",
                    fr: "La réponse à GetCACaps tel que {who_fr} n’est pas entière : {fr}."
                )),
                Ok(Some(capabilities)) => offered(server, &capabilities),
                Ok(None) => EMPTY.because(say!(
                    en: "GetCACaps as {who_en} gets an answer without any capability ({size} octets).",
                    fr: "GetCACaps tel que {who_fr} reçoit une réponse sans aucune capacité ({size} octets).",
                    size = response.body.len()
                )),
            },
        });
    }
    Ok(Outcome::worst_of(CHECK.reasons, outcomes)
        .unwrap_or_else(|| UNREACHABLE.because(UNREACHABLE.meaning.into())))
}

fn offered(server: &ScepServer, capabilities: &Capabilities) -> Outcome {
    let words = capabilities.words();
    let Message { en, fr } = listed(&words);
    let outcome = match (capabilities.posts(), capabilities.strong_digest()) {
        (true, true) => OK.because(say!(en: "The server offers {en}.", fr: "Le serveur offre {fr}.")),
        (false, true) => WEAK.because(say!(
            en: "The server offers no POSTPKIOperation: requests go as long addresses.",
            fr: "Le serveur n’offre pas POSTPKIOperation : les requêtes passent en adresses longues."
        )),
        (true, false) => WEAK.because(say!(
            en: "The server offers no SHA-256 or stronger, only {en}.",
            fr: "Le serveur n’offre pas SHA-256 ou plus fort, seulement {fr}."
        )),
        (false, false) => WEAK.because(say!(
            en: "The server offers neither POSTPKIOperation nor SHA-256, only {en}.",
            fr: "Le serveur n’offre ni POSTPKIOperation ni SHA-256, seulement {fr}."
        )),
    };
    let outcome = outcome.evidence("capabilities", words);
    match capabilities.aes() {
        true => outcome,
        false if server.target.kind == ScepKind::Ndes => outcome.note(say!(
            en: "AES is not offered; NDES has long done without, with triple DES.",
            fr: "AES n’est pas offert ; NDES s’en passe depuis longtemps, avec le triple DES."
        )),
        false => outcome.note(say!(
            en: "AES is not offered; requests are encrypted with triple DES.",
            fr: "AES n’est pas offert ; les requêtes sont chiffrées en triple DES."
        )),
    }
}
