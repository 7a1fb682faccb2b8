//! Every device can verify the chain that the server sends, from what it sends alone.

use facts::{Certificate, Facts, Octets, Unknown};

use crate::chain::{Broken, Ends, Verdict};
use crate::check::{Check, Judge, Outcome, Reason, Reference, Status};
use crate::issuer;
use crate::roots::{Programme, Programmes};
use crate::say;
use crate::served::{self, Missing, Node};
use crate::subject::{Platform, Purpose, Server};
use crate::text::{Message, Text, listed};

pub static CHECK: Check = Check {
    id: "tls.chain",
    title: Text::new(
        "Every device can verify the server's certificate chain",
        "Chaque appareil peut vérifier la chaîne de certificats du serveur",
    ),
    why: Text::new(
        "A desktop browser fetches missing intermediate certificates and forgives; Android fetches nothing, and applications on \
         it ignore roots that users install. The chain is judged from what the server sends alone, against the published root \
         lists of Windows, Apple, Android and Mozilla.",
        "Un navigateur de bureau va chercher les certificats intermédiaires manquants et pardonne ; Android ne va rien chercher, \
         et ses applications ignorent les racines installées par l’utilisateur. La chaîne est jugée d’après ce que le serveur \
         envoie, et rien d’autre, selon les listes de racines publiées de Windows, Apple, Android et Mozilla.",
    ),
    affects: Text::new("every device that talks to the server", "chaque appareil qui parle au serveur"),
    reasons: &[
        NO_CERTIFICATE,
        UNPARSABLE,
        SELF_SIGNED,
        INTERMEDIATE_MISSING,
        UNTRUSTED_ROOT,
        INVALID_CHAIN,
        ENTERPRISE_ROOT,
        WRONG_ORDER,
        OK,
        UNREACHABLE,
    ],
    references: &[ANDROID_SIGN_IN, RFC8446],
    symptoms: &[
        Text::new(
            "Android's Company Portal stops at sign-in with a certificate error, while the same address opens in a desktop browser.",
            "Le Portail d’entreprise Android s’arrête à la connexion avec une erreur de certificat, alors que la même adresse s’ouvre dans un navigateur de bureau.",
        ),
        Text::new(
            "iPhone: \"The certificate for this server is invalid\".",
            "iPhone : « Le certificat de ce serveur n’est pas valide ».",
        ),
    ],
    judge: Judge::EachServer(|server, facts| Box::pin(judge(server, facts))),
};

const ANDROID_SIGN_IN: Reference = Reference {
    title: Text::new(
        "Android: missing certificate at sign-in (Intune)",
        "Android : certificat manquant à la connexion (Intune)",
    ),
    url: "https://learn.microsoft.com/troubleshoot/mem/intune/device-enrollment/troubleshoot-android-enrollment",
};
const RFC8446: Reference = Reference {
    title: Text::new("RFC 8446, 4.4.2: the Certificate message", "RFC 8446, 4.4.2 : le message Certificate"),
    url: "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2",
};

const SEND_ALL: Text = Text::new(
    "Install the certificate together with its intermediates, so that the server sends leaf and intermediates in that order.",
    "Installez le certificat avec ses intermédiaires, pour que le serveur envoie la feuille puis les intermédiaires, dans cet ordre.",
);
const NEW_CERTIFICATE: Text = Text::new(
    "Get a certificate for the server from an authority that the platforms trust, and install it with its intermediates.",
    "Obtenez pour le serveur un certificat d’une autorité reconnue par les plateformes, et installez-le avec ses intermédiaires.",
);
const NO_CERTIFICATE: Reason = Reason::fail(
    "no-certificate",
    Text::new(
        "The server answers and shows no certificate.",
        "Le serveur répond et ne présente aucun certificat.",
    ),
    Text::new(
        "Check that TLS is configured on this port, with a certificate bound to this host name (SNI).",
        "Vérifiez que TLS est configuré sur ce port, avec un certificat lié à ce nom d’hôte (SNI).",
    ),
);
const UNPARSABLE: Reason = Reason::fail(
    "unparsable",
    Text::new("A served certificate cannot be read.", "Un certificat présenté est illisible."),
    Text::new(
        "Install the certificate again, as its authority issued it.",
        "Réinstallez le certificat tel que son autorité l’a émis.",
    ),
);
const SELF_SIGNED: Reason = Reason::fail(
    "self-signed",
    Text::new(
        "The server's certificate is signed by itself.",
        "Le certificat du serveur est signé par lui-même.",
    ),
    NEW_CERTIFICATE,
);
const INTERMEDIATE_MISSING: Reason = Reason::fail(
    "intermediate-missing",
    Text::new(
        "The chain stops below an authority that is neither sent nor known: an intermediate is missing.",
        "La chaîne s’arrête sous une autorité qui n’est ni envoyée ni connue : il manque un intermédiaire.",
    ),
    SEND_ALL,
);
const UNTRUSTED_ROOT: Reason = Reason::fail(
    "untrusted-root",
    Text::new(
        "The chain ends in a root that a platform of the tenant does not trust.",
        "La chaîne aboutit à une racine à laquelle une plateforme du locataire ne fait pas confiance.",
    ),
    NEW_CERTIFICATE,
);
const INVALID_CHAIN: Reason = Reason::fail(
    "invalid-chain",
    Text::new(
        "A certificate of the chain may not do what it is used for, or its signature does not fit.",
        "Un certificat de la chaîne n’a pas le droit de servir ainsi, ou sa signature ne correspond pas.",
    ),
    NEW_CERTIFICATE,
);
const ENTERPRISE_ROOT: Reason = Reason::warn(
    "enterprise-root",
    Text::new(
        "The chain ends in the organisation's own root: fine for devices that have it.",
        "La chaîne aboutit à la racine de l’organisation : bien pour les appareils qui l’ont.",
    ),
    Text::new(
        "Deliver the root with a trusted-certificate profile before devices need this server, or use a public certificate.",
        "Distribuez la racine par un profil de certificat approuvé avant que les appareils aient besoin de ce serveur, ou utilisez un certificat public.",
    ),
);
const WRONG_ORDER: Reason = Reason::warn(
    "wrong-order",
    Text::new(
        "The certificates are not sent in the order of their issuers.",
        "Les certificats ne sont pas envoyés dans l’ordre de leurs émetteurs.",
    ),
    SEND_ALL,
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "Every platform of the tenant verifies the chain from what is sent.",
        "Chaque plateforme du locataire vérifie la chaîne d’après ce qui est envoyé.",
    ),
);
const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new("The server could not be reached.", "Le serveur n’a pas pu être joint."),
    Text::new(
        "Check the name, the port and the firewalls on the way; run again from a network that devices use.",
        "Vérifiez le nom, le port et les pare-feu en chemin ; relancez depuis un réseau que les appareils utilisent.",
    ),
);

async fn judge(server: &Server, facts: &Facts) -> Result<Outcome, Unknown> {
    let missing = Missing { unreachable: UNREACHABLE, no_certificate: Some(NO_CERTIFICATE) };
    let nodes = served::nodes(server, missing, facts).await?;
    let mut judged = Vec::new();
    for node in &nodes.served {
        judged.push(judge_node(server, node, facts).await?);
    }
    Ok(nodes.together(CHECK.reasons, server, judged))
}

async fn judge_node(server: &Server, node: &Node, facts: &Facts) -> Result<Outcome, Unknown> {
    let (at, chain) = (&server.at, node.chain());
    let trust = &server.given.trust;
    let verdict = trust.judge(chain, at.host.as_str(), facts.now());
    let outcome = match &verdict.ends {
        Ends::Public { root, .. } => {
            on_platforms(server, root, trust.programmes(&verdict, chain, facts.now()), &verdict)
        }
        Ends::Enterprise { root } => enterprise(server, root),
        Ends::UnknownRoot(identity) => {
            let root = &identity.name;
            UNTRUSTED_ROOT
                .because(say!(
                    en: "{at} sends a chain that ends in the root {root}, which no platform knows.",
                    fr: "{at} envoie une chaîne qui aboutit à la racine {root}, qu’aucune plateforme ne connaît."
                ))
                .remedy(say!(
                    en: "Replace the certificate of {at} by one from a public authority. If {root} is your own authority, name its certificate in the settings ([trust] enterprise_roots = [\"root.pem\"]) and deliver it to the devices.",
                    fr: "Remplacez le certificat de {at} par celui d’une autorité publique. Si {root} est votre propre autorité, désignez son certificat dans la configuration ([trust] enterprise_roots = [\"root.pem\"]) et distribuez-le aux appareils."
                ))
        }
        Ends::Nowhere(Broken::Incomplete(identity)) => {
            incomplete(server, &identity.name, &verdict, chain, facts).await?
        }
        Ends::Nowhere(broken) => nowhere(server, broken, &verdict, chain),
    };
    Ok(outcome.notes(superfluous(&verdict)).evidence("signer", verdict.signer()))
}

/// What a chain to a public root means for each of the tenant's platforms.
fn on_platforms(server: &Server, root: &str, programmes: Programmes, verdict: &Verdict) -> Outcome {
    let at = &server.at;
    let trusting: Vec<&str> =
        Programme::ALL.into_iter().filter(|p| programmes.has(*p)).map(Programme::name).collect();
    let without: Vec<&str> = server
        .platforms
        .iter()
        .filter(|platform| !programmes.has(programme_of(**platform)))
        .map(|platform| platform.name())
        .collect();
    let outcome = if !without.is_empty() {
        let Message { en, fr } = listed(&without);
        let Message { en: with_en, fr: with_fr } = listed(&trusting);
        UNTRUSTED_ROOT
            .because(say!(
                en: "{at} sends a chain that ends in {root}, which {en} does not trust (trusted by: {with_en}).",
                fr: "{at} envoie une chaîne qui aboutit à {root}, à laquelle {fr} ne fait pas confiance (reconnue par : {with_fr})."
            ))
            .affects(listed(&without))
    } else if !in_order(verdict) {
        WRONG_ORDER.because(say!(
            en: "{at} sends the right certificates in the wrong order. Most clients sort them; some do not.",
            fr: "{at} envoie les bons certificats dans le mauvais ordre. La plupart des clients les trient, certains non."
        ))
    } else {
        OK.because(say!(
            en: "{at} sends a complete chain to {root}.",
            fr: "{at} envoie une chaîne complète jusqu’à {root}."
        ))
    };
    let mut outcome = outcome.evidence("trusted_by", trusting);
    if !programmes.has(Programme::Mozilla) && outcome.status == Status::Pass {
        outcome = outcome.note(say!(
            en: "Firefox and Linux programs (Mozilla's list) do not know this root.",
            fr: "Firefox et les programmes Linux (liste de Mozilla) ne connaissent pas cette racine."
        ));
    }
    outcome
}

fn programme_of(platform: Platform) -> Programme {
    match platform {
        Platform::Windows => Programme::Windows,
        Platform::Ios | Platform::Macos => Programme::Apple,
        Platform::Android => Programme::Android,
    }
}

/// A federation service and a discovery host are used before any profile can deliver the root.
fn enterprise(server: &Server, root: &str) -> Outcome {
    let at = &server.at;
    let early = server.is(Purpose::FederationService) || server.is(Purpose::AppleDiscovery);
    if early {
        return ENTERPRISE_ROOT
            .because(say!(
                en: "{at} ends in the organisation's own root {root}; devices use it before any profile can deliver that root, and Android applications ignore roots that users install.",
                fr: "{at} aboutit à la racine {root} de l’organisation ; les appareils s’en servent avant qu’un profil puisse livrer cette racine, et les applications Android ignorent les racines installées par l’utilisateur."
            ))
            .remedy(say!(
                en: "Replace the certificate of {at} by one from a public authority, with its intermediates.",
                fr: "Remplacez le certificat de {at} par celui d’une autorité publique, avec ses intermédiaires."
            ))
            .with_status(Status::Fail);
    }
    ENTERPRISE_ROOT.because(say!(
        en: "{at} ends in the organisation's own root {root}: devices need that root first.",
        fr: "{at} aboutit à la racine {root} de l’organisation : les appareils ont d’abord besoin de cette racine."
    ))
}

/// The missing issuer, and what happens where it is fetched.
async fn incomplete(
    server: &Server,
    issuer: &str,
    verdict: &Verdict,
    chain: &[Octets],
    facts: &Facts,
) -> Result<Outcome, Unknown> {
    let at = &server.at;
    let top = verdict.path.last().and_then(|place| verdict.served.get(*place));
    let urls: Vec<String> = top.map(|top| top.issuer_urls.clone()).unwrap_or_default();
    let outcome = INTERMEDIATE_MISSING
        .because(say!(
            en: "{at} does not send the certificate of {issuer}, so the chain cannot be verified from what is sent.",
            fr: "{at} n’envoie pas le certificat de {issuer} : la chaîne ne peut pas être vérifiée d’après ce qui est envoyé."
        ))
        .wanted(say!(
            en: "leaf and intermediates, up to below the root",
            fr: "la feuille et les intermédiaires, jusque sous la racine"
        ))
        .evidence("missing_issuer", issuer)
        .evidence("issuer_urls", urls.clone());
    let found = issuer::fetch_chain(chain, verdict, &server.given.trust, at.host.as_str(), facts).await?;
    let where_to_get = match urls.first() {
        Some(url) => say!(en: " (to be had at {url})", fr: " (disponible à {url})"),
        None => Message::same(""),
    };
    let (en, fr) = (&where_to_get.en, &where_to_get.fr);
    let outcome = outcome.remedy(say!(
        en: "On the server, add the certificate of {issuer}{en} to what is sent. nginx: leaf and intermediates in one file for ssl_certificate. Apache: the same for SSLCertificateFile. IIS and AD FS: import the intermediate into Local Computer > Personal and Intermediate Certification Authorities on every AD FS and proxy server, then restart the service.",
        fr: "Sur le serveur, ajoutez le certificat de {issuer}{fr} à ce qui est envoyé. nginx : feuille et intermédiaires dans un seul fichier pour ssl_certificate. Apache : de même pour SSLCertificateFile. IIS et AD FS : importez l’intermédiaire dans Ordinateur local > Personnel et Autorités de certification intermédiaires sur chaque serveur AD FS et proxy, puis redémarrez le service."
    ));
    Ok(match found {
        issuer::Found::Public(root) => outcome.note(say!(
            en: "With that certificate the chain ends in {root}. Windows and Apple devices may fetch it themselves; Android does not.",
            fr: "Avec ce certificat la chaîne aboutit à {root}. Les appareils Windows et Apple peuvent aller le chercher eux-mêmes ; Android non."
        )),
        issuer::Found::Enterprise(root) => outcome.note(say!(
            en: "With that certificate the chain ends in the organisation's own root {root}.",
            fr: "Avec ce certificat la chaîne aboutit à la racine {root} de l’organisation."
        )),
        issuer::Found::Unknown(root) => outcome.note(say!(
            en: "Even with that certificate the chain ends in {root}, which no platform knows.",
            fr: "Même avec ce certificat la chaîne aboutit à {root}, qu’aucune plateforme ne connaît."
        )),
        issuer::Found::Nothing if urls.is_empty() => outcome.note(say!(
            en: "The certificate does not say where its issuer can be had, so no platform can mend the chain.",
            fr: "Le certificat ne dit pas où trouver son émetteur : aucune plateforme ne peut compléter la chaîne."
        )),
        issuer::Found::Nothing => outcome.note(say!(
            en: "It could not be fetched from here. Windows and Apple devices may fetch it where they can reach that address; Android does not.",
            fr: "Il n’a pas pu être téléchargé d’ici. Les appareils Windows et Apple peuvent le télécharger s’ils joignent cette adresse ; Android non."
        )),
    })
}

fn nowhere(server: &Server, broken: &Broken, verdict: &Verdict, chain: &[Octets]) -> Outcome {
    let at = &server.at;
    match broken {
        Broken::SelfSigned(identity) => {
            let name = &identity.name;
            SELF_SIGNED.because(say!(
                en: "{at} shows a certificate that is signed by itself ({name}).",
                fr: "{at} présente un certificat signé par lui-même ({name})."
            ))
        }
        Broken::Unparsable => {
            let why = chain.first().and_then(|der| Certificate::parse(der).err()).map(|bad| bad.0);
            UNPARSABLE
                .because(say!(
                    en: "What {at} shows as its certificate cannot be read.",
                    fr: "Ce que {at} présente comme certificat est illisible."
                ))
                .evidence("parser", why)
        }
        Broken::NeverValidTogether => INVALID_CHAIN.because(say!(
            en: "{at} sends certificates that are never valid on the same day.",
            fr: "{at} envoie des certificats qui ne sont jamais valables le même jour."
        )),
        Broken::Incomplete(_) | Broken::Invalid(..) if !verdict.all_readable => UNPARSABLE.because(say!(
            en: "{at} sends a certificate that cannot be read, and without it there is no path to a root.",
            fr: "{at} envoie un certificat illisible, sans lequel il n’y a pas de chemin vers une racine."
        )),
        Broken::Invalid(Message { en, fr }, place) => {
            let culprit = place.and_then(|place| verdict.served.get(place)).map(Certificate::short_name);
            match culprit {
                Some(name) => INVALID_CHAIN
                    .because(say!(
                        en: "{at} sends a chain that does not verify: {en} (certificate {name}).",
                        fr: "{at} envoie une chaîne qui ne se vérifie pas : {fr} (certificat {name})."
                    ))
                    .evidence("at_fault", name),
                None => INVALID_CHAIN.because(say!(
                    en: "{at} sends a chain that does not verify: {en}.",
                    fr: "{at} envoie une chaîne qui ne se vérifie pas : {fr}."
                )),
            }
        }
        Broken::Incomplete(identity) => {
            let name = &identity.name;
            INTERMEDIATE_MISSING.because(say!(
                en: "{at} does not send the certificate of {name}.",
                fr: "{at} n’envoie pas le certificat de {name}."
            ))
        }
    }
}

/// Whether each certificate comes before its issuer; the root may close the chain. Copies and strangers in between
/// are superfluous, which is another matter.
fn in_order(verdict: &Verdict) -> bool {
    let mut sequence = verdict.path.clone();
    let top = sequence.last().and_then(|place| verdict.served.get(*place));
    let closes =
        |c: &Certificate| top.is_some_and(|top| c.self_issued() && c != top && top.may_be_issued_by(c));
    sequence.extend(verdict.served.iter().position(closes));
    sequence.is_sorted()
}

/// What is sent beyond the path.
fn superfluous(verdict: &Verdict) -> Vec<Message> {
    let mut notes = Vec::new();
    if !verdict.all_readable {
        notes.push(say!(
            en: "A certificate that is sent cannot be read; the path does without it.",
            fr: "Un certificat envoyé est illisible ; le chemin s’en passe."
        ));
    }
    for (place, certificate) in verdict.served.iter().enumerate() {
        if verdict.path.contains(&place) {
            continue;
        }
        let name = certificate.short_name();
        let copy = verdict.served.iter().take(place).any(|before| before == certificate);
        notes.push(match (copy, certificate.self_issued()) {
            (true, _) => say!(en: "{name} is sent twice.", fr: "{name} est envoyé deux fois."),
            (false, true) => say!(
                en: "The root {name} is sent too; clients have their own copy or do not trust it.",
                fr: "La racine {name} est aussi envoyée ; les clients ont leur propre exemplaire ou ne lui font pas confiance."
            ),
            (false, false) => say!(
                en: "{name} is sent and not needed for the path.",
                fr: "{name} est envoyé et n’est pas nécessaire au chemin."
            ),
        });
    }
    notes
}
