//! Runs cases: at once, bounded, cancellable; of many tenants, one after the other as there is room.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use checks::subject::Federation;
use checks::{Reason, common};
use facts::{Name, Question};
use jiff::Timestamp;
use probes::recording::Unfinished;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::cut::{Cut, interrupted};
use crate::endpoints::{List, Needs};
use crate::evaluate::{evaluate, millis, remember_where_panics_happen, unfinished};
use crate::finding::Finding;
use crate::needed::Needed;
use crate::plan::{self, Case, Plan};
use crate::settings::Settings;
use crate::tally::Tally;
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
    /// Everything that is known by now has been told.
    fn settled(&mut self) {}
    /// Whether anybody still reads: servers are not asked for nobody.
    fn wants_more(&self) -> bool {
        true
    }
    /// What of the findings is wanted once the run is over.
    fn keeps(&self) -> Keep {
        Keep::Everything
    }
}

/// What a run holds on to until its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Everything,
    /// The findings, without what was asked for them.
    Findings,
    /// The counts: the findings were told as they came.
    Counts,
}

/// Nobody does.
pub struct Unobserved;

impl Observer for Unobserved {
    fn planned(&mut self, _: usize) {}
    fn found(&mut self, _: &Finding) {}
}

/// A run and what it found.
pub struct Finished {
    pub started_at: Timestamp,
    pub elapsed_ms: u64,
    /// In the order of reports; none where only the counts are kept.
    pub findings: Vec<Finding>,
    pub tally: Tally,
    pub cut: Option<Cut>,
    /// What it did not come to before that.
    pub unfinished: Vec<Unfinished>,
    pub catalogue_date: String,
}

/// Plans and runs the selected checks against the world.
pub async fn run(settings: &Settings, world: &World, observer: &mut dyn Observer) -> Finished {
    Run::start(settings, world, observer).go().await
}

/// Cases under way at once, whatever the concurrency: a tenant has a dozen of its own, the endpoints some hundreds.
const FEWEST_CASES: usize = 1024;

/// How long tasks that were told to go may take for it.
const GOING: Duration = Duration::from_millis(250);

/// A tenant under way.
#[derive(Default)]
struct Unit {
    /// Its own cases that are not judged yet.
    open: usize,
    /// What is still being learnt of it.
    learning: usize,
    federations_known: bool,
    /// Questions about nobody else.
    own: Vec<Question>,
}

/// What the clouds said of a tenant, and what was asked for it.
enum Learnt {
    Needs(usize, Needs, Vec<Question>),
    Federations(usize, Vec<Federation>, Vec<Question>),
}

struct Run<'a> {
    settings: &'a Settings,
    world: &'a World,
    observer: &'a mut dyn Observer,
    plan: Plan<'a>,
    keep: Keep,
    /// Cases that wait for a place.
    queue: VecDeque<Case>,
    tasks: JoinSet<Finding>,
    learning: JoinSet<Learnt>,
    /// Visits and handshakes that began before the plan was made; the answers wait in memory.
    ahead: JoinSet<()>,
    open: HashMap<Id, Arc<Case>>,
    most: usize,
    /// The next tenant to begin with.
    next: usize,
    units: HashMap<usize, Unit>,
    /// How many tenants have a domain.
    sharing: HashMap<&'a Name, usize>,
    needs: Vec<Option<Needs>>,
    /// The landscape waits for the needs of so many tenants; none where it is planned, or not needed.
    unknown: Option<usize>,
    list: Option<List>,
    planned: usize,
    findings: Vec<Finding>,
    tally: Tally,
    waivers: Waivers,
    unfinished: Vec<Unfinished>,
    started: Instant,
    started_at: Timestamp,
}

impl<'a> Run<'a> {
    fn start(settings: &'a Settings, world: &'a World, observer: &'a mut dyn Observer) -> Self {
        remember_where_panics_happen();
        let plan = Plan::of(settings);
        let mut sharing = HashMap::new();
        for name in settings.tenants.iter().flat_map(|tenant| &tenant.domains) {
            *sharing.entry(name).or_default() += 1;
        }
        Self {
            settings,
            world,
            keep: observer.keeps(),
            observer,
            queue: VecDeque::new(),
            tasks: JoinSet::new(),
            learning: JoinSet::new(),
            ahead: JoinSet::new(),
            open: HashMap::new(),
            most: FEWEST_CASES.max(settings.concurrency.saturating_mul(4)),
            next: 0,
            units: HashMap::new(),
            sharing,
            needs: vec![None; settings.tenants.len()],
            unknown: plan.needs_landscape().then_some(settings.tenants.len()),
            list: None,
            plan,
            planned: 0,
            findings: Vec::new(),
            tally: Tally::over(&settings.tenants),
            waivers: Waivers::new(settings.waivers.clone(), world.now),
            unfinished: Vec::new(),
            started: Instant::now(),
            started_at: world.started_at,
        }
    }

    async fn go(mut self) -> Finished {
        let stop = interrupted();
        let alone = self.plan.alone();
        self.put(alone);
        ahead::shake(servers::alone(self.settings), &self.plan.checks, self.world, &mut self.ahead);
        let mut reading = self.unknown.map(|_| tokio::task::spawn_blocking(endpoints::list));
        tokio::pin!(stop);
        let deadline = self.started + self.settings.deadline;
        let mut cut = None;
        loop {
            self.begin();
            if self.tasks.is_empty() && self.learning.is_empty() && reading.is_none() {
                break;
            }
            tokio::select! {
                list = read(&mut reading), if reading.is_some() => {
                    reading = None;
                    self.list = list;
                    match &self.list {
                        Some(list) => {
                            let (tenants, checks) = (&self.settings.tenants, &self.plan.checks);
                            ahead::start(tenants, checks, list, self.world, &mut self.ahead);
                        }
                        None => self.unknown = None,
                    }
                    self.survey();
                }
                Some(learnt) = self.learning.join_next(), if !self.learning.is_empty() => self.learn(learnt),
                Some(joined) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => self.joined(joined),
                () = tokio::time::sleep_until(deadline) => cut = Some(Cut::Deadline),
                signal = &mut stop => cut = Some(signal),
            }
            if !self.observer.wants_more() {
                cut = cut.or(Some(Cut::Interrupt));
            }
            if let Some(cut) = cut {
                self.abandon(cut);
                // What still runs goes now, programs of the user's among it.
                let gone = async { while self.tasks.join_next().await.is_some() {} };
                let _ = tokio::time::timeout(GOING, gone).await;
                break;
            }
            while let Some(joined) = self.tasks.try_join_next_with_id() {
                self.joined(joined);
            }
            while self.ahead.try_join_next().is_some() {}
            self.observer.settled();
        }
        self.finish(cut)
    }

    /// Begins with tenants and cases as long as there is room.
    fn begin(&mut self) {
        while self.tasks.len() < self.most {
            let Some(case) = self.queue.pop_front() else { break };
            self.spawn(case);
        }
        while self.next < self.settings.tenants.len() && self.tasks.len() + self.learning.len() < self.most {
            self.begin_tenant(self.next);
            self.next += 1;
        }
    }

    fn spawn(&mut self, case: Case) {
        let case = Arc::new(case);
        let handle = self.tasks.spawn(evaluate(Arc::clone(&case), self.world.clone()));
        self.open.insert(handle.id(), case);
    }

    /// Queues cases, or starts them where there is room.
    fn put(&mut self, cases: Vec<Case>) {
        self.planned += cases.len();
        self.observer.planned(self.planned);
        for case in cases {
            if let Some(unit) = case.needed_by.owner().and_then(|place| self.units.get_mut(&place)) {
                unit.open += 1;
            }
            match self.tasks.len() < self.most {
                true => self.spawn(case),
                false => self.queue.push_back(case),
            }
        }
    }

    fn begin_tenant(&mut self, place: usize) {
        let Some(tenant) = self.settings.tenants.get(place) else { return };
        let given = &self.settings.given;
        let past = self.world.past.as_ref();
        let before = |what: fn(String) -> Unfinished| {
            past.is_some_and(|past| past.before(|| what(tenant.name.clone())).is_some())
        };
        let no_needs = before(|tenant| Unfinished::Needs { tenant });
        let no_federations = before(|tenant| Unfinished::Federations { tenant });
        let mut unit = Unit { federations_known: no_federations, ..Unit::default() };
        if self.unknown.is_some() && !no_needs {
            unit.learning += 1;
            let (tenant, given, facts) = (Arc::clone(tenant), Arc::clone(given), self.world.facts());
            self.learning.spawn(async move {
                let needs = discover::needs(&tenant, &given, &facts).await;
                Learnt::Needs(
                    place,
                    needs,
                    facts.into_asked().into_iter().map(|asked| asked.question).collect(),
                )
            });
        }
        if self.plan.needs_servers() && !no_federations {
            unit.learning += 1;
            ahead::shake(servers::known(tenant, given), &self.plan.checks, self.world, &mut self.ahead);
            let (tenant, given, facts) = (Arc::clone(tenant), Arc::clone(given), self.world.facts());
            self.learning.spawn(async move {
                let found = checks::federation::learn(&tenant, &given, &facts).await;
                let asked = facts.into_asked().into_iter().map(|asked| asked.question).collect();
                Learnt::Federations(place, found, asked)
            });
        }
        self.units.insert(place, unit);
        let mut cases = self.plan.of_tenant(place);
        if self.plan.needs_servers() && no_federations {
            cases.extend(self.plan.of_servers(place, &discover::assumed_federations(tenant, given)));
        }
        self.put(cases);
        if no_needs {
            self.count_needs();
        }
        self.release(place);
    }

    fn learn(&mut self, learnt: Result<Learnt, JoinError>) {
        // Learning asks what checks ask; one that breaks down is told by them.
        let Ok(learnt) = learnt else { return };
        let (place, asked) = match learnt {
            Learnt::Needs(place, needs, asked) => {
                if let Some(slot) = self.needs.get_mut(place) {
                    *slot = Some(needs);
                }
                self.count_needs();
                (place, asked)
            }
            Learnt::Federations(place, federations, asked) => {
                if let Some(unit) = self.units.get_mut(&place) {
                    unit.federations_known = true;
                }
                let cases = self.plan.of_servers(place, &federations);
                self.put(cases);
                (place, asked)
            }
        };
        self.remember(place, asked);
        if let Some(unit) = self.units.get_mut(&place) {
            unit.learning -= 1;
        }
        self.release(place);
    }

    /// Of one tenant more it is known what it needs, or that nobody will know.
    fn count_needs(&mut self) {
        self.unknown = self.unknown.map(|unknown| unknown.saturating_sub(1));
        self.survey();
    }

    /// Plans what the tenants share, as soon as all that decides about it is known.
    fn survey(&mut self) {
        let Some(list) = self.list.take_if(|_| self.unknown == Some(0)) else { return };
        self.unknown = None;
        let cases = self.plan.of_landscape(&self.needs_or_assumed(), &self.world.vantage, &list);
        self.put(cases);
    }

    fn needs_or_assumed(&self) -> Vec<Needs> {
        let known = self.needs.iter().zip(&self.settings.tenants);
        known.map(|(needs, tenant)| needs.clone().unwrap_or_else(|| discover::assumed(tenant))).collect()
    }

    fn joined(&mut self, joined: Result<(Id, Finding), JoinError>) {
        match joined {
            Ok((id, finding)) => {
                self.open.remove(&id);
                self.keep(finding);
            }
            Err(error) => self.lost(error.id(), common::CHECK_FAILED),
        }
    }

    fn keep(&mut self, mut finding: Finding) {
        self.waivers.apply(&mut finding);
        self.observer.found(&finding);
        if let Some(case) = self.open.values().next() {
            self.observer.waiting(case);
        }
        self.tally.add(&finding);
        let owner = finding.needed_by.owner();
        if self.keep != Keep::Everything {
            let asked = std::mem::take(&mut finding.asked);
            if let Some(place) = owner {
                self.remember(place, asked.into_iter().map(|asked| asked.question).collect());
            }
        }
        if self.keep != Keep::Counts {
            self.findings.push(finding);
        }
        if let Some(place) = owner {
            if let Some(unit) = self.units.get_mut(&place) {
                unit.open = unit.open.saturating_sub(1);
            }
            self.release(place);
        }
    }

    /// Which questions are about this tenant alone: their answers are of no use when it is done.
    fn remember(&mut self, place: usize, asked: Vec<Question>) {
        if self.keep == Keep::Everything {
            return;
        }
        let (Some(unit), Some(tenant)) = (self.units.get_mut(&place), self.settings.tenants.get(place))
        else {
            return;
        };
        let alone = |name: &&Name| self.sharing.get(name).is_none_or(|tenants| *tenants == 1);
        let domains: Vec<&Name> = tenant.domains.iter().filter(alone).collect();
        unit.own
            .extend(asked.into_iter().filter(|question| domains.iter().any(|name| question.mentions(name))));
    }

    /// A tenant that is done leaves nothing behind that nobody else can ask for.
    fn release(&mut self, place: usize) {
        if self.units.get(&place).is_some_and(|unit| unit.open == 0 && unit.learning == 0)
            && let Some(unit) = self.units.remove(&place)
        {
            unit.own.iter().for_each(|question| self.world.memory.forget(question));
        }
    }

    /// A case whose task is gone.
    fn lost(&mut self, id: Id, reason: Reason) {
        if let Some(case) = self.open.remove(&id) {
            self.keep(unfinished(&case, reason));
        }
    }

    /// Time is up, or somebody wants to stop: what is known stands, the rest is unknown, and nothing is left out.
    fn abandon(&mut self, cut: Cut) {
        // What has finished in the meantime is still an answer.
        while let Some(joined) = self.tasks.try_join_next_with_id() {
            self.joined(joined);
        }
        self.tasks.abort_all();
        let open = std::mem::take(&mut self.open);
        open.values().for_each(|case| self.leave(case, cut));
        let queued = std::mem::take(&mut self.queue);
        queued.iter().for_each(|case| self.leave(case, cut));
        // Where the clouds had not said yet who lives where and signs in how, the plan is the one without their word.
        if self.unknown.take().is_some()
            && let Some(list) = self.list.take().or_else(|| endpoints::list().ok())
        {
            let unknown = self.needs.iter().zip(&self.settings.tenants).filter(|(needs, _)| needs.is_none());
            let unknown = unknown.map(|(_, tenant)| Unfinished::Needs { tenant: tenant.name.clone() });
            self.unfinished.extend(unknown);
            let cases = self.plan.of_landscape(&self.needs_or_assumed(), &self.world.vantage, &list);
            cases.iter().for_each(|case| self.leave(case, cut));
        }
        for (place, tenant) in self.settings.tenants.iter().enumerate() {
            let begun = place < self.next;
            let waits = self.units.get(&place).is_some_and(|unit| !unit.federations_known);
            let mut cases = if begun { Vec::new() } else { self.plan.of_tenant(place) };
            if self.plan.needs_servers() && (waits || !begun) {
                self.unfinished.push(Unfinished::Federations { tenant: tenant.name.clone() });
                let assumed = discover::assumed_federations(tenant, &self.settings.given);
                cases.extend(self.plan.of_servers(place, &assumed));
            }
            cases.iter().for_each(|case| self.leave(case, cut));
        }
    }

    fn leave(&mut self, case: &Case, cut: Cut) {
        self.unfinished.push(case.unfinished());
        self.keep(unfinished(case, cut.reason()));
    }

    fn finish(mut self, cut: Option<Cut>) -> Finished {
        let shared = plan::shared_name(self.settings);
        let everybody = Needed::all(self.settings.tenants.len());
        for mut finding in self.waivers.findings(&shared, |check| self.settings.selection.has(check)) {
            finding.needed_by = everybody.clone();
            self.observer.found(&finding);
            self.tally.add(&finding);
            if self.keep != Keep::Counts {
                self.findings.push(finding);
            }
        }
        self.observer.settled();
        self.findings.sort_by(|a, b| a.key().cmp(&b.key()));
        Finished {
            started_at: self.started_at,
            elapsed_ms: millis(self.started),
            findings: self.findings,
            tally: self.tally,
            // What a run that was cut short did not learn, its evidence does not hold.
            cut: cut.or(self.world.past.as_ref().and_then(|past| past.cut)),
            unfinished: self.unfinished,
            catalogue_date: catalogue_date(),
        }
    }
}

/// The endpoint list, as soon as it is parsed; one that cannot be read leaves its checks out, and a test reads it.
async fn read(reading: &mut Option<JoinHandle<Result<List, toml::de::Error>>>) -> Option<List> {
    reading.as_mut()?.await.ok()?.ok()
}

/// The day of the endpoint list, read without parsing the rest.
pub fn catalogue_date() -> String {
    List::day().to_owned()
}
