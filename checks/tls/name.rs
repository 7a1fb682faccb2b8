//! The server's certificate is for the name that devices use.

use facts::{Facts, Unknown};
use jiff::Timestamp;

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::say;
use crate::served::{self, Missing, Node, UNREACHABLE};
use crate::subject::Server;
use crate::text::{Message, Text, listed};

pub static CHECK: Check = Check {
    id: "tls.name",
    title: Text::new(
        "The server's certificate is for the name that devices use",
        "Le certificat du serveur est au nom que les appareils utilisent",
    ),
    why: Text::new(
        "A device compares the name that it asked for with the subject alternative names of the certificate. The common name has \
         not counted for years: a certificate without alternative names fits no name at all.",
        "Un appareil compare le nom qu’il a demandé avec les autres noms du sujet (SAN) du certificat. Le nom commun ne compte \
         plus depuis des années : un certificat sans SAN ne convient à aucun nom.",
    ),
    affects: Text::new("every device that talks to the server", "chaque appareil qui parle au serveur"),
    reasons: &[OK, NAME_MISMATCH, NO_SUBJECT_ALTERNATIVE_NAME, UNREACHABLE],
    references: &[RFC9525],
    symptoms: &[Text::new(
        "\"The identity of the server cannot be verified\" at sign-in or when the profile is installed.",
        "« L’identité du serveur ne peut pas être vérifiée » à la connexion ou à l’installation du profil.",
    )],
    judge: Judge::EachServer(|server, facts| Box::pin(judge(server, facts))),
};

const RFC9525: Reference = Reference {
    title: Text::new("RFC 9525: service identity in TLS", "RFC 9525 : identité du service dans TLS"),
    url: "https://www.rfc-editor.org/rfc/rfc9525#section-6.3",
};
const NAME_MISMATCH: Reason = Reason::fail(
    "name-mismatch",
    Text::new("The certificate is for other names.", "Le certificat est à d’autres noms."),
    Text::new(
        "Issue the certificate with this host among its subject alternative names, or bind the right certificate to this host (SNI).",
        "Émettez le certificat avec cet hôte parmi ses SAN, ou liez le bon certificat à cet hôte (SNI).",
    ),
);
const NO_SUBJECT_ALTERNATIVE_NAME: Reason = Reason::fail(
    "no-subject-alternative-name",
    Text::new("The certificate has no subject alternative name.", "Le certificat n’a pas de SAN."),
    Text::new(
        "Issue the certificate again with this host as a subject alternative name (DNS).",
        "Émettez de nouveau le certificat avec cet hôte comme SAN (DNS).",
    ),
);
const OK: Reason =
    Reason::pass("ok", Text::new("The certificate is for this host.", "Le certificat est à ce nom."));

async fn judge(server: &Server, facts: &Facts) -> Result<Outcome, Unknown> {
    let missing = Missing { unreachable: UNREACHABLE, no_certificate: None };
    let nodes = served::nodes(server, missing, facts).await?;
    let judged = nodes.served.iter().map(|node| judge_node(server, node, facts.now())).collect();
    Ok(nodes.together(CHECK.reasons, server, judged))
}

/// How many names a sentence can bear.
const SHOWN: usize = 5;
/// A name of the DNS has 253 characters at most.
const LONGEST: usize = 253;

fn judge_node(server: &Server, node: &Node, now: Timestamp) -> Outcome {
    let host = &server.at.host;
    let verdict = server.given.trust.judge(node.chain(), host.as_str(), now);
    let Some(leaf) = verdict.served.first() else {
        let at = &server.at;
        return UNREACHABLE.because(say!(
            en: "{at} shows a certificate that cannot be read.",
            fr: "{at} présente un certificat illisible."
        ));
    };
    if verdict.named {
        return OK.because(say!(
            en: "The certificate is for {host}.",
            fr: "Le certificat est au nom de {host}."
        ));
    }
    if leaf.names.is_empty() {
        let name = leaf.short_name();
        return NO_SUBJECT_ALTERNATIVE_NAME
            .because(say!(
                en: "The certificate {name} has no subject alternative name; its common name counts for nothing.",
                fr: "Le certificat {name} n’a pas de SAN ; son nom commun ne compte pas."
            ))
            .remedy(say!(
                en: "Issue the certificate again with the subject alternative name DNS:{host}.",
                fr: "Émettez de nouveau le certificat avec le SAN DNS:{host}."
            ));
    }
    if leaf.names.iter().any(|name| name.eq_ignore_ascii_case(host.as_str())) {
        let at = &server.at;
        return UNREACHABLE.because(say!(
            en: "The certificate of {at} names {host}, but as a whole it is of a form that verifiers refuse.",
            fr: "Le certificat de {at} nomme {host}, mais il est dans son ensemble d’une forme que les vérificateurs refusent."
        ));
    }
    let shortened = |name: &String| name.chars().take(LONGEST).collect();
    let shown: Vec<String> = leaf.names.iter().take(SHOWN).map(shortened).collect();
    let more = leaf.names.len().saturating_sub(SHOWN);
    let Message { en, fr } = match more {
        0 => listed(&shown),
        _ => {
            let shown = shown.join(", ");
            say!(en: "{shown} and {more} more", fr: "{shown} et {more} autres")
        }
    };
    NAME_MISMATCH
        .because(say!(
            en: "The certificate is not for {host}, but for {en}.",
            fr: "Le certificat n’est pas au nom de {host}, mais de {fr}."
        ))
        .wanted(Message::same(format!("DNS:{host}")))
        .remedy(say!(
            en: "Issue the certificate again with {host} among its subject alternative names, or bind the certificate that has it to this host (SNI).",
            fr: "Émettez de nouveau le certificat avec {host} parmi ses SAN, ou liez à cet hôte (SNI) le certificat qui le porte."
        ))
}
