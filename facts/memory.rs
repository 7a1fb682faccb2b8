//! Each different question is put once, whoever asks it; and who asked what is remembered.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::dns::{Kind, Lookup, Reply};
use crate::vantage::{Resolution, Vantage, Way};
use crate::{Answer, Ask, Name, Question, Unknown};

pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer, Unknown>> + Send + 'a>>;

/// Where answers come from: the network, a recording, a test's own world.
pub trait Source: Send + Sync {
    fn answer<'a>(&'a self, question: &'a Question) -> Answering<'a>;
}

impl<S: Source + ?Sized> Source for Arc<S> {
    fn answer<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        (**self).answer(question)
    }
}

type Slot = Arc<OnceCell<Result<Answer, Unknown>>>;

/// All questions of a run and their answers: single flight, keyed by the question.
pub struct Memory {
    source: Box<dyn Source>,
    slots: Mutex<HashMap<Question, Slot>>,
}

impl Memory {
    pub fn of(source: impl Source + 'static) -> Self {
        Self { source: Box::new(source), slots: Mutex::default() }
    }

    /// How many different questions were put so far.
    pub fn questions(&self) -> usize {
        lock(&self.slots).len()
    }

    /// Lets an answer go that nobody will ask for again.
    pub fn forget(&self, question: &Question) {
        lock(&self.slots).remove(question);
    }

    async fn answer(&self, question: &Question) -> Result<Answer, Unknown> {
        let slot = Arc::clone(lock(&self.slots).entry(question.clone()).or_default());
        // A cell whose first asker is cancelled passes the question on to the next one who waits.
        slot.get_or_init(|| self.source.answer(question)).await.clone()
    }
}

/// A mutex that a panicking check has poisoned still guards sound data: nothing here is left half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A question that was put, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub question: Question,
    pub answer: Result<Answer, Unknown>,
}

/// What one check may know: it asks, and its questions become its evidence.
pub struct Facts {
    memory: Arc<Memory>,
    vantage: Arc<Vantage>,
    now: Timestamp,
    gathered_at: Timestamp,
    asked: Mutex<Vec<Asked>>,
}

impl Facts {
    pub fn new(memory: Arc<Memory>, vantage: Arc<Vantage>, now: Timestamp) -> Self {
        Self { memory, vantage, now, gathered_at: now, asked: Mutex::default() }
    }

    /// The same where the answers are older, or younger, than the time of judgement.
    pub fn gathered_at(self, time: Timestamp) -> Self {
        Self { gathered_at: time, ..self }
    }

    /// When the evidence was gathered: who spoke then is judged by that time, whatever the time of judgement is. By July
    /// a cloud will have another certificate; what it said in January it said as itself.
    pub fn gathered(&self) -> Timestamp {
        self.gathered_at
    }

    /// The time of judgement: a fact like any other, so that kept evidence can be judged again.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn vantage(&self) -> &Vantage {
        &self.vantage
    }

    /// Asks, and keeps question and answer as this check's evidence.
    pub async fn ask<Q: Ask>(&self, question: Q) -> Result<Arc<Q::Answer>, Unknown> {
        let question = question.into();
        let answer = self.memory.answer(&question).await;
        lock(&self.asked).push(Asked { question, answer: answer.clone() });
        typed::<Q>(answer)
    }

    /// The same memory with evidence of its own: for surveys over what other checks show as theirs.
    pub fn aside(&self) -> Self {
        Self::new(Arc::clone(&self.memory), Arc::clone(&self.vantage), self.now).gathered_at(self.gathered_at)
    }

    /// Everything that was asked, in the order of the questions, so that two runs compare line by line.
    pub fn into_asked(self) -> Vec<Asked> {
        let mut asked = self.asked.into_inner().unwrap_or_else(PoisonError::into_inner);
        asked.sort_by(|a, b| a.question.cmp(&b.question));
        asked.dedup_by(|a, b| a.question == b.question);
        asked
    }

    /// A host's addresses by the configured resolvers, one after the other until one speaks about the name.
    pub async fn resolve(&self, host: &Name) -> Result<Resolution, Unknown> {
        if let Some(addresses) = literal(host) {
            return Ok(Resolution::Addresses(addresses));
        }
        let mut failures = Vec::new();
        for server in &self.vantage.resolvers {
            let (v4, v6) = tokio::join!(
                self.look_up_if(self.vantage.ipv4, server, host, Kind::A),
                self.look_up_if(self.vantage.ipv6, server, host, Kind::Aaaa),
            );
            let replies: Vec<Arc<Reply>> = [v4?, v6?].into_iter().flatten().collect();
            let mut addresses: Vec<IpAddr> =
                replies.iter().filter_map(|r| r.message()).flat_map(|m| m.addresses(host)).collect();
            addresses.sort();
            addresses.dedup();
            if !addresses.is_empty() {
                return Ok(Resolution::Addresses(addresses));
            }
            match replies.iter().find(|r| r.about_the_name().is_none()) {
                Some(failed) => failures.push((server.clone(), failed.as_str().into_owned())),
                None => {
                    let nxdomain = replies
                        .iter()
                        .filter_map(|r| r.message())
                        .any(|m| m.code == crate::dns::Code::NxDomain);
                    return Ok(Resolution::NotFound { nxdomain, by: server.clone() });
                }
            }
        }
        Ok(Resolution::Failed(failures))
    }

    async fn look_up_if(
        &self,
        wanted: bool,
        server: &crate::dns::Server,
        host: &Name,
        kind: Kind,
    ) -> Result<Option<Arc<Reply>>, Unknown> {
        match wanted {
            true => self.ask(Lookup::of(server, host, kind)).await.map(Some),
            false => Ok(None),
        }
    }

    /// How a host is reached: by a route, through a proxy (which then resolves the name), or by its addresses.
    pub async fn way(&self, host: &Name, port: u16, https: bool) -> Result<Result<Way, Resolution>, Unknown> {
        if let Some(address) = self.vantage.route(host, port) {
            return Ok(Ok(Way::Routed(address)));
        }
        if let Some(proxy) = self.vantage.proxies.proxy_for(host.as_str(), port, https) {
            return Ok(Ok(Way::Proxy(proxy)));
        }
        Ok(match self.resolve(host).await? {
            Resolution::Addresses(addresses) => Ok(Way::Direct(at_most_four(addresses))),
            other => Err(other),
        })
    }
}

fn typed<Q: Ask>(answer: Result<Answer, Unknown>) -> Result<Arc<Q::Answer>, Unknown> {
    Q::typed(answer?).ok_or(Unknown::Mismatched)
}

/// Politeness: four addresses of a name are enough, of both families where there are both.
fn at_most_four(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let (v4, v6): (Vec<_>, Vec<_>) = addresses.into_iter().partition(IpAddr::is_ipv4);
    let of_v6 = v6.len().min(4_usize.saturating_sub(v4.len()).max(2));
    v4.into_iter().take(4 - of_v6).chain(v6.into_iter().take(of_v6)).collect()
}

/// Hosts that no resolver is asked for: address literals and `localhost` (RFC 6761).
fn literal(host: &Name) -> Option<Vec<IpAddr>> {
    let text = host.as_str();
    if text == "localhost" || text.ends_with(".localhost") {
        return Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().map(|address| vec![address])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Server;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Counting(Arc<AtomicUsize>);

    impl Source for Counting {
        fn answer<'a>(&'a self, _: &'a Question) -> Answering<'a> {
            Box::pin(async {
                self.0.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(Reply::TimedOut.into())
            })
        }
    }

    fn vantage() -> Arc<Vantage> {
        Arc::new(Vantage {
            resolvers: vec![Server::at("127.0.0.1:53".parse().unwrap())],
            authoritative: false,
            ipv4: true,
            ipv6: true,
            routes: Default::default(),
            proxies: Arc::new(crate::vantage::Direct),
        })
    }

    #[tokio::test]
    async fn a_question_is_put_once_however_many_ask_it_at_once() {
        let count = Arc::new(AtomicUsize::new(0));
        let memory = Arc::new(Memory::of(Counting(count.clone())));
        let facts = Facts::new(memory, vantage(), Timestamp::UNIX_EPOCH);
        let server = facts.vantage().resolvers[0].clone();
        let question = Lookup::of(&server, &"contoso.com".into(), Kind::Cname);
        let (a, b) = tokio::join!(facts.ask(question.clone()), facts.ask(question.clone()));
        assert_eq!(a, b);
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert_eq!(facts.ask(question.unchecked()).await.unwrap().as_str(), "timed out");
        assert_eq!(
            count.load(Ordering::SeqCst),
            2,
            "the same question without validation is another question"
        );
        assert_eq!(facts.into_asked().len(), 2);
    }

    #[tokio::test]
    async fn a_cancelled_asker_leaves_the_question_to_the_next() {
        let count = Arc::new(AtomicUsize::new(0));
        let memory = Arc::new(Memory::of(Counting(count.clone())));
        let facts = Facts::new(memory, vantage(), Timestamp::UNIX_EPOCH);
        let server = facts.vantage().resolvers[0].clone();
        let question = Lookup::of(&server, &"contoso.com".into(), Kind::Cname);
        {
            let asking = facts.ask(question.clone());
            tokio::pin!(asking);
            // Polled once, so that it is under way, then dropped.
            assert!(futures_poll_once(asking.as_mut()).await.is_none());
        }
        assert!(facts.ask(question).await.is_ok());
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    async fn futures_poll_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match Pin::new(&mut future).poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }

    #[test]
    fn at_most_four_addresses_of_both_families() {
        let addresses = |texts: &[&str]| texts.iter().map(|t| t.parse().unwrap()).collect::<Vec<IpAddr>>();
        let kept = |texts: &[&str]| at_most_four(addresses(texts)).len();
        assert_eq!(kept(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]), 4);
        let mixed = at_most_four(addresses(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "::1", "::2", "::3"]));
        assert_eq!(mixed, addresses(&["10.0.0.1", "10.0.0.2", "::1", "::2"]));
        assert_eq!(at_most_four(addresses(&["10.0.0.1", "::1", "::2", "::3", "::4"])).len(), 4);
        assert_eq!(kept(&["::1"]), 1);
    }
}
