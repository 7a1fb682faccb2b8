//! Every host and port that enrollment and management need answers, and with its own certificate.

use facts::proxy::Refusal;
use facts::tls;
use facts::vantage::Resolution;
use facts::visit::{Attempt, Visited};
use facts::{Facts, Unknown, http, tcp};

use crate::chain::{Broken, Ends, Verdict};
use crate::check::{Check, Judge, Outcome, Reason, Reference, Status};
use crate::documents;
use crate::inspection;
use crate::reach::{self, Sight};
use crate::say;
use crate::subject::{Endpoint, Grade, Landscape, Role, Transport};
use crate::text::{Message, Text, listed};

pub static CHECK: Check = Check {
    id: "endpoint.reachable",
    title: Text::new(
        "Devices reach every host that they need",
        "Les appareils atteignent chaque hôte dont ils ont besoin",
    ),
    why: Text::new(
        "Enrollment talks to a fixed set of hosts of Microsoft, Apple and Google. A firewall, a proxy, a filter or a captive portal \
         that keeps one of the core hosts away stops it; hosts that one feature needs cost that feature alone.",
        "L’inscription parle à un ensemble fixe d’hôtes de Microsoft, d’Apple et de Google. Un pare-feu, un proxy, un filtre ou un \
         portail captif qui bloque un hôte essentiel l’arrête ; un hôte lié à une seule fonctionnalité ne coûte que celle-ci.",
    ),
    affects: Text::new("devices on this network", "les appareils de ce réseau"),
    reasons: &[
        NAME_NOT_FOUND,
        PROXY_UNREACHABLE,
        PROXY_REFUSED,
        REFUSED,
        TIMED_OUT,
        RESET,
        UNROUTABLE,
        CAPTIVE_PORTAL,
        INTERCEPTED,
        TLS_FAILED,
        EXPIRED,
        NAME_MISMATCH,
        UNTRUSTED,
        OK,
        PARTLY_REACHABLE,
        SLOW,
        NAME_LOOKUP_FAILED,
        UNKNOWN_ISSUER,
        PROXY_AUTHENTICATION_REQUIRED,
        SERVER_ERROR,
        FALLBACK_ONLY,
        OPTIONAL_UNREACHABLE,
        RETIRED,
        NOT_TESTED,
    ],
    references: &[INTUNE_ENDPOINTS, APPLE_NETWORKS, ANDROID_NETWORKS],
    symptoms: &[
        Text::new(
            "The device reports that the server cannot be reached, or enrollment stops without a message.",
            "L’appareil signale que le serveur est injoignable, ou l’inscription s’arrête sans message.",
        ),
        Text::new(
            "Setup Assistant or the Company Portal app waits and then fails on this network, and works on another.",
            "L’assistant de configuration ou le portail d’entreprise attend puis échoue sur ce réseau, et fonctionne sur un autre.",
        ),
    ],
    judge: Judge::EachEndpoint(|endpoint, landscape, facts| Box::pin(judge(endpoint, landscape, facts))),
};

const INTUNE_ENDPOINTS: Reference = Reference {
    title: Text::new(
        "Network endpoints for Microsoft Intune",
        "Points de terminaison réseau de Microsoft Intune",
    ),
    url: "https://learn.microsoft.com/intune/intune-service/fundamentals/intune-endpoints",
};
const APPLE_NETWORKS: Reference = Reference {
    title: Text::new(
        "Use Apple products on enterprise networks",
        "Utiliser les produits Apple sur un réseau d’entreprise",
    ),
    url: "https://support.apple.com/101555",
};
const ANDROID_NETWORKS: Reference = Reference {
    title: Text::new(
        "Android Enterprise network requirements",
        "Configuration réseau requise par Android Enterprise",
    ),
    url: "https://support.google.com/work/android/answer/10513641",
};

const NAME_NOT_FOUND: Reason = Reason::fail(
    "name-not-found",
    Text::new(
        "The resolvers say that the host's name does not exist.",
        "Les résolveurs disent que le nom de l’hôte n’existe pas.",
    ),
    Text::new(
        "Find the DNS filter or the stale internal zone that hides the name, and let the name through.",
        "Trouvez le filtre DNS ou la zone interne périmée qui cache ce nom, et laissez-le passer.",
    ),
);
const PROXY_UNREACHABLE: Reason = Reason::fail(
    "proxy-unreachable",
    Text::new("The configured proxy does not answer.", "Le proxy configuré ne répond pas."),
    Text::new(
        "Correct the proxy's address, or start the proxy.",
        "Corrigez l’adresse du proxy, ou démarrez-le.",
    ),
);
const PROXY_REFUSED: Reason = Reason::fail(
    "proxy-refused",
    Text::new("The proxy refuses to connect to the host.", "Le proxy refuse de se connecter à l’hôte."),
    Text::new("Allow the host and port on the proxy.", "Autorisez l’hôte et le port sur le proxy."),
);
const REFUSED: Reason = Reason::fail(
    "refused",
    Text::new("The connection is refused.", "La connexion est refusée."),
    Text::new("Allow the host and port on the firewall.", "Autorisez l’hôte et le port sur le pare-feu."),
);
const TIMED_OUT: Reason = Reason::fail(
    "timed-out",
    Text::new("Nothing comes back in the time allowed.", "Rien ne revient dans le temps imparti."),
    Text::new("Allow the host and port on the firewall.", "Autorisez l’hôte et le port sur le pare-feu."),
);
const RESET: Reason = Reason::fail(
    "reset",
    Text::new(
        "The connection opens and is cut before an answer.",
        "La connexion s’ouvre puis est coupée avant une réponse.",
    ),
    Text::new(
        "Look for a filter that cuts connections by name (SNI), and exempt the host.",
        "Cherchez un filtre qui coupe les connexions d’après le nom (SNI), et exemptez l’hôte.",
    ),
);
const UNROUTABLE: Reason = Reason::fail(
    "unroutable",
    Text::new(
        "There is no route to the host from this network.",
        "Il n’y a pas de route vers l’hôte depuis ce réseau.",
    ),
    Text::new(
        "Give this network a route to the internet, or a proxy.",
        "Donnez à ce réseau une route vers Internet, ou un proxy.",
    ),
);
const CAPTIVE_PORTAL: Reason = Reason::fail(
    "captive-portal",
    Text::new(
        "A captive portal answers in the host's place: devices treat such a network as offline.",
        "Un portail captif répond à la place de l’hôte : les appareils considèrent un tel réseau comme hors ligne.",
    ),
    Text::new(
        "Enroll devices on a network without a sign-in page, or exempt them from it.",
        "Inscrivez les appareils sur un réseau sans page de connexion, ou exemptez-les de celle-ci.",
    ),
);
const INTERCEPTED: Reason = Reason::fail(
    "intercepted",
    Text::new(
        "TLS inspection re-signs a host that must not be inspected: devices refuse it.",
        "L’inspection TLS re-signe un hôte qui ne doit pas être inspecté : les appareils le refusent.",
    ),
    Text::new("Exempt the host from TLS inspection.", "Exemptez l’hôte de l’inspection TLS."),
);
const TLS_FAILED: Reason = Reason::fail(
    "tls-failed",
    Text::new(
        "The port opens and does not finish a TLS handshake.",
        "Le port s’ouvre et n’achève pas de négociation TLS.",
    ),
    Text::new(
        "Look for a filter or an old proxy that answers in the host's place, and exempt the host.",
        "Cherchez un filtre ou un vieux proxy qui répond à la place de l’hôte, et exemptez l’hôte.",
    ),
);
const EXPIRED: Reason = Reason::fail(
    "expired",
    Text::new(
        "The certificate that arrives is out of date.",
        "Le certificat reçu n’est pas en cours de validité.",
    ),
    Text::new(
        "Check this machine's clock first (network.clock); if it is right, look for what answers in the host's place.",
        "Vérifiez d’abord l’horloge de cette machine (network.clock) ; si elle est juste, cherchez ce qui répond à la place de l’hôte.",
    ),
);
const NAME_MISMATCH: Reason = Reason::fail(
    "name-mismatch",
    Text::new(
        "The certificate that arrives is for another host.",
        "Le certificat reçu est destiné à un autre hôte.",
    ),
    Text::new(
        "Look for the filter, the portal or the wrong DNS answer that leads to another server.",
        "Cherchez le filtre, le portail ou la mauvaise réponse DNS qui mène à un autre serveur.",
    ),
);
const UNTRUSTED: Reason = Reason::fail(
    "untrusted",
    Text::new(
        "The chain that arrives leads to no root at all: self-signed, incomplete or wrongly signed.",
        "La chaîne reçue ne mène à aucune racine : auto-signée, incomplète ou mal signée.",
    ),
    Text::new(
        "Find what answers in the host's place, and exempt the host from it.",
        "Trouvez ce qui répond à la place de l’hôte, et exemptez l’hôte.",
    ),
);
const OK: Reason = Reason::pass("ok", Text::new("The host answers.", "L’hôte répond."));
const PARTLY_REACHABLE: Reason = Reason::warn(
    "partly-reachable",
    Text::new(
        "Some of the name's addresses answer and others do not.",
        "Certaines adresses du nom répondent et d’autres non.",
    ),
    Text::new(
        "Allow the host by name, or all of its addresses; a list of addresses on the firewall may be out of date.",
        "Autorisez l’hôte par son nom, ou toutes ses adresses ; la liste d’adresses du pare-feu est peut-être périmée.",
    ),
);
const SLOW: Reason = Reason::warn(
    "slow",
    Text::new("The host answers, but slowly.", "L’hôte répond, mais lentement."),
    Text::new(
        "Look at the load of the proxy or the line; devices give up earlier than this tool.",
        "Examinez la charge du proxy ou de la ligne ; les appareils abandonnent plus tôt que cet outil.",
    ),
);
const NAME_LOOKUP_FAILED: Reason = Reason::unknown(
    "name-lookup-failed",
    Text::new(
        "No resolver could say whether the name exists.",
        "Aucun résolveur n’a pu dire si le nom existe.",
    ),
    Text::new("Check the resolvers of this network.", "Vérifiez les résolveurs de ce réseau."),
);
const UNKNOWN_ISSUER: Reason = Reason::warn(
    "unknown-issuer",
    Text::new(
        "The chain is complete and ends in a root of no programme; nothing else points to interception.",
        "La chaîne est complète et aboutit à une racine d’aucun programme ; rien d’autre n’indique une interception.",
    ),
    Text::new(
        "Find out who runs this root. If it is your inspection, exempt the host, or name the root in [trust] enterprise_roots.",
        "Déterminez à qui est cette racine. Si c’est votre inspection, exemptez l’hôte, ou nommez la racine dans [trust] enterprise_roots.",
    ),
);
const PROXY_AUTHENTICATION_REQUIRED: Reason = Reason::unknown(
    "proxy-authentication-required",
    Text::new(
        "The proxy asks for authentication, so nothing behind it could be tested.",
        "Le proxy demande une authentification : rien derrière lui n’a pu être testé.",
    ),
    Text::new(
        "Let devices through the proxy without authentication for these hosts, or give this tool credentials (proxy_user, proxy_password).",
        "Laissez passer les appareils sans authentification vers ces hôtes, ou donnez des identifiants à cet outil (proxy_user, proxy_password).",
    ),
);
const SERVER_ERROR: Reason = Reason::warn(
    "server-error",
    Text::new(
        "The host is reached and answers with an error of its own.",
        "L’hôte est atteint et répond par une erreur.",
    ),
    Text::new(
        "Try again later; look at the vendor's service health if it stays.",
        "Réessayez plus tard ; consultez l’état des services du fournisseur si cela persiste.",
    ),
);
const FALLBACK_ONLY: Reason = Reason::warn(
    "fallback-only",
    Text::new(
        "The preferred port is blocked; its fallback answers, so the service works, with more delay and battery use.",
        "Le port préféré est bloqué ; son repli répond, donc le service fonctionne, avec plus de délai et de batterie.",
    ),
    Text::new("Allow the preferred port.", "Autorisez le port préféré."),
);
const OPTIONAL_UNREACHABLE: Reason = Reason::warn(
    "optional-unreachable",
    Text::new(
        "A host that one feature or one of several alternatives needs is not reachable; enrollment works without it.",
        "Un hôte nécessaire à une seule fonctionnalité, ou une alternative parmi d’autres, est injoignable ; l’inscription fonctionne sans lui.",
    ),
    Text::new(
        "Allow the host if you use the feature; otherwise waive the finding.",
        "Autorisez l’hôte si vous utilisez la fonctionnalité ; sinon, ajoutez une dérogation.",
    ),
);
const RETIRED: Reason = Reason::skip(
    "retired",
    Text::new(
        "A superseded name; its absence is no fault.",
        "Un nom remplacé ; son absence n’est pas un défaut.",
    ),
);
const NOT_TESTED: Reason = Reason::skip(
    "not-tested",
    Text::new("Listed for firewalls, and not probed.", "Cité pour les pare-feu, et non sondé."),
);

async fn judge(endpoint: &Endpoint, landscape: &Landscape, facts: &Facts) -> Result<Outcome, Unknown> {
    if !endpoint.probed() {
        return Ok(describe(not_probed(endpoint), endpoint));
    }
    if let Some(preferred) = reach::spared_by(endpoint, landscape, facts).await? {
        let (subject, other) = (endpoint.subject(), preferred.subject());
        return Ok(describe(
            NOT_TESTED.because(say!(
                en: "{subject} is the fallback of {other}, which answers; it was left alone.",
                fr: "{subject} est le repli de {other}, qui répond ; il a été laissé tranquille."
            )),
            endpoint,
        ));
    }
    let outcome = assess(endpoint, landscape, facts).await?;
    let outcome = among_alternatives(outcome, endpoint, landscape, facts).await?;
    Ok(describe(weigh(outcome, endpoint), endpoint))
}

fn not_probed(endpoint: &Endpoint) -> Outcome {
    let subject = endpoint.subject();
    let Message { en, fr } = endpoint
        .why
        .clone()
        .unwrap_or_else(|| Text::new("not a host to probe", "pas un hôte à sonder").into());
    let outcome = NOT_TESTED.because(say!(
        en: "{subject} was not tested: {en}.",
        fr: "{subject} n’a pas été testé : {fr}."
    ));
    if endpoint.represented_by.is_empty() {
        return outcome;
    }
    let Message { en, fr } = listed(&endpoint.represented_by);
    outcome.note(say!(en: "Tested in its place: {en}.", fr: "Testés à sa place : {fr}."))
}

/// What holds of every finding about an endpoint.
fn describe(outcome: Outcome, endpoint: &Endpoint) -> Outcome {
    let platforms: Vec<&str> = endpoint.platforms.iter().map(|p| p.name()).collect();
    let (Message { en, fr }, purpose) = (listed(&platforms), &endpoint.purpose);
    let (purpose_en, purpose_fr) = (&purpose.en, &purpose.fr);
    let outcome = outcome
        .evidence("grade", serde_json::to_value(endpoint.grade).unwrap_or_default())
        .evidence("purpose", purpose.en.clone())
        .purpose(purpose.clone())
        .evidence("feature", endpoint.feature.clone())
        .evidence("inspection_forbidden", endpoint.inspection_forbidden)
        .evidence("open_ports", endpoint.open.clone())
        .evidence("sources", endpoint.sources.clone());
    if platforms.is_empty() {
        outcome.affects(say!(en: "servers ({purpose_en})", fr: "des serveurs ({purpose_fr})"))
    } else {
        outcome.affects(say!(en: "{en} ({purpose_en})", fr: "{fr} ({purpose_fr})"))
    }
}

/// What the look shows, as if enrollment depended on this host alone.
async fn assess(endpoint: &Endpoint, landscape: &Landscape, facts: &Facts) -> Result<Outcome, Unknown> {
    let (visited, proxied) = match reach::look(endpoint, facts).await? {
        Sight::Unresolved(resolution) => return Ok(unresolved(endpoint, &resolution)),
        Sight::Visited { visited, proxied } => (visited, proxied),
    };
    if let Some(refusal) = &visited.refusal {
        return Ok(refused_by_proxy(endpoint, refusal));
    }
    if !visited.connected() {
        return Ok(not_connected(endpoint, &visited.attempts));
    }
    let mut outcomes = vec![OK.because(answered(endpoint))];
    outcomes.extend(not_everywhere(endpoint, &visited.attempts));
    outcomes.extend(slowly(endpoint, &visited, landscape));
    let verdict = visited
        .tls
        .as_ref()
        .filter(|tls| !tls.chain().is_empty())
        .map(|tls| landscape.given.trust.judge(tls.chain(), endpoint.host.as_str(), facts.now()));
    if let Some(tls) = &visited.tls {
        outcomes.extend(handshake(endpoint, tls));
    }
    if let (Some(verdict), true) = (&verdict, endpoint.speaks_tls()) {
        outcomes.extend(chain(endpoint, verdict, landscape, facts).await?);
    }
    if let Some(http) = &visited.http {
        let resigned = verdict.as_ref().is_some_and(|v| !matches!(v.ends, Ends::Public { .. }));
        outcomes.extend(http_answer(endpoint, http, proxied, resigned));
    }
    if endpoint.unauthenticated && proxied {
        let host = &endpoint.host;
        let note = say!(
            en: "{host} must be reachable through the proxy without signing in to it.",
            fr: "{host} doit être joignable par le proxy sans authentification."
        );
        outcomes = outcomes.into_iter().map(|outcome| outcome.note(note.clone())).collect();
    }
    let expires_at = verdict.as_ref().and_then(|v| v.expires_at());
    let worst = Outcome::worst_of(CHECK.reasons, outcomes);
    Ok(worst.unwrap_or_else(|| OK.because(answered(endpoint))).expires_at(expires_at))
}

fn answered(endpoint: &Endpoint) -> Message {
    let subject = endpoint.subject();
    say!(en: "{subject} answers.", fr: "{subject} répond.")
}

/// The general remedy of a blocked host, with its name in it.
fn allow(endpoint: &Endpoint) -> Message {
    let (host, port) = (&endpoint.host, endpoint.port);
    say!(
        en: "On the firewall or proxy of this network, allow TCP {port} to {host}.",
        fr: "Sur le pare-feu ou le proxy de ce réseau, autorisez TCP {port} vers {host}."
    )
}

fn unresolved(endpoint: &Endpoint, resolution: &Resolution) -> Outcome {
    let Message { en, fr } = documents::unresolved(&endpoint.host, resolution);
    let reason =
        if matches!(resolution, Resolution::NotFound { .. }) { NAME_NOT_FOUND } else { NAME_LOOKUP_FAILED };
    reason.because(say!(en: "{en}.", fr: "{fr}."))
}

fn refused_by_proxy(endpoint: &Endpoint, refusal: &Refusal) -> Outcome {
    let subject = endpoint.subject();
    let Message { en, fr } = documents::refusal(refusal);
    let reason = match refusal {
        Refusal::Unreachable(_) => PROXY_UNREACHABLE,
        Refusal::AuthenticationRequired(_) | Refusal::CredentialsRefused(_) => PROXY_AUTHENTICATION_REQUIRED,
        Refusal::Status(_) | Refusal::NotHttp => PROXY_REFUSED,
        Refusal::Silent => TIMED_OUT,
    };
    let outcome = reason.because(say!(
        en: "{subject} is not reachable: {en}.",
        fr: "{subject} est injoignable : {fr}."
    ));
    if reason == PROXY_REFUSED || reason == TIMED_OUT { outcome.remedy(allow(endpoint)) } else { outcome }
}

fn not_connected(endpoint: &Endpoint, attempts: &[Attempt]) -> Outcome {
    let failures: Vec<tcp::Failure> = attempts.iter().filter_map(|a| a.failure).collect();
    let has = |failure| failures.contains(&failure);
    // What the network said outweighs what this machine lacks (a family without a route).
    let (reason, failure) = if has(tcp::Failure::Refused) {
        (REFUSED, tcp::Failure::Refused)
    } else if has(tcp::Failure::Reset) || has(tcp::Failure::Closed) {
        (RESET, tcp::Failure::Reset)
    } else if has(tcp::Failure::TimedOut) {
        (TIMED_OUT, tcp::Failure::TimedOut)
    } else {
        (UNROUTABLE, failures.first().copied().unwrap_or(tcp::Failure::Unroutable))
    };
    let Text { en, fr } = documents::connection(failure);
    let subject = endpoint.subject();
    let outcome = reason.because(say!(
        en: "{subject} is not reachable: {en}.",
        fr: "{subject} est injoignable : {fr}."
    ));
    outcome.found(attempts.iter().map(tried)).remedy(allow(endpoint))
}

fn tried(attempt: &Attempt) -> Message {
    let address = attempt.address.map_or_else(|| "proxy".to_owned(), |address| address.to_string());
    let Text { en, fr } = match attempt.failure {
        Some(failure) => documents::connection(failure),
        None => Text::new("the connection opened", "la connexion s’est ouverte"),
    };
    say!(en: "{address}: {en}", fr: "{address} : {fr}")
}

/// Some addresses answer and others do not. A family that this machine has no route for says nothing about the host.
fn not_everywhere(endpoint: &Endpoint, attempts: &[Attempt]) -> Option<Outcome> {
    let unroutable = |a: &&Attempt| a.failure == Some(tcp::Failure::Unroutable);
    let routed_v6 = attempts.iter().any(|a| a.address.is_some_and(|a| a.is_ipv6()) && !unroutable(&a));
    let routed_v4 = attempts.iter().any(|a| a.address.is_some_and(|a| a.is_ipv4()) && !unroutable(&a));
    let counts = |a: &&Attempt| match a.address {
        Some(address) if address.is_ipv6() => routed_v6,
        Some(_) => routed_v4,
        None => true,
    };
    let failed: Vec<&Attempt> = attempts.iter().filter(counts).filter(|a| a.failure.is_some()).collect();
    if failed.is_empty() {
        return None;
    }
    let (subject, total) = (endpoint.subject(), attempts.iter().filter(counts).count());
    let broken: Vec<String> = failed.iter().filter_map(|a| a.address).map(|a| a.to_string()).collect();
    let (count, Message { en, fr }) = (failed.len(), listed(&broken));
    Some(
        PARTLY_REACHABLE
            .because(say!(
                en: "{subject} answers, but {count} of its {total} addresses do not: {en}.",
                fr: "{subject} répond, mais {count} de ses {total} adresses ne répondent pas : {fr}."
            ))
            .found(attempts.iter().map(tried)),
    )
}

fn slowly(endpoint: &Endpoint, visited: &Visited, landscape: &Landscape) -> Option<Outcome> {
    let slow = landscape.given.thresholds.slow;
    let connect = visited.attempts.iter().filter(|a| a.failure.is_none()).map(|a| a.connect_ms).min();
    let answer = visited.http.as_ref().and_then(|h| h.as_ref().ok()).map(|r| r.first_answer_ms);
    let phases = [
        (connect, Text::new("to connect", "pour se connecter")),
        (visited.tls_ms, Text::new("for the TLS handshake", "pour la négociation TLS")),
        (answer, Text::new("to answer", "pour répondre")),
    ];
    let (took, phase) = phases
        .into_iter()
        .filter_map(|(took, phase)| Some((took?, phase)))
        .max_by_key(|(took, _)| *took)
        .filter(|(took, _)| u128::from(*took) > slow.as_millis())?;
    let subject = endpoint.subject();
    let (took, Text { en, fr }) = (f64::from(took) / 1000.0, phase);
    Some(SLOW.because(say!(
        en: "{subject} took {took:.1} s {en}.",
        fr: "{subject} a mis {took:.1} s {fr}."
    )))
}

fn handshake(endpoint: &Endpoint, tls: &tls::Handshake) -> Option<Outcome> {
    let failure = tls.failure.as_ref()?;
    let asks_for_a_certificate = !tls.chain().is_empty() && matches!(failure, tls::Failure::Alert(_));
    // A device has a client certificate for these; we have none, and have seen what we came for.
    if asks_for_a_certificate && endpoint.transport == Transport::Tls {
        return None;
    }
    let subject = endpoint.subject();
    let (reason, Message { en, fr }) = match failure {
        tls::Failure::Connection(tcp::Failure::TimedOut) => {
            (TIMED_OUT, documents::connection(tcp::Failure::TimedOut).into())
        }
        tls::Failure::Connection(failure) => (RESET, documents::connection(*failure).into()),
        tls::Failure::NotTls => {
            (TLS_FAILED, Text::new("the answer is not TLS", "la réponse n’est pas du TLS").into())
        }
        other => (TLS_FAILED, Message::same(other.to_string())),
    };
    Some(reason.because(say!(
        en: "{subject} opens, but the TLS handshake fails: {en}.",
        fr: "{subject} s’ouvre, mais la négociation TLS échoue : {fr}."
    )))
}

async fn chain(
    endpoint: &Endpoint,
    verdict: &Verdict,
    landscape: &Landscape,
    facts: &Facts,
) -> Result<Vec<Outcome>, Unknown> {
    let (subject, host) = (endpoint.subject(), &endpoint.host);
    let mut outcomes = Vec::new();
    if let (Some(late), Some(Message { en, fr })) = (&verdict.out_of_date, verdict.objection()) {
        outcomes.push(
            EXPIRED
                .because(say!(en: "{subject}: {en}.", fr: "{subject} : {fr}."))
                .evidence("out_of_date", late.subject.clone()),
        );
    }
    if !verdict.named {
        let names: Vec<String> = verdict.served.first().map(|leaf| leaf.names.clone()).unwrap_or_default();
        let shown: Vec<String> = names.iter().take(3).cloned().collect();
        let Message { en, fr } = listed(&shown);
        outcomes.push(NAME_MISMATCH.because(say!(
            en: "{host} is not among the names of the certificate that arrives ({en}).",
            fr: "{host} n’est pas parmi les noms du certificat reçu ({fr})."
        )));
    }
    let signer = verdict.signer();
    let resigned = || {
        let exempt = say!(
            en: "Exempt {host} from TLS inspection on the proxy or firewall that runs {signer}.",
            fr: "Exemptez {host} de l’inspection TLS sur le proxy ou pare-feu qui utilise {signer}."
        );
        INTERCEPTED
            .because(say!(
                en: "{subject} is re-signed by {signer}, and must not be inspected.",
                fr: "{subject} est re-signé par {signer}, et ne doit pas être inspecté."
            ))
            .remedy(exempt)
    };
    let inspector = match inspection::unknown_authority(verdict) {
        Some(identity) => landscape.survey(facts).await?.is_inspector(identity),
        None => false,
    };
    match &verdict.ends {
        Ends::Public { .. } => {}
        // Its dates are told already, and nothing else can be.
        Ends::Nowhere(Broken::NeverValidTogether) => {}
        Ends::Enterprise { .. } if endpoint.inspection_forbidden => outcomes.push(resigned()),
        Ends::Enterprise { .. } => outcomes.push(OK.because(answered(endpoint)).note(say!(
            en: "It is re-signed by {signer}. No statement forbids inspecting this host; devices must trust that root before they enroll.",
            fr: "Il est re-signé par {signer}. Rien n’interdit d’inspecter cet hôte ; les appareils doivent connaître cette racine avant l’inscription."
        ))),
        _ if inspector && endpoint.inspection_forbidden => outcomes.push(resigned()),
        Ends::UnknownRoot(_) => outcomes.push(UNKNOWN_ISSUER.because(say!(
            en: "{subject} shows a certificate signed by {signer}, a root that no platform knows.",
            fr: "{subject} présente un certificat signé par {signer}, une racine qu’aucune plateforme ne connaît."
        ))),
        Ends::Nowhere(_) if inspector => outcomes.push(UNKNOWN_ISSUER.because(say!(
            en: "{subject} is re-signed by {signer}, which signs for unrelated vendors on this network.",
            fr: "{subject} est re-signé par {signer}, qui signe pour des fournisseurs sans lien sur ce réseau."
        ))),
        Ends::Nowhere(broken) => {
            let Message { en, fr } = broken.in_words();
            outcomes.push(UNTRUSTED.because(say!(en: "{subject}: {en}.", fr: "{subject} : {fr}.")));
        }
    }
    Ok(outcomes)
}

fn http_answer(
    endpoint: &Endpoint,
    answer: &Result<http::Response, http::Failure>,
    proxied: bool,
    resigned: bool,
) -> Option<Outcome> {
    let subject = endpoint.subject();
    let response = match answer {
        Ok(response) => response,
        Err(http::Failure::NotHttp) => {
            return Some(SERVER_ERROR.because(say!(
                en: "{subject} answers with something that is not HTTP.",
                fr: "{subject} répond par autre chose que du HTTP."
            )));
        }
        Err(failure) => {
            let failure = match failure {
                http::Failure::Connection(failure) => *failure,
                _ => tcp::Failure::Closed,
            };
            let reason = if failure == tcp::Failure::TimedOut { TIMED_OUT } else { RESET };
            let Text { en, fr } = documents::connection(failure);
            return Some(
                reason
                    .because(say!(
                        en: "{subject} opens, but does not answer: {en}.",
                        fr: "{subject} s’ouvre, mais ne répond pas : {fr}."
                    ))
                    .remedy(allow(endpoint)),
            );
        }
    };
    let status = response.status;
    if let Some(found) = portal(endpoint, response) {
        return Some(found);
    }
    // An inspecting proxy answers inside the tunnel for a host that it could not reach; a plain one in the clear.
    let spoken_by_proxy =
        response.header("x-squid-error").is_some() || response.header("proxy-status").is_some();
    if proxied && (spoken_by_proxy && status >= 400 || resigned && matches!(status, 502..=504)) {
        return Some(
            PROXY_REFUSED
                .because(say!(
                    en: "{subject} is not reachable: the proxy itself answered {status} in the host's place.",
                    fr: "{subject} est injoignable : le proxy lui-même a répondu {status} à la place de l’hôte."
                ))
                .remedy(allow(endpoint)),
        );
    }
    (status >= 500).then(|| {
        SERVER_ERROR.because(say!(
            en: "{subject} is reached and answers with status {status}.",
            fr: "{subject} est atteint et répond avec le statut {status}."
        ))
    })
}

/// Status 511 (RFC 6585), or a connectivity test that does not get the answer which its vendor gives.
fn portal(endpoint: &Endpoint, response: &http::Response) -> Option<Outcome> {
    let (subject, status) = (endpoint.subject(), response.status);
    if status == 511 {
        return Some(CAPTIVE_PORTAL.because(say!(
            en: "{subject} is answered with status 511: a network sign-in is required.",
            fr: "{subject} reçoit le statut 511 : une connexion au réseau est exigée."
        )));
    }
    let canary = endpoint.canary.as_ref()?;
    let elsewhere = response
        .header("location")
        .filter(|_| (300..400).contains(&status))
        .and_then(|location| url::Url::parse(location).ok())
        .and_then(|url| url.host_str().map(str::to_owned))
        .filter(|host| facts::Name::from_wire(host) != endpoint.host);
    if let Some(host) = elsewhere {
        return Some(
            CAPTIVE_PORTAL
                .because(say!(
                    en: "The connectivity test {subject} is redirected to {host}.",
                    fr: "Le test de connectivité {subject} est redirigé vers {host}."
                ))
                .evidence("redirected_to", host),
        );
    }
    let body = String::from_utf8_lossy(&response.body);
    let other_body = !(300..400).contains(&status)
        && status < 500
        && if canary.body.is_empty() { !body.trim().is_empty() } else { !body.contains(&canary.body) };
    other_body.then(|| {
        CAPTIVE_PORTAL.because(say!(
            en: "The connectivity test {subject} gets another page than its vendor's.",
            fr: "Le test de connectivité {subject} reçoit une autre page que celle de son fournisseur."
        ))
    })
}

/// Rows of one service are one requirement: one that fails matters only if no other answers.
async fn among_alternatives(
    outcome: Outcome,
    endpoint: &Endpoint,
    landscape: &Landscape,
    facts: &Facts,
) -> Result<Outcome, Unknown> {
    if outcome.status != Status::Fail || endpoint.service.is_none() {
        return Ok(outcome);
    }
    let aside = facts.aside();
    let others = landscape.alternatives(endpoint).map(|other| works(other, landscape, &aside));
    let working: Vec<&Endpoint> =
        futures_util::future::join_all(others).await.into_iter().flatten().collect();
    let subject = endpoint.subject();
    let cause = outcome.reason.id;
    let Message { en, fr } = outcome.summary.clone();
    let preferred = working.iter().find(|other| other.role == Some(Role::Preferred));
    let found = match (preferred, working.first()) {
        (Some(other), _) => {
            let other = other.subject();
            OPTIONAL_UNREACHABLE.because(say!(
                en: "{en} The service works all the same: {other} answers.",
                fr: "{fr} Le service fonctionne quand même : {other} répond."
            ))
        }
        (None, Some(other)) => {
            let other = other.subject();
            FALLBACK_ONLY.because(say!(
                en: "{subject} is blocked ({cause}); the service works through its fallback {other}.",
                fr: "{subject} est bloqué ({cause}) ; le service fonctionne par son repli {other}."
            ))
        }
        (None, None) => {
            return Ok(outcome.note(say!(
                en: "No other host or port of this service answers either.",
                fr: "Aucun autre hôte ou port de ce service ne répond non plus."
            )));
        }
    };
    Ok(found.remedy(allow(endpoint)).found(outcome.found).notes(outcome.notes).evidence("cause", cause))
}

async fn works<'a>(endpoint: &'a Endpoint, landscape: &'a Landscape, facts: &Facts) -> Option<&'a Endpoint> {
    if reach::spared_by(endpoint, landscape, facts).await.ok()?.is_some() {
        return None;
    }
    let outcome = assess(endpoint, landscape, facts).await.ok()?;
    matches!(outcome.status, Status::Pass | Status::Warn).then_some(endpoint)
}

/// How much it matters: only the core can stop enrollment.
fn weigh(outcome: Outcome, endpoint: &Endpoint) -> Outcome {
    match endpoint.grade {
        Grade::Core | Grade::NotTested => outcome,
        // A portal stands between this network and everything, whichever test shows it.
        Grade::Feature if outcome.status == Status::Fail && outcome.reason != CAPTIVE_PORTAL => {
            let (Message { en, fr }, purpose) = (outcome.summary.clone(), &endpoint.purpose);
            let (purpose_en, purpose_fr, cause) = (&purpose.en, &purpose.fr, outcome.reason.id);
            OPTIONAL_UNREACHABLE
                .because(say!(
                    en: "{en} Only this needs it: {purpose_en}.",
                    fr: "{fr} Seule cette fonctionnalité en a besoin : {purpose_fr}."
                ))
                .remedy(outcome.remedy.unwrap_or_else(|| allow(endpoint).into()))
                .found(outcome.found)
                .notes(outcome.notes)
                .evidence("cause", cause)
                .expires_at(outcome.expires_at)
        }
        Grade::Legacy if outcome.reason != OK => {
            let (subject, cause) = (endpoint.subject(), outcome.reason.id);
            let because = endpoint.why.clone().unwrap_or_else(|| Text::new("superseded", "remplacé").into());
            let Message { en, fr } = because;
            RETIRED
                .because(say!(
                    en: "{subject} is a retired name and does not answer ({cause}); nothing depends on it: {en}.",
                    fr: "{subject} est un nom retiré et ne répond pas ({cause}) ; rien n’en dépend : {fr}."
                ))
                .evidence("cause", cause)
        }
        Grade::Feature | Grade::Legacy => outcome,
    }
}
