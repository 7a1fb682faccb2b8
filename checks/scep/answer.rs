//! The SCEP server answers at its bare address as one that works.

use facts::http::{Failure, Response};
use facts::{Facts, Unknown, tcp};
use url::Url;

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::enrollment_server::{self as dialogue, Found};
use crate::say;
use crate::subject::{ScepKind, ScepServer};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "scep.answer",
    title: Text::new(
        "The SCEP server answers as one that works",
        "Le serveur SCEP répond comme un serveur qui marche",
    ),
    why: Text::new(
        "Devices get their certificates from this address, as a rule from the internet. An NDES server with the Intune connector \
         answers a browser with 403: the connector's policy module stands in front of it. Every other answer has a cause of its own.",
        "Les appareils obtiennent leurs certificats à cette adresse, en général depuis internet. Un serveur NDES avec le connecteur \
         Intune répond 403 à un navigateur : le module de stratégie du connecteur se tient devant lui. Toute autre réponse a sa \
         propre cause.",
    ),
    affects: Text::new(
        "devices that get a SCEP certificate (Wi-Fi, VPN, device identity)",
        "les appareils qui reçoivent un certificat SCEP (Wi-Fi, VPN, identité)",
    ),
    reasons: &[
        NAME_NOT_FOUND,
        UNREACHABLE,
        TLS_FAILED,
        PREAUTHENTICATION,
        CONNECTOR_MISSING,
        NOT_FOUND,
        APPLICATION_POOL_STOPPED,
        SERVER_ERROR,
        GATEWAY_FAILED,
        UNEXPECTED_ANSWER,
        PLAIN_HTTP,
        OK,
        LOOKUP_FAILED,
    ],
    references: &[TROUBLESHOOT, INFRASTRUCTURE],
    symptoms: &[Text::new(
        "The SCEP profile stays in error or pending; the certificate never arrives on the device.",
        "Le profil SCEP reste en erreur ou en attente ; le certificat n’arrive jamais sur l’appareil.",
    )],
    judge: Judge::EachScepServer(|server, facts| Box::pin(judge(server, facts))),
};

pub(super) const TROUBLESHOOT: Reference = Reference {
    title: Text::new(
        "Troubleshoot device to NDES communication (Intune)",
        "Dépanner la communication de l’appareil vers NDES (Intune)",
    ),
    url: "https://learn.microsoft.com/troubleshoot/mem/intune/certificates/troubleshoot-scep-certificate-device-to-ndes",
};
pub(super) const INFRASTRUCTURE: Reference = Reference {
    title: Text::new(
        "Configure infrastructure for SCEP (Intune)",
        "Configurer l’infrastructure pour SCEP (Intune)",
    ),
    url: "https://learn.microsoft.com/intune/intune-service/protect/certificates-scep-configure",
};

const NAME_NOT_FOUND: Reason = Reason::fail(
    "name-not-found",
    Text::new("The server's name does not exist in the DNS.", "Le nom du serveur n’existe pas dans le DNS."),
    Text::new(
        "Correct the URL in the SCEP profile, or add the name to the public DNS zone. Behind Entra application proxy use the external URL (by default ….msappproxy.net).",
        "Corrigez l’URL dans le profil SCEP, ou ajoutez le nom à la zone DNS publique. Derrière le proxy d’application Entra, utilisez l’URL externe (par défaut ….msappproxy.net).",
    ),
);
const UNREACHABLE: Reason = Reason::fail(
    "unreachable",
    Text::new("No connection to the server opens.", "Aucune connexion au serveur ne s’ouvre."),
    Text::new(
        "Let devices reach the server: check the firewall, the publishing (reverse proxy, Entra private network connector) and that the web server runs (iisreset /status).",
        "Laissez les appareils joindre le serveur : vérifiez le pare-feu, la publication (proxy inverse, connecteur de réseau privé Entra) et que le serveur web tourne (iisreset /status).",
    ),
);
const TLS_FAILED: Reason = Reason::fail(
    "tls-failed",
    Text::new("No TLS handshake finishes.", "Aucune négociation TLS n’aboutit."),
    Text::new(
        "Bind a certificate to the site in IIS (Bindings, https), do not require client certificates on it, and see tls.chain and tls.strength.",
        "Liez un certificat au site dans IIS (Liaisons, https), n’y exigez pas de certificats clients, et voyez tls.chain et tls.strength.",
    ),
);
const PREAUTHENTICATION: Reason = Reason::fail(
    "preauthentication",
    Text::new(
        "The server, or the proxy before it, asks for a sign-in: SCEP cannot sign in.",
        "Le serveur, ou le proxy devant lui, demande une connexion : SCEP ne sait pas se connecter.",
    ),
    Text::new(
        "Set preauthentication to Passthrough on the proxy (Entra application proxy: Enterprise applications > the application > Application proxy > Pre Authentication). On IIS allow anonymous authentication for /certsrv/mscep.",
        "Réglez la préauthentification sur Passthrough sur le proxy (proxy d’application Entra : Applications d’entreprise > l’application > Proxy d’application > Préauthentification). Dans IIS, autorisez l’authentification anonyme pour /certsrv/mscep.",
    ),
);
const CONNECTOR_MISSING: Reason = Reason::fail(
    "connector-missing",
    Text::new(
        "NDES answers with its own page: the Intune connector's policy module does not stand before it.",
        "NDES répond avec sa propre page : le module de stratégie du connecteur Intune n’est pas devant lui.",
    ),
    Text::new(
        "Install the Certificate Connector for Microsoft Intune on the NDES server with the SCEP feature, sign it in, then run iisreset. If it is installed, look at its setup log and register it again.",
        "Installez le connecteur de certificats pour Microsoft Intune sur le serveur NDES avec la fonction SCEP, connectez-le, puis lancez iisreset. S’il est installé, examinez son journal d’installation et enregistrez-le de nouveau.",
    ),
);
const NOT_FOUND: Reason = Reason::fail(
    "not-found",
    Text::new(
        "The server does not know this address (404).",
        "Le serveur ne connaît pas cette adresse (404).",
    ),
    Text::new(
        "Correct the path: NDES listens at /certsrv/mscep/mscep.dll. On the server, check that the NDES role service is installed and the application exists in IIS; behind a proxy, that the path is passed on.",
        "Corrigez le chemin : NDES écoute sur /certsrv/mscep/mscep.dll. Sur le serveur, vérifiez que le service de rôle NDES est installé et que l’application existe dans IIS ; derrière un proxy, que le chemin est transmis.",
    ),
);
const APPLICATION_POOL_STOPPED: Reason = Reason::fail(
    "application-pool-stopped",
    Text::new(
        "The SCEP application pool does not run (503).",
        "Le pool d’applications SCEP ne tourne pas (503).",
    ),
    Text::new(
        "Start the SCEP application pool in IIS and find out why it stopped (Event Viewer, Application log): intermediate certificates among the trusted roots of the server, a revocation list that cannot be reached, an expired NDES policy certificate, or an account without rights.",
        "Démarrez le pool d’applications SCEP dans IIS et cherchez pourquoi il s’est arrêté (Observateur d’événements, journal Application) : certificats intermédiaires parmi les racines de confiance du serveur, liste de révocation injoignable, certificat de stratégie NDES expiré, ou compte sans droits.",
    ),
);
const SERVER_ERROR: Reason = Reason::fail(
    "server-error",
    Text::new("The server fails inside (500).", "Le serveur échoue en interne (500)."),
    Text::new(
        "On the NDES server: give IIS_IUSRS the right \"Impersonate a client after authentication\", check that the NDES service account is not locked or expired, and that the RA certificates (MSCEP-RA) are valid; then run iisreset.",
        "Sur le serveur NDES : donnez à IIS_IUSRS le droit « Emprunter l’identité d’un client après l’authentification », vérifiez que le compte de service NDES n’est ni verrouillé ni expiré, et que les certificats RA (MSCEP-RA) sont valides ; puis lancez iisreset.",
    ),
);
const GATEWAY_FAILED: Reason = Reason::fail(
    "gateway-failed",
    Text::new(
        "The proxy before the server gets no answer from it.",
        "Le proxy devant le serveur n’en reçoit pas de réponse.",
    ),
    Text::new(
        "Start the connector service of Entra application proxy (Microsoft Entra private network connector) or mend the reverse proxy's way to the NDES server.",
        "Démarrez le service connecteur du proxy d’application Entra (Microsoft Entra private network connector) ou réparez le chemin du proxy inverse vers le serveur NDES.",
    ),
);
const UNEXPECTED_ANSWER: Reason = Reason::fail(
    "unexpected-answer",
    Text::new(
        "The answer is none that a working SCEP server gives.",
        "La réponse n’est pas celle d’un serveur SCEP qui marche.",
    ),
    Text::new(
        "Look at what answers there: a proxy, a firewall or another site may stand before the SCEP server.",
        "Regardez ce qui répond là : un proxy, un pare-feu ou un autre site se tient peut-être devant le serveur SCEP.",
    ),
);
const PLAIN_HTTP: Reason = Reason::warn(
    "plain-http",
    Text::new("The server works over plain HTTP.", "Le serveur marche en HTTP simple."),
    Text::new(
        "Publish it over https:// and put that URL into the SCEP profile. SCEP protects its own messages, but everybody on the way sees who asks.",
        "Publiez-le en https:// et mettez cette URL dans le profil SCEP. SCEP protège ses propres messages, mais chacun en chemin voit qui demande.",
    ),
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new("The server answers as one that works.", "Le serveur répond comme un serveur qui marche."),
);
const LOOKUP_FAILED: Reason = Reason::unknown(
    "lookup-failed",
    Text::new("Nobody could say where the server is.", "Personne n’a pu dire où est le serveur."),
    Text::new(
        "Check the resolvers of this machine, or name others with --resolver.",
        "Vérifiez les résolveurs de cette machine, ou désignez-en d’autres avec --resolver.",
    ),
);

async fn judge(server: &ScepServer, facts: &Facts) -> Result<Outcome, Unknown> {
    let way = match dialogue::find(server, facts).await? {
        Found::At(way) => way,
        Found::NoSuchName(Message { en, fr }) => {
            return Ok(NAME_NOT_FOUND.because(say!(en: "{en}.", fr: "{fr}.")));
        }
        Found::LookupFailed(Message { en, fr }) => {
            return Ok(LOOKUP_FAILED.because(say!(en: "{en}.", fr: "{fr}.")));
        }
    };
    let (url, kind) = (&server.target.url, server.target.kind);
    let fetched = match kind {
        ScepKind::Ndes => dialogue::bare(server, &way, facts).await?,
        // What the bare address of others says is their own affair.
        ScepKind::ThirdParty | ScepKind::CloudPki => {
            match dialogue::capabilities(server, &way, facts).await?.into_iter().next() {
                Some((_, fetched)) => fetched,
                None => dialogue::bare(server, &way, facts).await?,
            }
        }
    };
    let outcome = match &fetched.outcome {
        Ok(response) => answered(server, response),
        Err(failure) => {
            let Message { en, fr } = dialogue::in_words(failure);
            let reason = match failure {
                Failure::Tls(_) => TLS_FAILED,
                // Hung up on the ClientHello.
                Failure::Connection(tcp::Failure::Closed | tcp::Failure::Reset)
                    if server.target.speaks_tls() && fetched.tls.is_none() =>
                {
                    TLS_FAILED
                }
                Failure::NotHttp | Failure::Throttled(_) => UNEXPECTED_ANSWER,
                Failure::Connection(_) | Failure::Proxy(_) => UNREACHABLE,
            };
            reason.because(say!(en: "{url}: {en}.", fr: "{url} : {fr}."))
        }
    };
    if outcome.reason.id == OK.id && !server.target.speaks_tls() {
        return Ok(PLAIN_HTTP.because(say!(
            en: "{url} works, over plain HTTP.",
            fr: "{url} fonctionne, en HTTP non chiffré."
        )));
    }
    Ok(outcome)
}

fn answered(server: &ScepServer, response: &Response) -> Outcome {
    let (url, status) = (&server.target.url, response.status);
    let ndes = server.target.kind == ScepKind::Ndes;
    let outcome = match status {
        300..=399 => redirected(server, response),
        401 => PREAUTHENTICATION.because(say!(
            en: "{url} asks for a sign-in (401).",
            fr: "{url} demande une connexion (401)."
        )),
        404 | 410 => NOT_FOUND.because(say!(
            en: "{url} is not known there ({status}).",
            fr: "{url} n’y est pas connu ({status})."
        )),
        502 | 504 => GATEWAY_FAILED.because(say!(
            en: "The proxy at {url} gets no answer from the server behind it ({status}).",
            fr: "Le proxy à {url} ne reçoit pas de réponse du serveur derrière lui ({status})."
        )),
        503 => APPLICATION_POOL_STOPPED.because(say!(
            en: "{url} says that its service is unavailable (503).",
            fr: "{url} dit que son service est indisponible (503)."
        )),
        500..=599 => SERVER_ERROR.because(say!(
            en: "{url} fails inside ({status}).",
            fr: "{url} échoue en interne ({status})."
        )),
        200 if signs_in(&response.body) => PREAUTHENTICATION.because(say!(
            en: "{url} shows a sign-in page.",
            fr: "{url} montre une page de connexion."
        )),
        200 if ndes => CONNECTOR_MISSING.because(say!(
            en: "{url} shows the page of NDES (200); with the Intune connector it would refuse a browser (403).",
            fr: "{url} montre la page de NDES (200) ; avec le connecteur Intune il refuserait un navigateur (403)."
        )),
        403 if ndes => OK.because(say!(
            en: "{url} refuses a browser (403), as NDES with the Intune connector does.",
            fr: "{url} refuse un navigateur (403), comme NDES avec le connecteur Intune."
        )),
        200 => OK.because(say!(
            en: "{url} answers the question for its capabilities.",
            fr: "{url} répond à la question sur ses capacités."
        )),
        _ => UNEXPECTED_ANSWER.because(say!(
            en: "{url} answers with status {status}.",
            fr: "{url} répond avec le statut {status}."
        )),
    };
    outcome.evidence("status", status)
}

fn redirected(server: &ScepServer, response: &Response) -> Outcome {
    let (url, status) = (&server.target.url, response.status);
    let location = response.header("location").unwrap_or_default();
    let target = url.join(location).ok();
    let shown = match &target {
        Some(target) => Url::host_str(target).unwrap_or_default().to_owned(),
        None => "?".to_owned(),
    };
    if target.as_ref().is_some_and(is_sign_in) {
        return PREAUTHENTICATION
            .because(say!(
                en: "{url} leads to a sign-in page at {shown} ({status}).",
                fr: "{url} mène à une page de connexion à {shown} ({status})."
            ))
            .wanted(say!(en: "no redirect: SCEP cannot sign in", fr: "aucune redirection : SCEP ne sait pas se connecter"));
    }
    let elsewhere =
        target.filter(|target| target.host_str() == url.host_str() && target.scheme() != url.scheme());
    match elsewhere {
        Some(target) => UNEXPECTED_ANSWER
            .because(say!(
                en: "{url} leads to {target} ({status}); devices do not follow.",
                fr: "{url} mène à {target} ({status}) ; les appareils ne suivent pas."
            ))
            .remedy(say!(
                en: "Put {target} into the SCEP profile as the server URL.",
                fr: "Mettez {target} dans le profil SCEP comme URL du serveur."
            )),
        None => UNEXPECTED_ANSWER.because(say!(
            en: "{url} leads elsewhere, to {shown} ({status}).",
            fr: "{url} mène ailleurs, vers {shown} ({status})."
        )),
    }
}

/// The addresses of sign-in pages: Microsoft's clouds, AD FS, and what others call theirs.
fn is_sign_in(url: &Url) -> bool {
    const HOSTS: [&str; 6] = [
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "login.chinacloudapi.cn",
        "login.windows.net",
        "login.microsoft.com",
    ];
    const WORDS: [&str; 9] =
        ["/adfs/", "login", "logon", "signin", "sign-in", "oauth2", "saml", "/auth", "openid"];
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let rest = format!("{}?{}", url.path(), url.query().unwrap_or_default()).to_ascii_lowercase();
    HOSTS.contains(&host.as_str())
        || host.starts_with("login.")
        || WORDS.iter().any(|word| rest.contains(word))
}

fn signs_in(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body.get(..body.len().min(64 * 1024)).unwrap_or_default())
        .to_ascii_lowercase();
    let marks = ["login.microsoftonline", "/adfs/ls", "type=\"password\"", "type='password'"];
    marks.iter().any(|mark| text.contains(mark))
}
