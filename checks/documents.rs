//! Documents by URL: what came, over what chain, and why nothing came.

use std::sync::Arc;

use facts::dns::Server;
use facts::http::{Failure, Get, KEPT_BYTES, Response};
use facts::proxy::Refusal;
use facts::vantage::Resolution;
use facts::{Facts, Name, Unknown};
use facts::{tcp, tls};
use url::Url;

use crate::chain::{Ends, Trust, Verdict};
use crate::say;
use crate::subject::HostPort;
use crate::text::{Message, Text, listed};

/// What a GET led to.
pub(crate) enum Fetch {
    Answer(Box<Answer>),
    /// The server wants to be left alone for so many seconds.
    Throttled(Option<u32>),
    /// No HTTP answer: the words say at which step.
    Unreachable(Message),
}

pub(crate) struct Answer {
    pub(crate) response: Response,
    /// None over plain HTTP.
    pub(crate) chain: Option<Arc<Verdict>>,
}

impl Answer {
    /// Why a cloud's answer cannot be believed; none if it can. The organisation's own authority may stand between:
    /// its inspection is a matter of `network.tls-inspection`.
    pub(crate) fn untrusted(&self) -> Option<Message> {
        let chain = self.chain.as_ref()?;
        match chain.ends {
            Ends::Enterprise { .. } if chain.named && chain.out_of_date.is_none() => None,
            _ => chain.objection(),
        }
    }
}

/// Asks for one `https://` document on its usual port.
pub(crate) async fn fetch(host: &Name, path: &str, facts: &Facts, trust: &Trust) -> Result<Fetch, Unknown> {
    ask(host, 443, format!("https://{host}{path}"), facts, trust).await
}

/// The same of a server that may listen on another port.
pub(crate) async fn fetch_at(
    at: &HostPort,
    path: &str,
    facts: &Facts,
    trust: &Trust,
) -> Result<Fetch, Unknown> {
    let HostPort { host, port } = at;
    match port {
        443 => fetch(host, path, facts, trust).await,
        _ => ask(host, *port, format!("https://{at}{path}"), facts, trust).await,
    }
}

/// Asks for one document by its whole address.
pub(crate) async fn fetch_url(url: &Url, facts: &Facts, trust: &Trust) -> Result<Fetch, Unknown> {
    let host = Name::from_wire(url.host_str().unwrap_or_default());
    ask(&host, url.port_or_known_default().unwrap_or(443), url.to_string(), facts, trust).await
}

async fn ask(host: &Name, port: u16, url: String, facts: &Facts, trust: &Trust) -> Result<Fetch, Unknown> {
    let way = match facts.way(host, port, !url.starts_with("http:")).await? {
        Ok(way) => way,
        Err(resolution) => return Ok(Fetch::Unreachable(unresolved(host, &resolution))),
    };
    let fetched = facts.ask(Get { url, way, brief: false }).await?;
    Ok(match &fetched.outcome {
        Ok(response) if response.status == 429 => Fetch::Throttled(response.retry_after_s()),
        Ok(response) => {
            let judge =
                |tls: &facts::tls::Handshake| trust.judge(tls.chain(), host.as_str(), facts.gathered());
            let chain = fetched.tls.as_ref().map(judge);
            Fetch::Answer(Box::new(Answer { response: response.clone(), chain }))
        }
        Err(Failure::Throttled(seconds)) => Fetch::Throttled(Some(*seconds)),
        Err(failure) => Fetch::Unreachable(unreachable(host, failure)),
    })
}

/// Why a name gave no address, in words.
pub(crate) fn unresolved(host: &Name, resolution: &Resolution) -> Message {
    match resolution {
        Resolution::Addresses(_) => say!(en: "{host} has addresses", fr: "{host} a des adresses"),
        Resolution::NotFound { nxdomain: true, by } => say!(
            en: "The name {host} does not exist (NXDOMAIN from {by})",
            fr: "Le nom {host} n’existe pas (NXDOMAIN de {by})"
        ),
        Resolution::NotFound { nxdomain: false, by } => say!(
            en: "The name {host} has no address (NODATA from {by})",
            fr: "Le nom {host} n’a pas d’adresse (NODATA de {by})"
        ),
        Resolution::Failed(failures) if failures.is_empty() => say!(
            en: "No resolver is configured to look {host} up",
            fr: "Aucun résolveur n’est configuré pour chercher {host}"
        ),
        Resolution::Failed(failures) => {
            let Message { en, fr } = each_said(failures.iter().map(|(server, what)| (server, silence(what))));
            say!(en: "The look-up of {host} failed ({en})", fr: "La résolution de {host} a échoué ({fr})")
        }
    }
}

/// What each name server said, in a row.
pub(crate) fn each_said<'a>(said: impl Iterator<Item = (&'a Server, Message)>) -> Message {
    let (en, fr): (Vec<String>, Vec<String>) =
        said.map(|(by, what)| (format!("{by}: {}", what.en), format!("{by} : {}", what.fr))).unzip();
    Message { en: listed(&en).en, fr: listed(&fr).fr }
}

/// How a name server failed: the names of codes stay, the rest is said in words.
pub(crate) fn silence(what: &str) -> Message {
    let fr = match what {
        "timed out" => "pas de réponse à temps",
        "port closed" => "port fermé",
        "unreachable" => "injoignable",
        "malformed answer" => "réponse mal formée",
        code => code,
    };
    Message { en: what.to_owned(), fr: fr.to_owned() }
}

fn unreachable(host: &Name, failure: &Failure) -> Message {
    let Message { en, fr } = no_answer(failure);
    say!(en: "{host}: {en}", fr: "{host} : {fr}")
}

/// Why no HTTP answer came, in words.
pub(crate) fn no_answer(failure: &Failure) -> Message {
    match failure {
        Failure::Connection(failure) => connection(*failure).into(),
        Failure::Proxy(refusal) => self::refusal(refusal),
        Failure::Tls(failure) => {
            let Message { en, fr } = handshake(failure);
            say!(en: "the TLS handshake failed ({en})", fr: "la négociation TLS a échoué ({fr})")
        }
        Failure::NotHttp => Text::new("the answer is not HTTP", "la réponse n’est pas du HTTP").into(),
        Failure::Throttled(seconds) => say!(
            en: "asked for patience, {seconds} s more",
            fr: "demande de patienter encore {seconds} s"
        ),
    }
}

/// How a handshake failed, in words; what the other side or the library says stays as it is.
pub(crate) fn handshake(failure: &tls::Failure) -> Message {
    match failure {
        tls::Failure::Connection(failure) => connection(*failure).into(),
        tls::Failure::Alert(alert) => say!(en: "TLS alert {alert}", fr: "alerte TLS {alert}"),
        tls::Failure::NoExtendedMasterSecret => {
            Text::new("no extended master secret", "pas de secret maître étendu").into()
        }
        tls::Failure::NotTls => Text::new("the answer is not TLS", "la réponse n’est pas du TLS").into(),
        tls::Failure::Protocol(_) => say!(en: "{failure}", fr: "{failure}"),
    }
}

/// The body of an answer, where all of it came.
pub(crate) fn whole(response: &Response) -> Result<&[u8], Message> {
    match (response.truncated, response.body.len()) {
        (false, _) => Ok(&response.body),
        (true, KEPT_BYTES..) => {
            let most = KEPT_BYTES / 1024 / 1024;
            Err(say!(
                en: "it is larger than the {most} MiB that such a document may have",
                fr: "il dépasse la taille admise pour un tel document ({most} Mio)"
            ))
        }
        (true, came) => {
            Err(say!(en: "it breaks off after {came} octets", fr: "il s’interrompt après {came} octets"))
        }
    }
}

/// How a connection failed, in words.
pub(crate) fn connection(failure: tcp::Failure) -> Text {
    match failure {
        tcp::Failure::Refused => Text::new("the connection was refused", "la connexion a été refusée"),
        tcp::Failure::TimedOut => {
            Text::new("nothing came back in time", "rien n’est revenu dans le temps imparti")
        }
        tcp::Failure::Reset => {
            Text::new("the connection was cut (reset)", "la connexion a été coupée (reset)")
        }
        tcp::Failure::Closed => {
            Text::new("the connection was closed without an answer", "la connexion a été fermée sans réponse")
        }
        tcp::Failure::Unroutable => {
            Text::new("there is no route to it from here", "il n’y a pas de route vers lui depuis ici")
        }
        tcp::Failure::Forbidden => Text::new(
            "this machine's own rules forbid the connection",
            "les règles de cette machine interdisent la connexion",
        ),
        tcp::Failure::Other => Text::new("the connection failed", "la connexion a échoué"),
    }
}

/// Why a proxy gave no tunnel, in words.
pub(crate) fn refusal(refusal: &Refusal) -> Message {
    match refusal {
        Refusal::Unreachable(failure) => {
            let Text { en, fr } = connection(*failure);
            say!(en: "the proxy is out of reach ({en})", fr: "le proxy est hors d’atteinte ({fr})")
        }
        Refusal::AuthenticationRequired(_) | Refusal::CredentialsRefused(_) => Text::new(
            "the proxy asks for authentication (407)",
            "le proxy demande une authentification (407)",
        )
        .into(),
        Refusal::Status(status) => say!(
            en: "the proxy answered {status} to CONNECT",
            fr: "le proxy a répondu {status} à CONNECT"
        ),
        Refusal::Silent => Text::new(
            "the proxy took the request and gave no answer in time",
            "le proxy a pris la requête et n’a pas répondu à temps",
        )
        .into(),
        Refusal::NotHttp => {
            Text::new("the proxy's answer is not HTTP", "la réponse du proxy n’est pas du HTTP").into()
        }
    }
}
