//! The server speaks a protocol of today, with keys and signatures of today.

use facts::certificate::Key;
use facts::tls::Offer;
use facts::{Certificate, Facts, Unknown};

use crate::chain::Verdict;
use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::say;
use crate::served::{self, Missing, Node, UNREACHABLE};
use crate::subject::Server;
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "tls.strength",
    title: Text::new(
        "The server's protocol, keys and signatures are of today",
        "Le protocole, les clés et les signatures du serveur sont actuels",
    ),
    why: Text::new(
        "Devices no longer speak TLS 1.0 and 1.1, nor accept RSA keys below 2048 bits or signatures with SHA-1. A server that \
         offers nothing newer is dead for them; one that still accepts old protocols beside new ones is a risk, not an obstacle.",
        "Les appareils ne parlent plus TLS 1.0 ni 1.1, et n’acceptent ni clés RSA de moins de 2048 bits ni signatures SHA-1. Un \
         serveur qui n’offre rien de plus récent est mort pour eux ; un serveur qui accepte encore les anciens protocoles à côté \
         des nouveaux est un risque, pas un obstacle.",
    ),
    affects: Text::new("every device that talks to the server", "chaque appareil qui parle au serveur"),
    reasons: &[LEGACY_PROTOCOL_ONLY, WEAK_KEY, WEAK_SIGNATURE, LEGACY_PROTOCOL_ENABLED, OK, UNREACHABLE],
    references: &[RFC8996, APPLE_TRUST],
    symptoms: &[Text::new(
        "\"A TLS error caused the secure connection to fail\", while old desktop clients still connect.",
        "« Une erreur TLS a provoqué l’échec de la connexion sécurisée », alors que d’anciens postes se connectent encore.",
    )],
    judge: Judge::EachServer(|server, facts| Box::pin(judge(server, facts))),
};

const RFC8996: Reference = Reference {
    title: Text::new("RFC 8996: TLS 1.0 and 1.1 are deprecated", "RFC 8996 : TLS 1.0 et 1.1 sont obsolètes"),
    url: "https://www.rfc-editor.org/rfc/rfc8996",
};
const APPLE_TRUST: Reference = Reference {
    title: Text::new(
        "Apple: requirements for trusted certificates",
        "Apple : exigences pour les certificats de confiance",
    ),
    url: "https://support.apple.com/103769",
};
const LEGACY_PROTOCOL_ONLY: Reason = Reason::fail(
    "legacy-protocol-only",
    Text::new(
        "The server speaks nothing newer than TLS 1.1.",
        "Le serveur ne parle rien de plus récent que TLS 1.1.",
    ),
    Text::new(
        "Enable TLS 1.2 and TLS 1.3 on the server. nginx: ssl_protocols TLSv1.2 TLSv1.3; Apache: SSLProtocol -all +TLSv1.2 +TLSv1.3; Windows: the registry keys under SCHANNEL\\Protocols, then a restart.",
        "Activez TLS 1.2 et TLS 1.3 sur le serveur. nginx : ssl_protocols TLSv1.2 TLSv1.3 ; Apache : SSLProtocol -all +TLSv1.2 +TLSv1.3 ; Windows : les clés de registre sous SCHANNEL\\Protocols, puis un redémarrage.",
    ),
);
const WEAK_KEY: Reason = Reason::fail(
    "weak-key",
    Text::new(
        "A key of the chain is too short: RSA below 2048 bits, or an elliptic curve below 256.",
        "Une clé de la chaîne est trop courte : RSA de moins de 2048 bits, ou courbe elliptique de moins de 256.",
    ),
    Text::new(
        "Issue the named certificate again with a new key: RSA of at least 2048 bits, or P-256.",
        "Émettez de nouveau le certificat nommé avec une nouvelle clé : RSA d’au moins 2048 bits, ou P-256.",
    ),
);
const WEAK_SIGNATURE: Reason = Reason::fail(
    "weak-signature",
    Text::new(
        "A certificate of the chain is signed with SHA-1 or MD5.",
        "Un certificat de la chaîne est signé avec SHA-1 ou MD5.",
    ),
    Text::new(
        "Issue the named certificate again, signed with SHA-256. On an enterprise authority: certutil -setreg ca\\csp\\CNGHashAlgorithm SHA256, restart it, then issue.",
        "Émettez de nouveau le certificat nommé, signé avec SHA-256. Sur une autorité d’entreprise : certutil -setreg ca\\csp\\CNGHashAlgorithm SHA256, redémarrez-la, puis émettez.",
    ),
);
const LEGACY_PROTOCOL_ENABLED: Reason = Reason::warn(
    "legacy-protocol-enabled",
    Text::new(
        "The server still accepts TLS 1.1 or older beside newer versions.",
        "Le serveur accepte encore TLS 1.1 ou plus ancien à côté des versions récentes.",
    ),
    Text::new(
        "Switch TLS 1.0 and 1.1 off where no old client needs them. nginx: ssl_protocols TLSv1.2 TLSv1.3; Apache: SSLProtocol -all +TLSv1.2 +TLSv1.3; Windows: the registry keys under SCHANNEL\\Protocols.",
        "Désactivez TLS 1.0 et 1.1 si aucun ancien client n’en a besoin. nginx : ssl_protocols TLSv1.2 TLSv1.3 ; Apache : SSLProtocol -all +TLSv1.2 +TLSv1.3 ; Windows : les clés de registre sous SCHANNEL\\Protocols.",
    ),
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new("Protocol, keys and signatures are of today.", "Protocole, clés et signatures sont actuels."),
);

async fn judge(server: &Server, facts: &Facts) -> Result<Outcome, Unknown> {
    let missing = Missing { unreachable: UNREACHABLE, no_certificate: None };
    let nodes = served::nodes(server, missing, facts).await?;
    let asked = nodes.served.iter().map(|node| judge_node(server, node, facts));
    let judged = futures_util::future::try_join_all(asked).await?;
    Ok(nodes.together(CHECK.reasons, server, judged))
}

async fn judge_node(server: &Server, node: &Node, facts: &Facts) -> Result<Outcome, Unknown> {
    let at = &server.at;
    let version = node.version().unwrap_or("TLS");
    let cipher = node.cipher().unwrap_or_default();
    let mut outcomes = vec![OK.because(say!(
        en: "{at} speaks {version} with keys and signatures of today.",
        fr: "{at} parle {version} avec des clés et des signatures actuelles."
    ))];
    if let Some(Message { en, fr }) = node.unfinished() {
        return Ok(UNREACHABLE.because(say!(
            en: "{at} agrees on {version} with {cipher}, but no handshake with it comes to an end: {en}.",
            fr: "{at} s’accorde sur {version} avec {cipher}, mais aucune négociation avec lui n’aboutit : {fr}."
        )));
    }
    if node.is_too_old() {
        outcomes.push(if is_legacy(version) {
            LEGACY_PROTOCOL_ONLY.because(say!(
                en: "{at} speaks nothing newer than {version} ({cipher}).",
                fr: "{at} ne parle rien de plus récent que {version} ({cipher})."
            ))
        } else {
            OK.because(OK.meaning.into()).note(say!(
                en: "It agrees only on a suite that clients of today no longer offer ({version}, {cipher}).",
                fr: "Il ne s’accorde que sur une suite que les clients actuels ne proposent plus ({version}, {cipher})."
            ))
        });
    } else {
        let older = facts.ask(served::shake(server, &node.way, Offer::Older)).await?;
        let agreed = older.tls.as_ref().and_then(|tls| tls.capture.as_ref()).and_then(|c| c.version.clone());
        if let Some(old) = agreed.filter(|old| is_legacy(old)) {
            outcomes.push(LEGACY_PROTOCOL_ENABLED.because(say!(
                en: "{at} still accepts {old} beside {version}.",
                fr: "{at} accepte encore {old} à côté de {version}."
            )));
        }
    }
    let verdict = server.given.trust.judge(node.chain(), at.host.as_str(), facts.now());
    for certificate in below_the_root(&verdict) {
        outcomes.extend(weak_key(certificate));
        outcomes.extend(weak_signature(certificate));
    }
    let worst = Outcome::worst_of(CHECK.reasons, outcomes);
    Ok(worst
        .unwrap_or_else(|| OK.because(OK.meaning.into()))
        .evidence("version", version)
        .evidence("cipher", cipher))
}

/// Below TLS 1.2.
pub(super) fn is_legacy(version: &str) -> bool {
    matches!(version, "TLSv1.1" | "TLSv1.0" | "TLSv1" | "SSLv3")
}

/// What a platform verifies: the path without its root.
pub(super) fn below_the_root(verdict: &Verdict) -> impl Iterator<Item = &Certificate> {
    let on_path = verdict.path.iter().filter_map(|place| Some((*place, verdict.served.get(*place)?)));
    on_path.filter(|(place, c)| *place == 0 || !c.self_issued()).map(|(_, c)| c)
}

/// The size of a key that is too short.
pub(super) fn short_key(certificate: &Certificate) -> Option<String> {
    match certificate.key {
        Key::Rsa { bits } if bits < 2048 => Some(format!("RSA {bits}")),
        Key::Ec { bits } if bits < 256 => Some(format!("EC {bits}")),
        _ => None,
    }
}

fn weak_key(certificate: &Certificate) -> Option<Outcome> {
    let (name, key) = (certificate.short_name(), short_key(certificate)?);
    Some(WEAK_KEY.because(say!(
        en: "The key of {name} is too short ({key}).",
        fr: "La clé de {name} est trop courte ({key})."
    )))
}

fn weak_signature(certificate: &Certificate) -> Option<Outcome> {
    // The signature of one that stands for itself proves nothing, strong or weak.
    let digest = certificate.weak_signature().filter(|_| !certificate.self_issued())?;
    let name = certificate.short_name();
    Some(WEAK_SIGNATURE.because(say!(
        en: "The certificate {name} is signed with {digest}.",
        fr: "Le certificat {name} est signé avec {digest}."
    )))
}
