//! Whether Apple has revoked a push certificate: these name a list (CRL) and no OCSP responder.

use facts::{Certificate, Facts};
use jiff::Timestamp;

use crate::apple::Signer;
use crate::revocation::{self, Heard, Said, Source};
use crate::say;
use crate::text::{Message, Text};

/// What is known of a certificate's revocation.
pub(crate) enum Standing {
    Revoked {
        since: Timestamp,
        list: String,
    },
    Good,
    /// Not on a list that is out of date.
    GoodUntil {
        ended: Timestamp,
        list: String,
    },
    NotPublished,
    /// No list could be read: why.
    NotLearnt(Message),
}

impl Standing {
    pub(crate) fn in_a_word(&self) -> &'static str {
        match self {
            Self::Revoked { .. } => "revoked",
            Self::Good => "good",
            Self::GoodUntil { .. } => "stale",
            Self::NotPublished => "not-published",
            Self::NotLearnt(_) => "not-learnt",
        }
    }
}

/// Asks the lists that the certificate names. What cannot be had is no answer, and never an objection.
pub(crate) async fn standing(certificate: &Certificate, signer: &Signer, facts: &Facts) -> Standing {
    match revocation::lists(certificate, &signer.public_key, facts).await {
        Ok(heard) => heard.into_iter().fold(Standing::NotPublished, later),
        Err(unknown) => Standing::NotLearnt(Message::same(unknown.to_string())),
    }
}

/// Of several lists the first that says something counts.
fn later(standing: Standing, heard: Heard) -> Standing {
    if !matches!(standing, Standing::NotPublished | Standing::NotLearnt(_)) {
        return standing;
    }
    let (Source::List(list) | Source::Responder(list)) = heard.source else { return standing };
    match heard.said {
        // Nobody takes a revocation back.
        Said::Revoked { since } | Said::Stale { revoked: Some(since), .. } => {
            Standing::Revoked { since, list }
        }
        Said::Good { .. } => Standing::Good,
        Said::Stale { ended, revoked: None } => Standing::GoodUntil { ended, list },
        Said::Unreached(Message { en, fr }) | Said::Unusable(Message { en, fr }) => {
            Standing::NotLearnt(say!(en: "{list}: {en}", fr: "{list} : {fr}"))
        }
    }
}

/// Where there is nothing to ask.
pub(crate) const NOT_PUBLISHED: Text = Text::new(
    "Whether it was revoked cannot be asked: it names no revocation list.",
    "Impossible de savoir s’il a été révoqué : il ne désigne aucune liste de révocation.",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_lists_the_first_that_speaks_counts() {
        let day = Timestamp::UNIX_EPOCH;
        let heard = |said| Heard { source: Source::List("http://crl.apple.com/aai2ca.crl".to_owned()), said };
        let silent = || heard(Said::Unreached(Message::same("the connection was refused")));
        let after = |all: Vec<Heard>| all.into_iter().fold(Standing::NotPublished, later).in_a_word();
        assert_eq!(after(Vec::new()), "not-published");
        assert_eq!(after(vec![silent()]), "not-learnt");
        assert_eq!(after(vec![silent(), heard(Said::Good { as_of: day, until: None })]), "good");
        assert_eq!(after(vec![heard(Said::Stale { ended: day, revoked: None }), silent()]), "stale");
        let stale = Said::Stale { ended: day, revoked: Some(day) };
        assert_eq!(after(vec![heard(stale)]), "revoked", "nobody takes a revocation back");
    }
}
