//! What is told of a path: the worst of its elements, and what to do about it.

use facts::Certificate;

use super::reasons::{GOOD, NOT_OFFERED, REASONS, REVOKED, STALE, UNAVAILABLE};
use super::{Conclusion, Examined, Heard, Said, Source, is_http, words};
use crate::check::Outcome;
use crate::remedy::Remedy;
use crate::say;
use crate::subject::Server;
use crate::text::{Message, Text, listed};

pub(crate) fn judge(path: &[Examined], leaf: &Certificate, server: &Server) -> Outcome {
    let outcomes = path.iter().enumerate().filter_map(|(place, element)| trouble(place, element, server));
    let outcome = Outcome::worst_of(&REASONS, outcomes).unwrap_or_else(|| untroubled(path, leaf));
    let evidence: Vec<_> = path.iter().map(Examined::evidence).collect();
    outcome.found(path.iter().flat_map(Examined::lines)).evidence("revocation", evidence)
}

/// Every element is good, or offers nothing.
fn untroubled(path: &[Examined], leaf: &Certificate) -> Outcome {
    let good: Vec<&Examined> = path.iter().filter(|e| e.conclusion() == Conclusion::Good).collect();
    let silent = path.iter().filter(|e| e.conclusion() == Conclusion::NotOffered).map(|element| {
        let name = element.name();
        say!(
            en: "{name} names neither a responder nor a list: whether it is revoked cannot be looked up.",
            fr: "{name} ne désigne ni répondeur ni liste : sa révocation ne peut pas être vérifiée."
        )
    });
    let besides = good.iter().flat_map(|element| element.troubles()).map(|Message { en, fr }| {
        say!(en: "Another source answered in place of {en}.", fr: "Une autre source a répondu à la place de {fr}.")
    });
    let name = words::name(leaf);
    match good.as_slice() {
        [] => NOT_OFFERED.because(say!(
            en: "{name} and its path name neither a responder nor a list.",
            fr: "{name} et son chemin ne désignent ni répondeur ni liste."
        )),
        [one] => {
            let name = one.name();
            let by = one.settled_by().map(|heard| heard.source.in_words());
            let Message { en, fr } = by.unwrap_or_else(|| Message::same(""));
            GOOD.because(
                say!(en: "{name} is not revoked, says {en}.", fr: "{name} n’est pas révoqué, dit {fr}."),
            )
            .notes(silent)
            .notes(besides)
        }
        several => {
            let names = listed(&several.iter().map(|element| element.name()).collect::<Vec<_>>());
            let (en, fr) = (names.en, names.fr);
            GOOD.because(say!(en: "Not revoked: {en}.", fr: "Non révoqués : {fr}."))
                .notes(silent)
                .notes(besides)
        }
    }
}

fn trouble(place: usize, element: &Examined, server: &Server) -> Option<Outcome> {
    match element.conclusion() {
        Conclusion::Good | Conclusion::NotOffered => None,
        Conclusion::Revoked => Some(revoked(place, element, server)),
        Conclusion::Stale => Some(stale(element, server).wanted(wanted())),
        Conclusion::Unavailable => Some(unavailable(element, server).wanted(wanted())),
    }
}

fn wanted() -> Message {
    Text::new(
        "an answer of the authority, signed and in date",
        "une réponse de l’autorité, signée et en cours de validité",
    )
    .into()
}

fn revoked(place: usize, element: &Examined, server: &Server) -> Outcome {
    let (name, serial, at) = (element.name(), &element.certificate.serial, &server.at);
    let issuer = element.certificate.short_issuer();
    let by = element.settled_by();
    let since = by.map_or_else(String::new, |heard| match heard.said {
        Said::Revoked { since } => words::moment(since),
        _ => String::new(),
    });
    let Message { en, fr } = by.map(|heard| heard.source.in_words()).unwrap_or_else(|| Message::same(""));
    let remedy = match place {
        0 => say!(
            en: "Request a new certificate for {name} from {issuer}, and install it with its chain on {at}, in place of the one with the serial number",
            fr: "Demandez à {issuer} un nouveau certificat pour {name}, et installez-le avec sa chaîne sur {at}, à la place de celui dont le numéro de série est"
        ),
        _ => say!(
            en: "The authority {name} itself was revoked: request a certificate from another one, and install it with its chain on {at}. Nothing may stand below the authority with the serial number",
            fr: "L’autorité {name} elle-même est révoquée : demandez un certificat à une autre, et installez-le avec sa chaîne sur {at}. Rien ne doit dépendre de l’autorité dont le numéro de série est"
        ),
    };
    REVOKED
        .because(say!(
            en: "{name} has been revoked since {since}, says {en}.",
            fr: "{name} est révoqué depuis le {since}, dit {fr}."
        ))
        .wanted(
            Text::new(
                "certificates that are not revoked, up to the root",
                "des certificats non révoqués, jusqu’à la racine",
            )
            .into(),
        )
        .remedy(Remedy::from(remedy).copy(serial.clone()))
}

fn stale(element: &Examined, server: &Server) -> Outcome {
    let (name, issuer, at) = (element.name(), element.certificate.short_issuer(), &server.at);
    let said = joined(element.troubles());
    let (en, fr) = (said.en, said.fr);
    let outcome = STALE.because(say!(
        en: "No current answer about {name}: {en}.",
        fr: "Pas de réponse en cours de validité sur {name} : {fr}."
    ));
    let published =
        |heard: &&Heard| heard.source != Source::Stapled && matches!(heard.said, Said::Stale { .. });
    if !element.heard.iter().any(|heard| published(&heard)) {
        return outcome.remedy(say!(
            en: "Let {at} fetch a new answer for stapling: it must reach the responder; restart its web service if it does not by itself.",
            fr: "Faites chercher par {at} une nouvelle réponse à agrafer : il doit joindre le répondeur ; redémarrez son service web s’il ne le fait pas de lui-même."
        ));
    }
    let remedy = Remedy::from(say!(
        en: "Have the authority {issuer} publish a new list, and its responder answer from it.",
        fr: "Demandez à l’autorité {issuer} de publier une nouvelle liste, sur laquelle son répondeur se fonde ensuite."
    ));
    outcome.remedy(remedy.or(
        Text::new(
            "On Active Directory Certificate Services:",
            "Sur les services de certificats Active Directory :",
        ),
        "certutil -crl",
    ))
}

fn unavailable(element: &Examined, server: &Server) -> Outcome {
    let (name, issuer, at) = (element.name(), element.certificate.short_issuer(), &server.at);
    if !element.issuer_known {
        let outcome = UNAVAILABLE.because(say!(
            en: "Whether {name} is revoked could not be verified: its issuer {issuer} is neither sent nor known.",
            fr: "La révocation de {name} n’a pas pu être vérifiée : son émetteur {issuer} n’est ni envoyé ni connu."
        ));
        return outcome.remedy(say!(
            en: "Let {at} send its whole chain (see tls.chain); answers are verified with the key of {issuer}.",
            fr: "Faites envoyer par {at} sa chaîne entière (voyez tls.chain) ; les réponses se vérifient avec la clé de {issuer}."
        ));
    }
    let said = joined(element.troubles());
    let (en, fr) = (said.en, said.fr);
    let outcome = UNAVAILABLE.because(say!(
        en: "Whether {name} is revoked could not be learnt: {en}.",
        fr: "On n’a pas pu savoir si {name} est révoqué : {fr}."
    ));
    let urls = |wanted: fn(&Said) -> bool| {
        let heard = element.heard.iter().filter(|heard| wanted(&heard.said));
        heard.filter_map(|heard| heard.source.url()).collect::<Vec<_>>()
    };
    let unreached = urls(|said| matches!(said, Said::Unreached(_)));
    let unusable: Vec<String> =
        urls(|said| matches!(said, Said::Unusable(_))).into_iter().filter(|url| is_http(url)).collect();
    let reach = Text::new(
        "Let the devices, and this machine, reach these addresses without signing in at a proxy:",
        "Laissez les appareils, et cette machine, joindre ces adresses sans authentification auprès d’un proxy :",
    );
    let remedy = match (unreached.as_slice(), unusable.as_slice()) {
        ([], []) => Remedy::from(say!(
            en: "Have {issuer} name an HTTP address in its certificates (CRL distribution point), and request the certificate of {name} again.",
            fr: "Faites désigner par {issuer} une adresse HTTP dans ses certificats (point de distribution de CRL), et demandez de nouveau le certificat de {name}."
        )),
        ([], _) => Remedy::from(say!(
            en: "Have the authority {issuer} give usable answers at:",
            fr: "Demandez à l’autorité {issuer} de donner des réponses utilisables à :"
        ))
        .copy(unusable.join("\n")),
        (_, []) => Remedy::from(reach).copy(unreached.join("\n")),
        _ => Remedy::from(reach).copy(unreached.join("\n")).or(
            Text::new(
                "And have the authority give usable answers at:",
                "Et faites donner par l’autorité des réponses utilisables à :",
            ),
            unusable.join("\n"),
        ),
    };
    outcome.remedy(remedy)
}

fn joined(messages: Vec<Message>) -> Message {
    let (en, fr): (Vec<_>, Vec<_>) = messages.into_iter().map(|message| (message.en, message.fr)).unzip();
    Message { en: en.join("; "), fr: fr.join(" ; ") }
}
