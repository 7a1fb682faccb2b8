//! What a visit to a host can come to.

use crate::check::Reason;
use crate::text::Text;

/// In the order that decides among equals.
pub(crate) const ALL: &[Reason] = &[
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
];

pub(crate) const NAME_NOT_FOUND: Reason = Reason::fail(
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
pub(crate) const PROXY_UNREACHABLE: Reason = Reason::fail(
    "proxy-unreachable",
    Text::new("The configured proxy does not answer.", "Le proxy configuré ne répond pas."),
    Text::new(
        "Correct the proxy's address, or start the proxy.",
        "Corrigez l’adresse du proxy, ou démarrez-le.",
    ),
);
pub(crate) const PROXY_REFUSED: Reason = Reason::fail(
    "proxy-refused",
    Text::new("The proxy refuses to connect to the host.", "Le proxy refuse de se connecter à l’hôte."),
    Text::new("Allow the host and port on the proxy.", "Autorisez l’hôte et le port sur le proxy."),
);
pub(crate) const REFUSED: Reason = Reason::fail(
    "refused",
    Text::new("The connection is refused.", "La connexion est refusée."),
    Text::new("Allow the host and port on the firewall.", "Autorisez l’hôte et le port sur le pare-feu."),
);
pub(crate) const TIMED_OUT: Reason = Reason::fail(
    "timed-out",
    Text::new("Nothing comes back in the time allowed.", "Rien ne revient dans le temps imparti."),
    Text::new("Allow the host and port on the firewall.", "Autorisez l’hôte et le port sur le pare-feu."),
);
pub(crate) const RESET: Reason = Reason::fail(
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
pub(crate) const UNROUTABLE: Reason = Reason::fail(
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
pub(crate) const CAPTIVE_PORTAL: Reason = Reason::fail(
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
pub(crate) const INTERCEPTED: Reason = Reason::fail(
    "intercepted",
    Text::new(
        "TLS inspection re-signs a host that must not be inspected: devices refuse it.",
        "L’inspection TLS re-signe un hôte qui ne doit pas être inspecté : les appareils le refusent.",
    ),
    Text::new("Exempt the host from TLS inspection.", "Exemptez l’hôte de l’inspection TLS."),
);
pub(crate) const TLS_FAILED: Reason = Reason::fail(
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
pub(crate) const EXPIRED: Reason = Reason::fail(
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
pub(crate) const NAME_MISMATCH: Reason = Reason::fail(
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
pub(crate) const UNTRUSTED: Reason = Reason::fail(
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
pub(crate) const OK: Reason = Reason::pass("ok", Text::new("The host answers.", "L’hôte répond."));
pub(crate) const PARTLY_REACHABLE: Reason = Reason::warn(
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
pub(crate) const SLOW: Reason = Reason::warn(
    "slow",
    Text::new("The host answers, but slowly.", "L’hôte répond, mais lentement."),
    Text::new(
        "Look at the load of the proxy or the line; devices give up earlier than this tool.",
        "Examinez la charge du proxy ou de la ligne ; les appareils abandonnent plus tôt que cet outil.",
    ),
);
pub(crate) const NAME_LOOKUP_FAILED: Reason = Reason::unknown(
    "name-lookup-failed",
    Text::new(
        "No resolver could say whether the name exists.",
        "Aucun résolveur n’a pu dire si le nom existe.",
    ),
    Text::new("Check the resolvers of this network.", "Vérifiez les résolveurs de ce réseau."),
);
pub(crate) const UNKNOWN_ISSUER: Reason = Reason::warn(
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
pub(crate) const PROXY_AUTHENTICATION_REQUIRED: Reason = Reason::unknown(
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
pub(crate) const SERVER_ERROR: Reason = Reason::warn(
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
pub(crate) const FALLBACK_ONLY: Reason = Reason::warn(
    "fallback-only",
    Text::new(
        "The preferred port is blocked; its fallback answers, so the service works, with more delay and battery use.",
        "Le port préféré est bloqué ; son repli répond, donc le service fonctionne, avec plus de délai et de batterie.",
    ),
    Text::new("Allow the preferred port.", "Autorisez le port préféré."),
);
pub(crate) const OPTIONAL_UNREACHABLE: Reason = Reason::warn(
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
pub(crate) const RETIRED: Reason = Reason::skip(
    "retired",
    Text::new(
        "A superseded name; its absence is no fault.",
        "Un nom remplacé ; son absence n’est pas un défaut.",
    ),
);
pub(crate) const NOT_TESTED: Reason = Reason::skip(
    "not-tested",
    Text::new("Listed for firewalls, and not probed.", "Cité pour les pare-feu, et non sondé."),
);
