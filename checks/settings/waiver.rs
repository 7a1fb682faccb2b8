//! Waivers cover something, and only for a time.

use crate::check::{Check, Judge, Reason};
use crate::text::Text;

pub static CHECK: Check = Check {
    id: "settings.waiver",
    title: Text::new("Every waiver is in use and in date", "Chaque dérogation sert et reste valable"),
    why: Text::new(
        "A waiver says that somebody knows about a finding until a day. One that outlives its day, or its finding, hides what \
         comes next.",
        "Une dérogation dit que quelqu’un connaît un constat, jusqu’à une date. Celle qui survit à sa date, ou à son constat, \
         cache ce qui vient après.",
    ),
    affects: Text::new("readers of the report", "les lecteurs du rapport"),
    reasons: &[EXPIRED, UNUSED],
    // Its source is the program's own contract.
    references: &[],
    symptoms: &[],
    judge: Judge::Settings,
};

pub const EXPIRED: Reason = Reason::warn(
    "expired",
    Text::new(
        "The waiver's day has passed; it covers nothing any more.",
        "La date de la dérogation est passée ; elle ne couvre plus rien.",
    ),
    Text::new(
        "Mend what it covered, or give it a new date and a reason that still holds.",
        "Corrigez ce qu’elle couvrait, ou donnez-lui une nouvelle date et une raison toujours valable.",
    ),
);
pub const UNUSED: Reason = Reason::warn(
    "unused",
    Text::new(
        "The waiver covered no finding of this run.",
        "La dérogation n’a couvert aucun constat de cette exécution.",
    ),
    Text::new("Remove it from the settings.", "Retirez-la de la configuration."),
);
