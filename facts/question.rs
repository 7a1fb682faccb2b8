//! Every kind of question, tied to its kind of answer.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::Name;
use crate::vantage::Way;
use crate::{crl, dns, file, http, program, proxy, scep, tls, visit};

/// A question with a typed answer.
pub trait Ask: Clone + Into<Question> + Send + Sync + 'static {
    type Answer: Send + Sync + 'static;

    /// The typed answer out of the general one; none if it is of another kind.
    fn typed(answer: Answer) -> Option<Arc<Self::Answer>>;
}

macro_rules! questions {
    ($($variant:ident: $question:ty => $answer:ty;)*) => {
        /// Any question: the key of the memory and of a recording.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Question { $($variant($question),)* }

        /// Any answer; cheap to clone.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Answer { $($variant(Arc<$answer>),)* }

        $(
            impl From<$question> for Question {
                fn from(question: $question) -> Self { Self::$variant(question) }
            }
            impl From<$answer> for Answer {
                fn from(answer: $answer) -> Self { Self::$variant(Arc::new(answer)) }
            }
            impl Ask for $question {
                type Answer = $answer;
                fn typed(answer: Answer) -> Option<Arc<$answer>> {
                    #[allow(unreachable_patterns)]
                    match answer { Answer::$variant(answer) => Some(answer), _ => None }
                }
            }
        )*

        impl Answer {
            /// Where it lies: clones of one answer lie in one place.
            pub fn address(&self) -> usize {
                match self { $(Self::$variant(answer) => Arc::as_ptr(answer).addr(),)* }
            }

            /// Writes what a report shows of it.
            pub fn serialize_evidence<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(answer) => answer.evidence().serialize(serializer),)* }
            }
        }
    };
}

questions! {
    Dns: dns::Lookup => dns::Reply;
    Http: http::Get => http::Fetched;
    Visit: visit::Visit => visit::Visited;
    Proxy: proxy::Tunnel => proxy::Opened;
    Tls: tls::Shake => tls::Shaken;
    Crl: crl::Fetch => crl::Fetched;
    ScepCertificates: scep::CaCertificates => scep::Authority;
    ScepLongest: scep::LongestRequest => scep::Longest;
    File: file::Certificates => file::Contents;
    Look: file::Look => file::Looked;
    Program: program::Run => program::Ran;
}

impl Question {
    /// Whether it is about a domain or a name below it, and so of use to nobody else.
    pub fn mentions(&self, domain: &Name) -> bool {
        if let Self::Dns(question) = self {
            return [&question.name, &question.server.name].into_iter().any(|name| name.is_within(domain));
        }
        let (text, domain) = (self.to_string(), domain.as_str());
        let of_a_label = |c: char| c.is_ascii_alphanumeric() || c == '-';
        text.match_indices(domain).any(|(place, _)| {
            let before = text.get(..place).and_then(|before| before.chars().next_back());
            let mut after = text.get(place + domain.len()..).unwrap_or_default().chars();
            let ends = match after.next() {
                Some('.') => !after.next().is_some_and(of_a_label),
                Some(next) => !of_a_label(next),
                None => true,
            };
            ends && !before.is_some_and(of_a_label)
        })
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(q) => {
                let unchecked = if q.checking_disabled { " +cd" } else { "" };
                let again = if q.again { " again" } else { "" };
                write!(f, "dns {} {}. @{}{unchecked}{again}", q.kind.as_str(), q.name, q.server)
            }
            Self::Http(q) => write!(f, "GET {}", q.url),
            Self::Visit(q) => write!(f, "visit {}:{}", q.host, q.port),
            Self::Proxy(q) => write!(f, "CONNECT {}:{} @{}", q.host, q.port, q.proxy),
            Self::Tls(q) => {
                let at = match &q.way {
                    Way::Direct(addresses) => addresses.first().map(ToString::to_string).unwrap_or_default(),
                    Way::Routed(address) => address.to_string(),
                    Way::Proxy(proxy) => proxy.clone(),
                };
                write!(f, "TLS {}:{} @{at} ({})", q.host, q.port, q.offer.as_str())
            }
            Self::Crl(q) => write!(f, "CRL {}", q.url),
            Self::ScepCertificates(q) => write!(f, "SCEP {}", q.url),
            Self::ScepLongest(q) => write!(f, "SCEP {}... padded", q.url),
            Self::File(q) => write!(f, "file {}", q.path),
            Self::Look(q) => write!(f, "look at {}", q.path),
            Self::Program(q) => write!(f, "run {}", q.command.join(" ")),
        }
    }
}
