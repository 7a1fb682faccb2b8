//! The server is fit for what Apple's version-27 systems ask of enrollment servers.

use facts::tls::{Failure, Shaken};
use facts::{Facts, Unknown};
use jiff::Timestamp;

use super::strength::{below_the_root, is_legacy, short_key};
use crate::chain::{Broken, Ends};
use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::dated;
use crate::roots::Programme;
use crate::say;
use crate::served::{self, Missing, Node, UNREACHABLE};
use crate::subject::{Platform, Purpose, Server};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "tls.apple-policy",
    title: Text::new(
        "The server satisfies Apple's TLS policy for enrollment",
        "Le serveur satisfait la politique TLS d’Apple pour l’inscription",
    ),
    why: Text::new(
        "From version 27 on, the system processes of iOS, iPadOS and macOS that enroll and manage a device refuse servers below a \
         stricter bar: TLS 1.2 with ECDHE, AES-GCM and the extended master secret, or TLS 1.3, and certificates as App Transport \
         Security wants them. The handshake of such a device is really made.",
        "À partir de la version 27, les processus système d’iOS, iPadOS et macOS qui inscrivent et gèrent un appareil refusent les \
         serveurs en dessous d’un seuil plus strict : TLS 1.2 avec ECDHE, AES-GCM et le secret maître étendu, ou TLS 1.3, et des \
         certificats conformes à App Transport Security. La négociation d’un tel appareil est réellement faite.",
    ),
    affects: Text::new(
        "iPhone, iPad and Mac with version 27 or later",
        "iPhone, iPad et Mac en version 27 ou ultérieure",
    ),
    reasons: &[
        PROTOCOL_TOO_OLD,
        CIPHER_NOT_ACCEPTED,
        NO_EXTENDED_MASTER_SECRET,
        CERTIFICATE_NOT_ACCEPTED,
        OK,
        NO_TLS13,
        NOT_APPLICABLE,
        UNREACHABLE,
    ],
    references: &[APPLE],
    symptoms: &[Text::new(
        "Enrollment or profile installation fails after the update to version 27; the web server's log shows nothing, because the handshake fails first.",
        "L’inscription ou l’installation du profil échoue après la mise à jour en version 27 ; le journal du serveur web ne montre rien, car la négociation échoue avant.",
    )],
    judge: Judge::EachServer(|server, facts| Box::pin(judge(server, facts))),
};

const APPLE: Reference = Reference {
    title: Text::new(
        "Apple: prepare your network environment for stricter security requirements",
        "Apple : préparer le réseau à des exigences de sécurité plus strictes",
    ),
    url: "https://support.apple.com/126655",
};
const PROTOCOL_TOO_OLD: Reason = Reason::fail(
    "protocol-too-old",
    Text::new(
        "The server speaks nothing as new as TLS 1.2.",
        "Le serveur ne parle rien d’aussi récent que TLS 1.2.",
    ),
    Text::new(
        "Enable TLS 1.2 and TLS 1.3. nginx: ssl_protocols TLSv1.2 TLSv1.3; Apache: SSLProtocol -all +TLSv1.2 +TLSv1.3; HAProxy: ssl-min-ver TLSv1.2; IIS: the registry keys under SCHANNEL\\Protocols (TLS 1.3 from Windows Server 2022 on), then a restart.",
        "Activez TLS 1.2 et TLS 1.3. nginx : ssl_protocols TLSv1.2 TLSv1.3 ; Apache : SSLProtocol -all +TLSv1.2 +TLSv1.3 ; HAProxy : ssl-min-ver TLSv1.2 ; IIS : les clés de registre sous SCHANNEL\\Protocols (TLS 1.3 dès Windows Server 2022), puis un redémarrage.",
    ),
);
const CIPHER_NOT_ACCEPTED: Reason = Reason::fail(
    "cipher-not-accepted",
    Text::new(
        "The server speaks TLS 1.2 with none of the four suites that the device offers.",
        "Le serveur parle TLS 1.2 sans aucune des quatre suites que propose l’appareil.",
    ),
    Text::new(
        "Enable TLS 1.3, or one of these suites. nginx: ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384; Apache: the same list for SSLCipherSuite; HAProxy: for ssl-default-bind-ciphers; IIS: Enable-TlsCipherSuite -Name TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (and its like).",
        "Activez TLS 1.3, ou l’une de ces suites. nginx : ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384 ; Apache : la même liste pour SSLCipherSuite ; HAProxy : pour ssl-default-bind-ciphers ; IIS : Enable-TlsCipherSuite -Name TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (et ses semblables).",
    ),
);
const NO_EXTENDED_MASTER_SECRET: Reason = Reason::fail(
    "no-extended-master-secret",
    Text::new(
        "The server speaks TLS 1.2 without the extended master secret (RFC 7627).",
        "Le serveur parle TLS 1.2 sans le secret maître étendu (RFC 7627).",
    ),
    Text::new(
        "Enable TLS 1.3, which needs no such extension, or replace the server's TLS library: the extension belongs to the library, no setting of nginx, Apache or HAProxy adds it (OpenSSL has it since 1.1.0, Windows since Server 2016). A load balancer needs newer firmware.",
        "Activez TLS 1.3, qui n’a pas besoin de cette extension, ou remplacez la bibliothèque TLS du serveur : l’extension en dépend, aucun réglage de nginx, Apache ou HAProxy ne l’ajoute (OpenSSL l’a depuis 1.1.0, Windows depuis Server 2016). Un répartiteur de charge a besoin d’un micrologiciel plus récent.",
    ),
);
const CERTIFICATE_NOT_ACCEPTED: Reason = Reason::fail(
    "certificate-not-accepted",
    Text::new(
        "The certificate does not meet App Transport Security.",
        "Le certificat ne satisfait pas App Transport Security.",
    ),
    Text::new(
        "Install a certificate with an RSA key of at least 2048 bits or P-256, signed with SHA-256, with this host as subject alternative name, in date, from an authority that Apple devices trust.",
        "Installez un certificat avec une clé RSA d’au moins 2048 bits ou P-256, signé avec SHA-256, avec cet hôte comme SAN, en cours de validité, d’une autorité reconnue par les appareils Apple.",
    ),
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "The handshake of a version-27 device succeeds.",
        "La négociation d’un appareil en version 27 réussit.",
    ),
);
const NO_TLS13: Reason = Reason::pass(
    "no-tls13",
    Text::new(
        "The handshake succeeds with TLS 1.2; Apple recommends TLS 1.3.",
        "La négociation réussit en TLS 1.2 ; Apple recommande TLS 1.3.",
    ),
);
const NOT_APPLICABLE: Reason = Reason::skip(
    "not-applicable",
    Text::new("The policy does not cover this server.", "La politique ne concerne pas ce serveur."),
);

async fn judge(server: &Server, facts: &Facts) -> Result<Outcome, Unknown> {
    if !served::apple_policy_covers(server) {
        return Ok(NOT_APPLICABLE.because(why_not(server)));
    }
    let missing = Missing { unreachable: UNREACHABLE, no_certificate: None };
    let nodes = served::nodes(server, missing, facts).await?;
    let judged = nodes.served.iter().map(|node| judge_node(server, node, facts.now())).collect();
    Ok(nodes.together(CHECK.reasons, server, judged))
}

fn why_not(server: &Server) -> Message {
    let at = &server.at;
    let apple = [Platform::Ios, Platform::Macos].iter().any(|platform| server.platforms.contains(platform));
    if !apple {
        say!(
            en: "The tenant has no Apple platform.",
            fr: "Le locataire n’a pas de plateforme Apple."
        )
    } else if server.is(Purpose::ScepServer) {
        say!(
            en: "{at} is a SCEP server, which the policy exempts.",
            fr: "{at} est un serveur SCEP, que la politique exempte."
        )
    } else {
        say!(
            en: "{at} is a federation service: devices show it in a web view, not in a system process.",
            fr: "{at} est un service de fédération : les appareils l’affichent dans une vue web, pas dans un processus système."
        )
    }
}

fn judge_node(server: &Server, node: &Node, now: Timestamp) -> Outcome {
    let mut outcomes: Vec<Outcome> = certificate(server, node, now).into_iter().collect();
    outcomes.push(handshake(server, node));
    let worst = Outcome::worst_of(CHECK.reasons, outcomes);
    worst.unwrap_or_else(|| OK.because(OK.meaning.into()))
}

/// What the handshake of such a device came to, and where it failed, what an ordinary one shows.
fn handshake(server: &Server, node: &Node) -> Outcome {
    let at = &server.at;
    let version = node.version().unwrap_or("TLS");
    let cipher = node.cipher().unwrap_or_default();
    let failure = match &node.apple {
        Some(apple) => failure_of(apple),
        None => None,
    };
    match failure {
        None if version == "TLSv1.2" => NO_TLS13.because(say!(
            en: "{at} satisfies the policy with TLS 1.2 ({cipher}); TLS 1.3 is recommended.",
            fr: "{at} satisfait la politique avec TLS 1.2 ({cipher}) ; TLS 1.3 est recommandé."
        )),
        None => OK.because(say!(
            en: "The handshake of a version-27 device with {at} succeeds ({version}).",
            fr: "La négociation d’un appareil en version 27 avec {at} réussit ({version})."
        )),
        Some(_) if is_legacy(version) => PROTOCOL_TOO_OLD.because(say!(
            en: "{at} speaks nothing newer than {version}.",
            fr: "{at} ne parle rien de plus récent que {version}."
        )),
        Some(Failure::NoExtendedMasterSecret) => NO_EXTENDED_MASTER_SECRET.because(say!(
            en: "{at} speaks TLS 1.2 without the extended master secret.",
            fr: "{at} parle TLS 1.2 sans le secret maître étendu."
        )),
        Some(failure) if node.unfinished().is_some() => CIPHER_NOT_ACCEPTED.because(say!(
            en: "The handshake of a version-27 device with {at} fails ({failure}), although both know {cipher}.",
            fr: "La négociation d’un appareil en version 27 avec {at} échoue ({failure}), bien que les deux connaissent {cipher}."
        )),
        Some(failure) => {
            let agreed = if cipher.is_empty() { version.to_owned() } else { format!("{version}, {cipher}") };
            CIPHER_NOT_ACCEPTED.because(say!(
                en: "{at} accepts none of the suites that a version-27 device offers ({failure}); others get {agreed}.",
                fr: "{at} n’accepte aucune des suites que propose un appareil en version 27 ({failure}) ; d’autres obtiennent {agreed}."
            ))
        }
    }
}

/// Why the device's handshake failed. A server that then insists on a client certificate has agreed on everything
/// else: a managed device has one.
fn failure_of(apple: &Shaken) -> Option<&Failure> {
    let tls = apple.tls.as_ref()?;
    let wanted = tls.capture.as_ref().is_some_and(|capture| capture.client_certificate_wanted);
    tls.failure.as_ref().filter(|failure| !(wanted && matches!(failure, Failure::Alert(_))))
}

/// The first requirement of App Transport Security that the certificates miss.
fn certificate(server: &Server, node: &Node, now: Timestamp) -> Option<Outcome> {
    let host = &server.at.host;
    let verdict = server.given.trust.judge(node.chain(), host.as_str(), now);
    let refused = |Message { en, fr }: Message| {
        CERTIFICATE_NOT_ACCEPTED.because(say!(
            en: "A version-27 device refuses the certificate of {host}: {en}.",
            fr: "Un appareil en version 27 refuse le certificat de {host} : {fr}."
        ))
    };
    for certificate in below_the_root(&verdict) {
        let name = certificate.short_name();
        if let Some(key) = short_key(certificate) {
            return Some(refused(say!(
                en: "the key of {name} is too short ({key})",
                fr: "la clé de {name} est trop courte ({key})"
            )));
        }
        if let Some(digest) = certificate.weak_signature().filter(|_| !certificate.self_issued()) {
            return Some(refused(say!(
                en: "{name} is signed with {digest}",
                fr: "{name} est signé avec {digest}"
            )));
        }
        if dated::is_out_of_date(certificate, now) {
            let (from, until) = (dated::day(certificate.not_before), dated::day(certificate.not_after));
            return Some(refused(say!(
                en: "{name} is valid from {from} until {until} only",
                fr: "{name} n’est valable que du {from} au {until}"
            )));
        }
    }
    if verdict.served.first().is_some_and(|leaf| leaf.names.is_empty()) {
        return Some(refused(say!(
            en: "it has no subject alternative name",
            fr: "il n’a pas de SAN"
        )));
    }
    match &verdict.ends {
        // A missing intermediate is one that these devices may fetch themselves: tls.chain tells of it.
        Ends::Enterprise { .. } | Ends::Nowhere(Broken::Incomplete(_)) => None,
        Ends::Public { .. } => {
            let programmes = server.given.trust.programmes(&verdict, node.chain(), now);
            (!programmes.has(Programme::Apple)).then(|| {
                refused(say!(
                    en: "its root is not in Apple's programme",
                    fr: "sa racine n’est pas dans le programme d’Apple"
                ))
            })
        }
        Ends::UnknownRoot(_) | Ends::Nowhere(_) => verdict.ends.objection().map(refused),
    }
}
