//! A world of a test's own making: what is asked, and what is answered.

use std::sync::Arc;

use facts::memory::{Answering, Memory, Source};
use facts::vantage::{Direct, Vantage};
use facts::{Answer, Facts, Question, Unknown};
use jiff::Timestamp;

use crate::chain::Trust;
use crate::subject::{Given, Thresholds};

type Answers = Box<dyn Fn(&Question) -> Option<Answer> + Send + Sync>;

struct Scripted(Answers);

impl Source for Scripted {
    fn answer<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(async move { (self.0)(question).ok_or(Unknown::NotRecorded) })
    }
}

/// Facts from a script; what it does not answer is unknown.
pub(crate) fn facts(answers: impl Fn(&Question) -> Option<Answer> + Send + Sync + 'static) -> Facts {
    let vantage = Vantage {
        resolvers: vec![facts::dns::Server::at(([192, 0, 2, 53], 53).into())],
        authoritative: false,
        ipv4: true,
        ipv6: true,
        routes: Default::default(),
        proxies: Arc::new(Direct),
    };
    let memory = Arc::new(Memory::of(Scripted(Box::new(answers))));
    Facts::new(memory, Arc::new(vantage), Timestamp::from_second(1_790_000_000).unwrap())
}

pub(crate) fn given() -> Arc<Given> {
    Arc::new(Given { thresholds: Thresholds::default(), trust: Trust::new(Some(&[]), &[]).unwrap() })
}
