//! What `tls.revocation` can say.

use crate::check::Reason;
use crate::text::Text;

/// In the order that decides among equals.
pub(crate) const REASONS: [Reason; 6] = [GOOD, REVOKED, NOT_OFFERED, UNAVAILABLE, STALE, UNREACHABLE];

pub(crate) const GOOD: Reason = Reason::pass(
    "good",
    Text::new(
        "A current, signed answer says of each certificate that it is not revoked.",
        "Une réponse signée et en cours de validité dit de chaque certificat qu’il n’est pas révoqué.",
    ),
);
pub(crate) const REVOKED: Reason = Reason::fail(
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
pub(crate) const NOT_OFFERED: Reason = Reason::pass(
    "not-offered",
    Text::new(
        "No certificate of the path names a responder or a list, so nobody can look it up.",
        "Aucun certificat du chemin ne désigne de répondeur ni de liste : personne ne peut vérifier.",
    ),
);
pub(crate) const UNAVAILABLE: Reason = Reason::warn(
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
pub(crate) const STALE: Reason = Reason::warn(
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
pub(crate) const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new(
        "The server could not be reached, or showed no certificate.",
        "Le serveur est injoignable, ou n’a présenté aucun certificat.",
    ),
    Text::new("See tls.chain for what stands in the way.", "Voyez dans tls.chain ce qui fait obstacle."),
);
