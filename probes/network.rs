//! The live source: one match from question to probe.

use std::sync::Arc;
use std::time::Duration;

use facts::memory::{Answering, Source};
use facts::{Question, Vantage};
use tokio::sync::Semaphore;

use crate::connector::Connector;
use crate::limits::Limits;
use crate::proxies::Keys;
use crate::secret::Secrets;
use crate::{crl, dns, file, http, program, proxy, scep, tls, visit};

/// How the network is asked.
pub struct Options {
    pub vantage: Arc<Vantage>,
    /// The bound on one probe.
    pub timeout: Duration,
    /// Sockets open at once.
    pub concurrency: usize,
    pub proxy_keys: Keys,
    pub secrets: Secrets,
}

/// The world as it is now.
pub struct Network {
    connector: Connector,
    secrets: Secrets,
    /// Programs that run at once.
    programs: Semaphore,
}

/// A user's programs share the machine with the run.
const PROGRAMS: usize = 8;

impl Network {
    pub fn new(options: Options) -> Self {
        let limits = Limits::new(options.concurrency);
        let connector = Connector::new(options.vantage, limits, options.timeout, options.proxy_keys);
        Self { connector, secrets: options.secrets, programs: Semaphore::new(PROGRAMS) }
    }

    async fn look_up(&self, question: &facts::dns::Lookup) -> Result<facts::dns::Reply, facts::Unknown> {
        let address = self.connector.name_server(&question.server);
        if !question.recursion {
            let (host, port) = (question.server.name.as_str(), question.server.address.port());
            self.connector.limits.pace(host, port, Some(address.ip())).await;
        }
        let _turn = self.connector.limits.name_server(address).await;
        let _place = self.connector.limits.socket().await;
        dns::lookup(question, address, self.connector.bound).await
    }
}

impl Source for Network {
    fn answer<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(async move {
            Ok(match question {
                Question::Dns(lookup) => self.look_up(lookup).await?.into(),
                Question::Http(get) => http::fetch(get, &self.connector).await?.into(),
                Question::Visit(asked) => visit::visit(asked, &self.connector).await?.into(),
                Question::Tls(asked) => tls::shake(asked, &self.connector).await?.into(),
                Question::Crl(asked) => crl::fetch(asked, &self.connector).await?.into(),
                Question::ScepCertificates(asked) => scep::certificates(asked, &self.connector).await?.into(),
                Question::ScepLongest(asked) => scep::longest(asked, &self.connector).await?.into(),
                Question::Proxy(tunnel) => proxy::open(tunnel, &self.connector).await?.into(),
                Question::Look(look) => file::look(look, self.connector.bound).await.into(),
                Question::Program(run) => program::run(run, &self.programs).await.into(),
                Question::File(certificates) => {
                    file::read(certificates, &self.secrets, self.connector.bound).await.into()
                }
            })
        })
    }
}
