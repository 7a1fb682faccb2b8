//! No certificate of the served path was revoked.

use facts::{Facts, Unknown};
use futures_util::future::try_join_all;

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::remedy::Remedy;
use crate::revocation::{self, Conclusion, Examined, Said, Source, is_http, words};
use crate::say;
use crate::served::{self, Look, Node, State};
use crate::subject::Server;
use crate::text::{Message, Text, listed};

pub static CHECK: Check = Check {
    id: "tls.revocation",
    title: Text::new("No certificate of the server was revoked", "Aucun certificat du serveur n’est révoqué"),
    why: Text::new(
        "An authority can take a certificate back before it expires: after a theft of its key, or a mistake. Programs that look \
         this up refuse a revoked certificate; some also refuse one whose authority gives no answer. Which do differs from program \
         to program: Windows leaves it to each, and many clients go on where nothing answers. The root is not looked at: nobody \
         stands above it who could take it back.",
        "Une autorité peut reprendre un certificat avant son expiration : après un vol de clé, ou une erreur. Les programmes qui le \
         vérifient refusent un certificat révoqué ; certains refusent aussi celui dont l’autorité ne répond pas. Cela varie d’un \
         programme à l’autre : Windows laisse le choix à chacun, et beaucoup de clients continuent quand rien ne répond. La racine \
         n’est pas examinée : personne au-dessus d’elle ne pourrait la reprendre.",
    ),
    affects: Text::new(
        "devices and programs that look revocation up",
        "les appareils et programmes qui vérifient la révocation",
    ),
    reasons: &[GOOD, REVOKED, NOT_OFFERED, UNAVAILABLE, STALE, UNREACHABLE],
    references: &[OCSP, PATHS, CERTUTIL],
    symptoms: &[
        Text::new(
            "\"The certificate is revoked\" (Windows: CRYPT_E_REVOKED, 0x80092010).",
            "« Le certificat est révoqué » (Windows : CRYPT_E_REVOKED, 0x80092010).",
        ),
        Text::new(
            "\"The revocation function was unable to check revocation because the revocation server was offline\" (Windows: \
             CRYPT_E_REVOCATION_OFFLINE, 0x80092013).",
            "« La fonction de révocation n’a pas pu vérifier la révocation car le serveur de révocation était déconnecté » (Windows : \
             CRYPT_E_REVOCATION_OFFLINE, 0x80092013).",
        ),
    ],
    judge: Judge::EachServer(|server, facts| Box::pin(judge(server, facts))),
};

const OCSP: Reference = Reference {
    title: Text::new(
        "RFC 6960: online certificate status protocol",
        "RFC 6960 : protocole OCSP d’état des certificats",
    ),
    url: "https://www.rfc-editor.org/rfc/rfc6960",
};
const PATHS: Reference = Reference {
    title: Text::new("RFC 5280, 6.3: validation of lists", "RFC 5280, 6.3 : validation des listes"),
    url: "https://www.rfc-editor.org/rfc/rfc5280#section-6.3",
};
const CERTUTIL: Reference = Reference {
    title: Text::new(
        "certutil: publishing and testing lists on Windows",
        "certutil : publier et tester les listes sous Windows",
    ),
    url: "https://learn.microsoft.com/windows-server/administration/windows-commands/certutil",
};

const GOOD: Reason = Reason::pass(
    "good",
    Text::new(
        "A current, signed answer says of each certificate that it is not revoked.",
        "Une réponse signée et en cours de validité dit de chaque certificat qu’il n’est pas révoqué.",
    ),
);
const REVOKED: Reason = Reason::fail(
    "revoked",
    Text::new(
        "The authority took a certificate of the path back.",
        "L’autorité a repris un certificat du chemin.",
    ),
    Text::new(
        "Request a new certificate and install it with its chain.",
        "Demandez un nouveau certificat et installez-le avec sa chaîne.",
    ),
);
const NOT_OFFERED: Reason = Reason::pass(
    "not-offered",
    Text::new(
        "No certificate of the path names a responder or a list, so nobody can look it up.",
        "Aucun certificat du chemin ne désigne de répondeur ni de liste : personne ne peut vérifier.",
    ),
);
const UNAVAILABLE: Reason = Reason::warn(
    "unavailable",
    Text::new(
        "A responder or a list is named and gives no usable answer.",
        "Un répondeur ou une liste est désigné et ne donne pas de réponse utilisable.",
    ),
    Text::new(
        "Let the devices reach the responders and lists that the certificates name, or have the authority repair them.",
        "Laissez les appareils joindre les répondeurs et listes que désignent les certificats, ou faites-les réparer par l’autorité.",
    ),
);
const STALE: Reason = Reason::warn(
    "stale",
    Text::new(
        "The only answer there is has passed its end.",
        "La seule réponse disponible a dépassé sa date de fin.",
    ),
    Text::new(
        "Have the authority publish a new list or answer.",
        "Faites publier par l’autorité une nouvelle liste ou réponse.",
    ),
);
const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new(
        "The server could not be reached, or showed no certificate.",
        "Le serveur est injoignable, ou n’a présenté aucun certificat.",
    ),
    Text::new("See tls.chain for what stands in the way.", "Voyez dans tls.chain ce qui fait obstacle."),
);

async fn judge(server: &Server, facts: &Facts) -> Result<Outcome, Unknown> {
    let at = &server.at;
    let nodes = match served::look(server, facts).await? {
        Look::Nodes(nodes) => nodes,
        Look::Unresolved(Message { en, fr }) => {
            return Ok(UNREACHABLE.because(say!(en: "{at}: {en}.", fr: "{at} : {fr}.")));
        }
    };
    let judged = try_join_all(nodes.iter().map(|node| at_node(node, server, facts))).await?;
    let mut kinds: Vec<(Vec<String>, Outcome)> = Vec::new();
    for (node, outcome) in nodes.iter().zip(judged) {
        let same = |known: &Outcome| known.reason == outcome.reason && known.summary == outcome.summary;
        match kinds.iter_mut().find(|(_, known)| same(known)) {
            Some((addresses, _)) => addresses.push(node.address()),
            None => kinds.push((vec![node.address()], outcome)),
        }
    }
    let differ = kinds.len() > 1;
    let outcomes = kinds.into_iter().map(|(addresses, mut outcome)| {
        if differ {
            let (here, said) = (listed(&addresses), outcome.summary);
            let (here_en, here_fr, en, fr) = (here.en, here.fr, said.en, said.fr);
            outcome.summary = say!(en: "At {here_en}: {en}", fr: "À {here_fr} : {fr}");
        }
        outcome
    });
    let nobody = || {
        UNREACHABLE
            .because(say!(en: "{at} has no address to ask.", fr: "{at} n’a pas d’adresse à interroger."))
    };
    Ok(Outcome::worst_of(CHECK.reasons, outcomes).unwrap_or_else(nobody))
}

async fn at_node(node: &Node, server: &Server, facts: &Facts) -> Result<Outcome, Unknown> {
    let at = &server.at;
    match &node.state {
        State::Unreachable(Message { en, fr }) => {
            return Ok(UNREACHABLE.because(say!(en: "{at}: {en}.", fr: "{at} : {fr}.")));
        }
        State::NoCertificate(Message { en, fr }) => {
            return Ok(UNREACHABLE.because(say!(
                en: "{at} shows no certificate: {en}.",
                fr: "{at} ne présente aucun certificat : {fr}."
            )));
        }
        State::Served => {}
    }
    let leaf = node.chain().first().and_then(|der| facts::Certificate::parse(der).ok());
    let Some(leaf) = leaf else {
        return Ok(UNREACHABLE.because(say!(
            en: "{at} shows a certificate that cannot be read.",
            fr: "{at} présente un certificat illisible."
        )));
    };
    let path = revocation::examine(node.chain(), node.stapled(), &server.given.trust, facts).await?;
    let outcomes = path.iter().enumerate().filter_map(|(place, element)| trouble(place, element, server));
    let outcome = Outcome::worst_of(CHECK.reasons, outcomes).unwrap_or_else(|| untroubled(&path, &leaf));
    let evidence: Vec<_> = path.iter().map(Examined::evidence).collect();
    Ok(outcome.found(path.iter().flat_map(Examined::lines)).evidence("revocation", evidence))
}

/// Every element is good, or offers nothing.
fn untroubled(path: &[Examined], leaf: &facts::Certificate) -> Outcome {
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
            fr: "Demandez à {issuer} un nouveau certificat pour {name}, et installez-le avec sa chaîne sur {at}, à la place de celui de numéro de série"
        ),
        _ => say!(
            en: "The authority {name} itself was revoked: request a certificate from another one, and install it with its chain on {at}. Nothing may stand below the authority with the serial number",
            fr: "L’autorité {name} elle-même est révoquée : demandez un certificat à une autre, et installez-le avec sa chaîne sur {at}. Rien ne doit dépendre de l’autorité de numéro de série"
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
    let published = |heard: &&revocation::Heard| {
        heard.source != Source::Stapled && matches!(heard.said, Said::Stale { .. })
    };
    if !element.heard.iter().any(|heard| published(&heard)) {
        return outcome.remedy(say!(
            en: "Let {at} fetch a new answer for stapling: it must reach the responder; restart its web service if it does not by itself.",
            fr: "Faites chercher par {at} une nouvelle réponse à agrafer : il doit joindre le répondeur ; redémarrez son service web s’il ne le fait pas de lui-même."
        ));
    }
    let remedy = Remedy::from(say!(
        en: "Have the authority {issuer} publish a new list, and its responder answer from it.",
        fr: "Faites publier par l’autorité {issuer} une nouvelle liste, et faites répondre son répondeur d’après elle."
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
    let unusable = urls(|said| matches!(said, Said::Unusable(_)));
    let remedy = if !unreached.is_empty() {
        Remedy::from(Text::new(
            "Let the devices, and this machine, reach these addresses without signing in at a proxy:",
            "Laissez les appareils, et cette machine, joindre ces adresses sans authentification auprès d’un proxy :",
        ))
        .copy(unreached.join("\n"))
    } else if !unusable.iter().any(|url| is_http(url)) {
        Remedy::from(say!(
            en: "Have {issuer} name an HTTP address in its certificates (CRL distribution point), and request the certificate of {name} again.",
            fr: "Faites désigner par {issuer} une adresse HTTP dans ses certificats (point de distribution de CRL), et demandez de nouveau le certificat de {name}."
        ))
    } else {
        Remedy::from(say!(
            en: "Have the authority {issuer} give usable answers at:",
            fr: "Faites donner par l’autorité {issuer} des réponses utilisables à :"
        ))
        .copy(unusable.join("\n"))
    };
    outcome.remedy(remedy)
}

fn joined(messages: Vec<Message>) -> Message {
    let (en, fr): (Vec<_>, Vec<_>) = messages.into_iter().map(|message| (message.en, message.fr)).unzip();
    Message { en: en.join("; "), fr: fr.join(" ; ") }
}
