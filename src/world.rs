//! From settings to the world as this machine sees it: resolvers, routes, proxies, the live source.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use facts::Facts;
use facts::dns::Server;
use facts::memory::{Memory, Source};
use facts::vantage::{Direct, Proxies, Vantage};
use jiff::Timestamp;
use probes::proxies::{Environment, Keys, One};
use probes::recording::{self, End, Header, Recording, Rewrite, Tape, Unfinished};
use probes::{Network, Options};
use serde::Deserialize;

use crate::cut::Cut;
use crate::redaction;
use crate::settings::kept::Kept;
use crate::settings::{Problem, ProxyChoice, Settings};

/// What every case of a run shares.
#[derive(Clone)]
pub struct World {
    pub memory: Arc<Memory>,
    pub vantage: Arc<Vantage>,
    /// When the run began: a recording tells the same second as the run's own report.
    pub started_at: Timestamp,
    /// The time of judgement.
    pub now: Timestamp,
    /// The run whose evidence is judged again; none where the network is asked.
    pub past: Option<Past>,
    /// The network itself, for a run that is repeated: what it learnt of proxies and patience holds on.
    network: Option<Arc<Network>>,
}

/// A run that was recorded.
#[derive(Clone)]
pub struct Past {
    /// What ended it before its last answer.
    pub cut: Option<Cut>,
    unfinished: Arc<HashSet<Unfinished>>,
}

impl Past {
    /// What ended it before it came to this.
    pub(crate) fn before(&self, what: impl FnOnce() -> Unfinished) -> Option<Cut> {
        self.cut.filter(|_| !self.unfinished.is_empty() && self.unfinished.contains(&what()))
    }
}

impl World {
    /// The live network.
    pub fn live(settings: &Settings) -> Result<Self, Problem> {
        Ok(Self::recorded(settings, None, |now| now)?.0)
    }

    /// The live network, written down to a file as it answers; what is found is judged as of a time that is chosen by
    /// what it is now.
    pub fn recorded(
        settings: &Settings,
        record: Option<&Record>,
        judged: impl FnOnce(Timestamp) -> Timestamp,
    ) -> Result<(Self, Option<Tape>), Problem> {
        let (proxies, proxy_keys) = proxies(settings)?;
        let mut vantage = vantage(settings, proxies)?;
        let started_at = Timestamp::now();
        let now = judged(started_at);
        let tape =
            record.map(|record| begin(record, settings, &vantage, [started_at, now], false)).transpose()?;
        if let Some(tape) = &tape {
            vantage.proxies = tape.proxies(vantage.proxies);
        }
        let vantage = Arc::new(vantage);
        let network = Arc::new(Network::new(Options {
            vantage: Arc::clone(&vantage),
            timeout: settings.timeout,
            concurrency: settings.concurrency,
            proxy_keys,
            secrets: settings.secrets.clone(),
        }));
        let memory = match &tape {
            Some(tape) => Memory::of(tape.record(Arc::clone(&network))),
            None => Memory::of(Arc::clone(&network)),
        };
        Ok((
            Self { memory: Arc::new(memory), vantage, started_at, now, past: None, network: Some(network) },
            tape,
        ))
    }

    /// The world as a recording has it. What is judged in it, and as of when, is chosen from what it was recorded for;
    /// written down once more where that is wanted, as far as it is asked.
    pub fn replayed(
        mut recording: Recording,
        record: Option<&Record>,
        choose: impl FnOnce(Settings, Timestamp) -> Result<(Settings, Timestamp), Problem>,
    ) -> Result<(Self, Settings, Option<Tape>), Problem> {
        // Thousands of tenants: their settings are held once.
        let settings = std::mem::take(&mut recording.header.settings);
        let kept = Kept::deserialize(settings)
            .map_err(|why| Problem::new(format!("the recording's settings cannot be read: {why}")))?;
        let mut vantage = kept.vantage(recording.proxies());
        let past = Past {
            cut: match recording.end {
                Some(End::Complete) => None,
                Some(End::Deadline) => Some(Cut::Deadline),
                Some(End::Interrupted) | None => Some(Cut::Interrupt),
            },
            unfinished: Arc::new(recording.unfinished().clone()),
        };
        let Header { started_at, now, redacted: was_redacted, .. } = recording.header;
        let kept = kept.settings()?;
        // What somebody names now is in no word replaced.
        let before = was_redacted.then(|| subjects(&kept, &vantage));
        let (settings, now) = choose(kept, now)?;
        let redacted = before.is_some_and(|before| before == subjects(&settings, &vantage));
        if was_redacted && !redacted && record.is_some_and(|record| record.redact) {
            let why = "a redacted recording is recorded again, with names that are not replaced";
            return Err(Problem::new(why).help("leave out the domains and files, or --redact"));
        }
        facts::signatures::believe(recording.signed().iter().cloned());
        let tape = record
            .map(|record| begin(record, &settings, &vantage, [started_at, now], redacted))
            .transpose()?;
        if let Some(tape) = &tape {
            tape.note_signed(recording.signed());
            tape.note_unfinished(recording.unfinished());
            vantage.proxies = tape.proxies(vantage.proxies);
        }
        let memory = Arc::new(match &tape {
            Some(tape) => Memory::of(tape.record(recording)),
            None => Memory::of(recording),
        });
        let vantage = Arc::new(vantage);
        let world = Self { memory, vantage, started_at, now, past: Some(past), network: None };
        Ok((world, settings, tape))
    }

    /// What one asker may know: its questions become its own evidence.
    pub fn facts(&self) -> Facts {
        Facts::new(Arc::clone(&self.memory), Arc::clone(&self.vantage), self.now).gathered_at(self.started_at)
    }

    /// The same network once more, now, with nothing asked yet. A replay stays as it is.
    pub fn again(self) -> Self {
        let Some(network) = &self.network else { return self };
        let memory = Arc::new(Memory::of(Arc::clone(network)));
        let now = Timestamp::now();
        Self { memory, started_at: now, now, ..self }
    }

    /// The same judged as of another time.
    pub fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    /// A world of one's own: tests, simulations.
    pub fn from(source: impl Source + 'static, vantage: Vantage, now: Timestamp) -> Self {
        Self {
            memory: Arc::new(Memory::of(source)),
            vantage: Arc::new(vantage),
            started_at: now,
            now,
            past: None,
            network: None,
        }
    }
}

/// A recording that somebody wants.
pub struct Record {
    pub path: PathBuf,
    /// Names, addresses and mailboxes are replaced.
    pub redact: bool,
}

impl Record {
    fn failed(&self, why: &dyn std::fmt::Display) -> Problem {
        Problem::new(format!("{} cannot be recorded to: {why}", self.path.display()))
    }
}

/// What is looked at, in the shape of a recording: the settings without the selection.
fn subjects(settings: &Settings, vantage: &Vantage) -> Option<serde_json::Value> {
    let mut kept = serde_json::to_value(Kept::of(settings, vantage)).ok()?;
    kept.as_object_mut()?.retain(|key, _| !matches!(key.as_str(), "only" | "skip"));
    Some(kept)
}

fn begin(
    record: &Record,
    settings: &Settings,
    vantage: &Vantage,
    [started_at, now]: [Timestamp; 2],
    redacted: bool,
) -> Result<Tape, Problem> {
    let settings = serde_json::to_value(Kept::of(settings, vantage)).map_err(|why| record.failed(&why))?;
    let header = Header {
        recording: recording::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at,
        now,
        redacted,
        settings,
    };
    // What is fit for strangers stays as it is.
    let rewrite: Option<Rewrite> = (record.redact && !redacted).then_some(redaction::rewrite);
    if rewrite.is_some() {
        facts::signatures::note();
    }
    Tape::begin(&record.path, header, rewrite).map_err(|why| record.failed(&why))
}

fn vantage(settings: &Settings, proxies: Arc<dyn Proxies>) -> Result<Vantage, Problem> {
    let resolvers = match &settings.resolvers {
        Some(addresses) => addresses.iter().map(|address| Server::at(*address)).collect(),
        None if settings.needs_resolvers() => {
            let found = probes::system::resolvers().map_err(|why| {
                Problem::new(format!("cannot learn the system's resolvers: {why}"))
                    .help("name one with --resolver")
            })?;
            if found.is_empty() {
                return Err(Problem::new("the system has no resolver").help("name one with --resolver"));
            }
            found
        }
        None if settings.may_use_resolvers() => probes::system::resolvers().unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(Vantage {
        resolvers,
        authoritative: settings.authoritative,
        ipv4: settings.ipv4,
        ipv6: settings.ipv6,
        routes: settings.routes.clone(),
        proxies,
    })
}

fn proxies(settings: &Settings) -> Result<(Arc<dyn Proxies>, Keys), Problem> {
    Ok(match &settings.proxy {
        ProxyChoice::Direct => (Arc::new(Direct), Keys::new()),
        ProxyChoice::One { url, credentials } => {
            let keys = credentials.iter().map(|key| (url.clone(), key.clone())).collect();
            (Arc::new(One(url.clone())), keys)
        }
        ProxyChoice::Environment => {
            let environment = Environment::read();
            let keys = environment.keys().map_err(|(shown, bad)| {
                Problem::new(format!("the environment's proxy {shown} cannot be used: {bad}"))
                    .help("name another with --proxy, or connect directly with --no-proxy")
            })?;
            (Arc::new(environment), keys)
        }
    })
}
