//! What was heard, as a report tells it.

use facts::Certificate;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Examined, Heard, Said, Source};
use crate::say;
use crate::text::{Message, Text};

/// An address in a certificate may be as long as the certificate.
const SHOWN: usize = 200;

impl Examined {
    /// The certificate as a person names it: some have no subject.
    pub(crate) fn name(&self) -> String {
        name(&self.certificate)
    }

    /// One line for each source.
    pub(crate) fn lines(&self) -> Vec<Message> {
        let name = self.name();
        let line = |heard: &Heard| {
            let (Message { en, fr }, said) = (heard.source.in_words(), heard.said.in_words());
            let (said_en, said_fr) = (said.en, said.fr);
            say!(en: "{name}: {en}: {said_en}", fr: "{name} : {fr} : {said_fr}")
        };
        self.heard.iter().map(line).collect()
    }

    /// The sources that settled nothing, and why.
    pub(crate) fn troubles(&self) -> Vec<Message> {
        let troubles = self.heard.iter().filter(|heard| !heard.said.settles());
        troubles.map(Heard::in_words).collect()
    }

    pub(crate) fn evidence(&self) -> Value {
        let heard =
            |heard: &Heard| json!({ "source": heard.source.in_words().en, "said": heard.said.in_words().en });
        json!({
            "certificate": self.name(),
            "serial": self.certificate.serial,
            "heard": self.heard.iter().map(heard).collect::<Vec<_>>(),
        })
    }
}

impl Heard {
    pub(crate) fn in_words(&self) -> Message {
        let (Message { en, fr }, said) = (self.source.in_words(), self.said.in_words());
        let (said_en, said_fr) = (said.en, said.fr);
        say!(en: "{en}: {said_en}", fr: "{fr} : {said_fr}")
    }
}

impl Source {
    pub(crate) fn in_words(&self) -> Message {
        match self {
            Self::Stapled => {
                Text::new("the answer that the server staples", "la réponse que le serveur agrafe").into()
            }
            Self::Responder(url) => {
                let url = shown(url);
                say!(en: "the responder {url}", fr: "le répondeur {url}")
            }
            Self::List(url) => {
                let url = shown(url);
                say!(en: "the list {url}", fr: "la liste {url}")
            }
        }
    }

    pub(crate) fn url(&self) -> Option<String> {
        match self {
            Self::Stapled => None,
            Self::Responder(url) | Self::List(url) => Some(shown(url)),
        }
    }
}

impl Said {
    pub(crate) fn in_words(&self) -> Message {
        match self {
            Self::Good { as_of, until: None } => {
                let as_of = moment(*as_of);
                say!(en: "not revoked as of {as_of}", fr: "non révoqué au {as_of}")
            }
            Self::Good { as_of, until: Some(until) } => {
                let (as_of, until) = (moment(*as_of), moment(*until));
                say!(
                    en: "not revoked as of {as_of}, valid until {until}",
                    fr: "non révoqué au {as_of}, valable jusqu’au {until}"
                )
            }
            Self::Revoked { since } => {
                let since = moment(*since);
                say!(en: "revoked since {since}", fr: "révoqué depuis le {since}")
            }
            Self::Stale { ended, revoked: None } => {
                let ended = moment(*ended);
                say!(en: "out of date since {ended}", fr: "périmée depuis le {ended}")
            }
            Self::Stale { ended, revoked: Some(since) } => {
                let (ended, since) = (moment(*ended), moment(*since));
                say!(
                    en: "out of date since {ended}; it said revoked since {since}",
                    fr: "périmée depuis le {ended} ; elle disait révoqué depuis le {since}"
                )
            }
            Self::Unreached(why) | Self::Unusable(why) => why.clone(),
        }
    }
}

pub(crate) fn name(certificate: &Certificate) -> String {
    let named = Some(certificate.short_name()).filter(|name| !name.starts_with('('));
    named
        .or(certificate.names.first().map(String::as_str))
        .unwrap_or("(no name)")
        .chars()
        .take(SHOWN)
        .collect()
}

/// To the minute, in UTC, as revocation is dated.
pub(crate) fn moment(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn shown(url: &str) -> String {
    url.chars().take(SHOWN).collect()
}
