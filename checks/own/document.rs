//! A file that should be there, or not, or hold a text.

use facts::file::{Look, Looked};
use facts::{Facts, Unknown};

use super::{NOT_ANSWERED, OK, Own};
use crate::check::Outcome;
use crate::say;

pub(super) async fn judge(
    own: &Own,
    path: &str,
    shown: &str,
    there: bool,
    contains: Option<&str>,
    facts: &Facts,
) -> Result<Outcome, Unknown> {
    let look = Look { path: path.to_owned(), contains: contains.map(str::to_owned) };
    Ok(match &*facts.ask(look).await? {
        Looked::Missing => {
            let summary = say!(en: "There is no file {shown}.", fr: "Il n’y a pas de fichier {shown}.");
            if there { own.unexpected(summary) } else { OK.because(summary) }
        }
        Looked::Unreadable(why) => NOT_ANSWERED.because(say!(
            en: "{shown} cannot be read: {why}.",
            fr: "{shown} est illisible : {why}."
        )),
        Looked::Found { .. } if !there => {
            own.unexpected(say!(en: "The file {shown} exists.", fr: "Le fichier {shown} existe."))
        }
        Looked::Found { contains: Some(false), .. } => {
            let outcome = own.unexpected(say!(
                en: "{shown} does not hold the expected text.",
                fr: "{shown} ne contient pas le texte attendu."
            ));
            let wanted = contains.unwrap_or_default();
            outcome.wanted(say!(en: "the text {wanted:?}", fr: "le texte « {wanted} »"))
        }
        Looked::Found { .. } => OK.because(say!(
            en: "The file {shown} is as expected.",
            fr: "Le fichier {shown} est comme attendu."
        )),
    })
}
