//! Reasons that every check may give: the run was cut short, or the check itself failed.

use crate::check::{Check, Reason};
use crate::text::Text;

const AGAIN: Text = Text::new("Run the check again.", "Relancez la vérification.");

pub const DEADLINE: Reason = Reason::unknown(
    "deadline",
    Text::new(
        "The run's time was up before this check had its answers.",
        "Le temps de l’exécution était écoulé avant que cette vérification ait ses réponses.",
    ),
    Text::new("Run it again with a longer --deadline.", "Relancez avec un --deadline plus long."),
);
pub const INTERRUPTED: Reason = Reason::unknown(
    "interrupted",
    Text::new("The run was interrupted.", "L’exécution a été interrompue."),
    AGAIN,
);
pub const CHECK_FAILED: Reason = Reason::unknown(
    "check-failed",
    Text::new(
        "The check itself broke down; this is a fault of enrollcheck, not of what it looked at.",
        "La vérification elle-même a échoué ; c’est un défaut d’enrollcheck, pas de ce qu’elle examinait.",
    ),
    Text::new(
        "Report it with the output of the run; the other findings stand.",
        "Signalez-le avec la sortie de l’exécution ; les autres constats restent valables.",
    ),
);
pub const NOT_RECORDED: Reason = Reason::unknown(
    "not-recorded",
    Text::new(
        "The recording does not hold the answer to a question that this check asks.",
        "L’enregistrement ne contient pas la réponse à une question de cette vérification.",
    ),
    Text::new("Record the run again with this version.", "Enregistrez de nouveau avec cette version."),
);
pub const CANNOT_ASK: Reason = Reason::unknown(
    "cannot-ask",
    Text::new(
        "This machine could not put a question (out of sockets, no permission).",
        "Cette machine n’a pas pu poser une question (plus de sockets, pas d’autorisation).",
    ),
    Text::new(
        "Raise the limit of open files (ulimit -n), or lower --concurrency.",
        "Augmentez la limite de fichiers ouverts (ulimit -n) ou réduisez --concurrency.",
    ),
);

/// Not for every check: for those about a federation service that may or may not exist.
pub const NOT_LEARNT: Reason = Reason::unknown(
    "not-learnt",
    Text::new(
        "Whether the tenant has a federation service could not be learnt.",
        "On n’a pas pu savoir si le locataire a un service de fédération.",
    ),
    Text::new(
        "See discovery.realm for what stood in the way, or name the service in the settings: [tenant.adfs] url = \"https://…\".",
        "Voyez dans discovery.realm ce qui a fait obstacle, ou désignez le service dans la configuration : [tenant.adfs] url = \"https://…\".",
    ),
);

/// All of them, as documentation and `explain` show them.
pub static REASONS: [Reason; 5] = [DEADLINE, INTERRUPTED, CHECK_FAILED, NOT_RECORDED, CANNOT_ASK];

/// A reason that a check may give: one of its own, or one of these.
pub fn reason_of<'a>(check: &'a Check, id: &str) -> Option<&'a Reason> {
    let own = check.reason(id).or_else(|| REASONS.iter().find(|reason| reason.id == id));
    own.or_else(|| (check.family() == "adfs" && id == NOT_LEARNT.id).then_some(&NOT_LEARNT))
}
