//! Runs cases: at once, bounded, cancellable. A check that breaks down becomes a finding, never the end of the run.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Once};

use checks::{Check, Outcome, Reason, common, say};
use facts::{Facts, Unknown};
use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::endpoints::List;
use crate::finding::Finding;
use crate::plan::{self, Case};
use crate::settings::Settings;
use crate::waivers::Waivers;
use crate::world::World;
use crate::{ahead, discover, endpoints, servers};

/// Who wants to see findings as they come.
pub trait Observer {
    /// That many cases are planned by now.
    fn planned(&mut self, cases: usize);
    fn found(&mut self, finding: &Finding);
    /// One of the cases that are still open.
    fn waiting(&mut self, _case: &Case) {}
}

/// Nobody does.
pub struct Unobserved;

impl Observer for Unobserved {
    fn planned(&mut self, _: usize) {}
    fn found(&mut self, _: &Finding) {}
}

/// What ended a run before its last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Deadline,
    /// SIGINT, with its exit code 130.
    Interrupt,
    /// SIGTERM, with its exit code 143.
    Terminate,
}

impl Cut {
    fn reason(self) -> Reason {
        match self {
            Self::Deadline => common::DEADLINE,
            Self::Interrupt | Self::Terminate => common::INTERRUPTED,
        }
    }
}

/// A run and what it found.
pub struct Finished {
    pub started_at: Timestamp,
    pub elapsed_ms: u64,
    /// In the order of reports.
    pub findings: Vec<Finding>,
    pub cut: Option<Cut>,
    pub catalogue_date: String,
}

/// Plans and runs the selected checks against the world.
pub async fn run(settings: &Settings, world: &World, observer: &mut dyn Observer) -> Finished {
    let checks = plan::selected(settings);
    Run::start(settings, world, observer).go(&checks).await
}

/// Parts of the plan that wait for the clouds' word.
#[derive(Clone, Copy)]
struct Open {
    landscape: bool,
    servers: bool,
}

struct Run<'a> {
    settings: &'a Settings,
    world: &'a World,
    observer: &'a mut dyn Observer,
    tasks: JoinSet<Finding>,
    /// Visits that began before the plan was made; what is under way is the checks' own by then.
    visits: JoinSet<()>,
    /// Handshakes of the same kind.
    ahead: JoinSet<()>,
    open: HashMap<Id, Arc<Case>>,
    planned: usize,
    findings: Vec<Finding>,
    waivers: Waivers,
    started: Instant,
    started_at: Timestamp,
}

impl<'a> Run<'a> {
    fn start(settings: &'a Settings, world: &'a World, observer: &'a mut dyn Observer) -> Self {
        remember_where_panics_happen();
        Self {
            settings,
            world,
            observer,
            tasks: JoinSet::new(),
            visits: JoinSet::new(),
            ahead: JoinSet::new(),
            open: HashMap::new(),
            planned: 0,
            findings: Vec::new(),
            waivers: Waivers::new(settings.waivers.clone(), world.now),
            started: Instant::now(),
            started_at: Timestamp::now(),
        }
    }

    async fn go(mut self, checks: &[&'static Check]) -> Finished {
        let stop = interrupted();
        self.put(plan::at_once(self.settings, checks));
        let (settings, world) = (self.settings, self.world);
        let mut open = Open {
            landscape: plan::needs_landscape(settings, checks),
            servers: plan::needs_servers(settings, checks),
        };
        if open.servers {
            self.ahead = ahead::shake(servers::known(settings), checks, world);
        }
        let landscape = async {
            let list = tokio::task::spawn_blocking(endpoints::list).await.ok().and_then(Result::ok);
            let ahead = list.as_ref().map(|list| ahead::start(&settings.tenants, checks, list, world));
            (discover::learn(&settings.tenants, &settings.given, world).await, list, ahead)
        };
        let federations = discover::federations(&settings.tenants, &settings.given, world);
        tokio::pin!(landscape, federations, stop);
        let deadline = self.started + settings.deadline;
        let mut cut = None;
        while open.landscape || open.servers || !self.tasks.is_empty() {
            tokio::select! {
                (needs, list, visits) = &mut landscape, if open.landscape => {
                    open.landscape = false;
                    self.visits = visits.unwrap_or_default();
                    if let Some(list) = &list {
                        self.put(plan::of_landscape(settings, checks, &needs, &world.vantage, list));
                    }
                }
                federations = &mut federations, if open.servers => {
                    open.servers = false;
                    self.put(plan::of_servers(settings, checks, &federations));
                }
                Some(joined) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => match joined {
                    Ok((id, finding)) => {
                        self.open.remove(&id);
                        self.keep(finding);
                    }
                    Err(error) => self.lost(error.id(), common::CHECK_FAILED),
                },
                () = tokio::time::sleep_until(deadline) => cut = Some(Cut::Deadline),
                signal = &mut stop => cut = Some(signal),
            }
            if let Some(cut) = cut {
                self.abandon(cut, checks, open);
                break;
            }
        }
        self.finish(cut)
    }

    /// Starts cases.
    fn put(&mut self, cases: Vec<Case>) {
        self.planned += cases.len();
        self.observer.planned(self.planned);
        for case in cases {
            let case = Arc::new(case);
            let handle = self.tasks.spawn(evaluate(Arc::clone(&case), self.world.clone()));
            self.open.insert(handle.id(), case);
        }
    }

    fn keep(&mut self, mut finding: Finding) {
        self.waivers.apply(&mut finding);
        self.observer.found(&finding);
        if let Some(case) = self.open.values().next() {
            self.observer.waiting(case);
        }
        self.findings.push(finding);
    }

    /// A case whose task is gone.
    fn lost(&mut self, id: Id, reason: Reason) {
        if let Some(case) = self.open.remove(&id) {
            let finding = unfinished(&case, reason);
            self.keep(finding);
        }
    }

    /// Time is up, or somebody wants to stop: what is known stands, the rest is unknown, and nothing is left out.
    fn abandon(&mut self, cut: Cut, checks: &[&'static Check], open: Open) {
        // Where the clouds had not said yet who lives where and signs in how, the plan is the one without their word.
        let settings = self.settings;
        let mut cases = Vec::new();
        if open.landscape
            && let Ok(list) = endpoints::list()
        {
            let needs: Vec<_> = settings.tenants.iter().map(|tenant| discover::assumed(tenant)).collect();
            cases.extend(plan::of_landscape(settings, checks, &needs, &self.world.vantage, &list));
        }
        if open.servers {
            let federations = discover::assumed_federations(&settings.tenants, &settings.given);
            cases.extend(plan::of_servers(settings, checks, &federations));
        }
        for case in cases {
            let finding = unfinished(&case, cut.reason());
            self.keep(finding);
        }
        // What has finished in the meantime is still an answer.
        while let Some(joined) = self.tasks.try_join_next_with_id() {
            match joined {
                Ok((id, finding)) => {
                    self.open.remove(&id);
                    self.keep(finding);
                }
                Err(error) => self.lost(error.id(), common::CHECK_FAILED),
            }
        }
        self.tasks.abort_all();
        let open: Vec<Id> = self.open.keys().copied().collect();
        for id in open {
            self.lost(id, cut.reason());
        }
    }

    fn finish(mut self, cut: Option<Cut>) -> Finished {
        let shared = plan::shared_name(self.settings);
        let everybody = (0..self.settings.tenants.len()).collect();
        for mut finding in self.waivers.findings(&shared, |check| self.settings.selection.has(check)) {
            finding.needed_by = std::collections::BTreeSet::clone(&everybody);
            self.observer.found(&finding);
            self.findings.push(finding);
        }
        self.findings.sort_by(|a, b| a.key().cmp(&b.key()));
        Finished {
            started_at: self.started_at,
            elapsed_ms: millis(self.started),
            findings: self.findings,
            cut,
            catalogue_date: catalogue_date(),
        }
    }
}

/// The day of the endpoint list, read without parsing the rest.
pub fn catalogue_date() -> String {
    List::day().to_owned()
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

async fn evaluate(case: Arc<Case>, world: World) -> Finding {
    let start = Instant::now();
    let facts = Facts::new(world.memory, world.vantage, world.now);
    let outcome = match case.judge(&facts) {
        Some(judgement) => AssertUnwindSafe(judgement).catch_unwind().await,
        None => Ok(Err(Unknown::Mismatched)),
    };
    let outcome = match outcome {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(unknown)) => not_known(&unknown),
        Err(payload) => broke_down(case.check, &*payload),
    };
    Finding {
        tenant: case.tenant.clone(),
        check: case.check,
        subject: case.subject.clone(),
        outcome,
        asked: facts.into_asked(),
        waiver: None,
        elapsed_ms: millis(start),
        needed_by: case.needed_by.clone(),
    }
}

fn unfinished(case: &Case, reason: Reason) -> Finding {
    let mut finding = Finding::about_settings(
        &case.tenant,
        case.check,
        case.subject.clone(),
        reason.because(reason.meaning.into()),
    );
    finding.needed_by = case.needed_by.clone();
    finding
}

fn not_known(unknown: &Unknown) -> Outcome {
    match unknown {
        Unknown::NotRecorded | Unknown::Mismatched => {
            common::NOT_RECORDED.because(common::NOT_RECORDED.meaning.into())
        }
        Unknown::Local(why) => common::CANNOT_ASK.because(say!(
            en: "This machine could not put a question: {why}.",
            fr: "Cette machine n’a pas pu poser une question : {why}."
        )),
    }
}

fn broke_down(check: &Check, payload: &(dyn std::any::Any + Send)) -> Outcome {
    let words = payload.downcast_ref::<&str>().copied().map(str::to_owned);
    let words = words.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    let place = PANIC_PLACE.with_borrow_mut(Option::take).unwrap_or_default();
    let id = check.id;
    common::CHECK_FAILED
        .because(say!(
            en: "The check {id} itself broke down: {words}.",
            fr: "La vérification {id} elle-même a échoué : {words}."
        ))
        .evidence("panicked_at", place)
}

thread_local! {
    static PANIC_PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic of a check is told in its finding, with its place; the terminal stays for the report.
fn remember_where_panics_happen() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if tokio::task::try_id().is_none() {
                return usual(info);
            }
            PANIC_PLACE.set(info.location().map(ToString::to_string));
        }));
    });
}

/// Listens from the call on for somebody who wants to stop, and ends when there is one.
#[cfg(unix)]
fn interrupted() -> impl Future<Output = Cut> {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn heard(signal: std::io::Result<Signal>) {
        if let Ok(mut signal) = signal
            && signal.recv().await.is_some()
        {
            return;
        }
        // Without a handler nobody can ask; the deadline still holds.
        std::future::pending().await
    }
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async {
        tokio::select! {
            () = heard(interrupt) => Cut::Interrupt,
            () = heard(terminate) => Cut::Terminate,
        }
    }
}

/// Waits for somebody who wants to stop.
#[cfg(not(unix))]
async fn interrupted() -> Cut {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Cut::Interrupt,
        // Without a handler nobody can ask; the deadline still holds.
        Err(_) => std::future::pending().await,
    }
}
