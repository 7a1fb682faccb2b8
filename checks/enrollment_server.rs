//! The dialogue of a device with a SCEP server, as far as it is harmless.

use std::collections::BTreeSet;
use std::sync::Arc;

use facts::http::{Failure, Fetched, Get};
use facts::scep::{Authority, CaCertificates};
use facts::vantage::{Resolution, Way};
use facts::{Facts, Unknown};
use futures_util::future::try_join_all;

use crate::check::{Outcome, Reason};
use crate::documents;
use crate::say;
use crate::subject::{Platform, ScepServer};
use crate::text::{Message, Text};

/// The address of a server is found, or why it is not.
pub(crate) enum Found {
    At(Way),
    /// The name does not exist, or has no address.
    NoSuchName(Message),
    /// Nobody could say.
    LookupFailed(Message),
}

pub(crate) async fn find(server: &ScepServer, facts: &Facts) -> Result<Found, Unknown> {
    let at = server.target.at();
    Ok(match facts.way(&at.host, at.port, server.target.speaks_tls()).await? {
        Ok(way) => Found::At(way),
        Err(resolution @ Resolution::NotFound { .. }) => {
            Found::NoSuchName(documents::unresolved(&at.host, &resolution))
        }
        Err(resolution) => Found::LookupFailed(documents::unresolved(&at.host, &resolution)),
    })
}

/// What all but `scep.answer` say of a server that cannot be asked: that one tells why.
pub(crate) const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new("The server gave no answer to judge.", "Le serveur n’a donné aucune réponse à juger."),
    Text::new(
        "See scep.answer, and scep.capabilities or scep.ca-certificate, for what stood in the way.",
        "Voyez dans scep.answer, et dans scep.capabilities ou scep.ca-certificate, ce qui a fait obstacle.",
    ),
);

/// The way to the server, or the outcome of a check that cannot go there.
pub(crate) async fn reach(server: &ScepServer, facts: &Facts) -> Result<Result<Way, Outcome>, Unknown> {
    Ok(match find(server, facts).await? {
        Found::At(way) => Ok(way),
        Found::NoSuchName(Message { en, fr }) | Found::LookupFailed(Message { en, fr }) => {
            Err(UNREACHABLE.because(say!(en: "{en}.", fr: "{fr}.")))
        }
    })
}

/// The bare address, as an administrator opens it in a browser.
pub(crate) async fn bare(server: &ScepServer, way: &Way, facts: &Facts) -> Result<Arc<Fetched>, Unknown> {
    facts.ask(Get { url: server.target.url.to_string(), way: way.clone(), brief: false }).await
}

/// What devices of the tenant's platforms send as the message of an operation.
pub(crate) fn messages(server: &ScepServer) -> Vec<&'static str> {
    let message = |platform: &Platform| match platform {
        Platform::Windows => "default",
        Platform::Ios | Platform::Macos => "SCEP%20Authority",
        Platform::Android => "ca",
    };
    server.platforms.iter().map(message).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Who sends a message, as the middle of a sentence.
pub(crate) fn sender(message: &str) -> Text {
    match message {
        "default" => Text::new("Windows sends it", "l’envoie Windows"),
        "ca" => Text::new("Android sends it", "l’envoie Android"),
        _ => Text::new("iOS and macOS send it", "l’envoient iOS et macOS"),
    }
}

/// The address of an operation.
pub(crate) fn operation(server: &ScepServer, operation: &str, message: &str) -> String {
    let mut url = server.target.url.clone();
    let own = url.query().map(|query| format!("{query}&")).unwrap_or_default();
    url.set_query(Some(&format!("{own}operation={operation}&message={message}")));
    url.into()
}

/// `GetCACaps` as each platform sends it.
pub(crate) async fn capabilities(
    server: &ScepServer,
    way: &Way,
    facts: &Facts,
) -> Result<Vec<(&'static str, Arc<Fetched>)>, Unknown> {
    try_join_all(messages(server).into_iter().map(|message| async move {
        let url = operation(server, "GetCACaps", message);
        Ok((message, facts.ask(Get { url, way: way.clone(), brief: false }).await?))
    }))
    .await
}

/// `GetCACert` as each platform sends it.
pub(crate) async fn certificates(
    server: &ScepServer,
    way: &Way,
    facts: &Facts,
) -> Result<Vec<(&'static str, Arc<Authority>)>, Unknown> {
    try_join_all(messages(server).into_iter().map(|message| async move {
        let url = operation(server, "GetCACert", message);
        Ok((message, facts.ask(CaCertificates { url, way: way.clone() }).await?))
    }))
    .await
}

/// What a server says that it can do (RFC 8894, 3.5.2): keywords, a line each, in any case.
pub(crate) struct Capabilities(BTreeSet<String>);

impl Capabilities {
    /// None where the body is a web page or holds no word at all.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with('<') {
            return None;
        }
        let plain = |word: &&str| word.chars().all(|c| c.is_ascii_graphic()) && word.len() <= 32;
        let words = text.split(|c: char| c.is_whitespace() || c == '\0').filter(|word| !word.is_empty());
        let words: BTreeSet<String> = words.filter(plain).take(64).map(str::to_ascii_lowercase).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.0.contains(&keyword.to_ascii_lowercase())
    }

    pub(crate) fn posts(&self) -> bool {
        self.has("POSTPKIOperation") || self.has("SCEPStandard")
    }

    pub(crate) fn strong_digest(&self) -> bool {
        let digests = ["SHA-256", "SHA-384", "SHA-512", "SCEPStandard", "SHA256", "SHA512"];
        digests.iter().any(|digest| self.has(digest))
    }

    pub(crate) fn aes(&self) -> bool {
        self.has("AES") || self.has("SCEPStandard")
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

/// Why no HTTP answer came, in words.
pub(crate) fn in_words(failure: &Failure) -> Message {
    documents::no_answer(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<Capabilities> {
        Capabilities::read(text.as_bytes())
    }

    #[test]
    fn keywords_are_read_in_any_case_and_with_any_line_end() {
        let capabilities = read("\u{feff}postpkioperation\r\nSha-256\r\n\r\n aes \n\0").unwrap();
        assert!(capabilities.posts() && capabilities.strong_digest() && capabilities.aes());
        assert!(!read("POSTPKIOperation\nSHA-1\nDES3").unwrap().strong_digest());
        let standard = read("SCEPStandard").unwrap();
        assert!(standard.posts() && standard.strong_digest() && standard.aes());
        assert!(read("").is_none() && read(" \r\n").is_none() && read("<html>SHA-256</html>").is_none());
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let read = Capabilities::read(&octets);
            prop_assert!(read.is_none_or(|capabilities| capabilities.words().len() <= 64));
        }
    }
}
