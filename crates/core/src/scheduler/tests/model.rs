//! What all models of the scheduler share. A model checks random worlds: it makes up what happens, knows what callers
//! and workers know, and says what that forbids.
//!
//! ```text
//!  story    what happens next (a seed is all it needs)
//!    | event
//!  scheduler
//!    | effects, one by one
//!  world    what callers and workers know: is that allowed?
//! ```
//!
//! Its rules have teeth: a scheduler with a bug breaks the rule that forbids it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::time::Instant;

use super::random::Random;
use super::{SECOND, epoch};
use crate::failure::InterpreterNote;
use crate::id::{CallId, WorkerId};
use crate::scheduler::{Effects, Event, Scheduler, Settings};

/// The rule that was broken, and how.
pub(super) type Verdict = Result<(), String>;

/// What one model adds: these, and its own [`Plot`] and [`Rules`].
pub(super) trait Model: Default {
    /// What is known of a call.
    type Call;
    /// What is known of a worker process.
    type Worker: Process;
    /// What is known of the event that the scheduler is handling.
    type Trigger: Default;
    /// What may be wrong with a scheduler.
    type Bug: Bug;

    /// What all worlds together must have seen, none of it rarely.
    const OCCURRENCES: &[&str];
}

pub(super) trait Process {
    fn id(&self) -> WorkerId;
}

/// What happens in a world.
pub(super) trait Plot {
    fn settings(random: &mut Random) -> Settings;

    /// From the start of the pool to its end.
    fn play(&mut self) -> Verdict;

    /// The process in this slot ends.
    fn exit(&mut self, slot: usize) -> Verdict;
}

/// What the scheduler may do in a world: which effect is allowed, and what must hold after each event.
pub(super) trait Rules: Effects {
    /// Notes what is about to happen.
    fn note(&mut self, event: &Event);

    /// After all effects of one event.
    fn check(&mut self);
}

pub(super) trait Bug: Copy + Debug + PartialEq {
    /// Breaks a scheduler before an event, or what it learns of that.
    fn spoil(self, scheduler: &mut Scheduler, event: &mut Event, now: Instant);
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    Waiting,
    /// Taken from a worker that has not started it, when its time was over.
    TooLate,
    Held(WorkerId),
    Settled,
}

/// What callers and workers know.
pub(super) struct World<M: Model> {
    /// What only this model knows.
    pub(super) own: M,
    pub(super) settings: Settings,
    pub(super) random: Random,
    start: Instant,
    pub(super) now: Instant,
    /// By slot.
    pub(super) workers: Vec<Option<M::Worker>>,
    /// By id, from 1.
    pub(super) calls: Vec<M::Call>,
    pub(super) waiting: BTreeSet<CallId>,
    pub(super) is_closing: bool,
    pub(super) trigger: M::Trigger,
    pub(super) bug: Option<M::Bug>,
    pub(super) log: Vec<String>,
    violation: Option<String>,
    counts: BTreeMap<&'static str, u64>,
}

impl<M: Model> World<M> {
    fn new(settings: Settings, random: Random, bug: Option<M::Bug>) -> Self {
        let start = epoch();
        Self {
            own: M::default(),
            workers: (0..settings.workers).map(|_| None).collect(),
            settings,
            random,
            start,
            now: start,
            calls: Vec::new(),
            waiting: BTreeSet::new(),
            is_closing: false,
            trigger: M::Trigger::default(),
            bug,
            log: Vec::new(),
            violation: None,
            counts: BTreeMap::new(),
        }
    }

    pub(super) fn next_id(&self) -> CallId {
        CallId(self.calls.len() as u64 + 1)
    }

    pub(super) fn call(&self, id: CallId) -> &M::Call {
        &self.calls[index_of(id)]
    }

    pub(super) fn call_mut(&mut self, id: CallId) -> &mut M::Call {
        &mut self.calls[index_of(id)]
    }

    /// A worker, unless its process has been replaced.
    pub(super) fn worker(&mut self, id: WorkerId) -> Option<&mut M::Worker> {
        let worker = self.workers[id.slot].as_mut();
        worker.filter(|worker| worker.id() == id)
    }

    pub(super) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// The first violation of a rule is what the story ends with.
    pub(super) fn require(&mut self, holds: bool, what: impl FnOnce(&Self) -> String) {
        if !holds && self.violation.is_none() {
            self.violation = Some(what(self));
        }
    }
}

/// No index for 0, which is no call.
fn index_of(id: CallId) -> usize {
    usize::try_from(id.0).unwrap().wrapping_sub(1)
}

/// One random world, and the scheduler in it.
pub(super) struct Story<M: Model> {
    scheduler: Scheduler,
    pub(super) world: World<M>,
}

impl<M: Model> Story<M>
where
    World<M>: Rules,
    Self: Plot,
{
    fn new(seed: u64, bug: Option<M::Bug>) -> Self {
        let mut random = Random::new(seed);
        let settings = Self::settings(&mut random);
        Self {
            scheduler: Scheduler::new(settings.clone()),
            world: World::new(settings, random, bug),
        }
    }

    /// Starts the pool.
    pub(super) fn begin(&mut self) -> Verdict {
        self.happens(Event::Initialize)?;
        self.happens(Event::Prepared(InterpreterNote::default()))?;
        for slot in 0..self.world.workers.len() {
            let started = self.world.workers[slot].as_ref().map(Process::id);
            self.happens(Event::Ready(started.unwrap()))?;
        }
        Ok(())
    }

    pub(super) fn happens(&mut self, mut event: Event) -> Verdict {
        let world = &mut self.world;
        let at = (world.now - world.start).as_millis();
        world.log.push(format!("{at} ms: {}", brief(&event)));
        world.trigger = M::Trigger::default();
        world.is_closing |= matches!(event, Event::Shutdown { .. });
        world.note(&event);
        let is_tick = matches!(event, Event::Tick);
        if let Some(bug) = world.bug {
            bug.spoil(&mut self.scheduler, &mut event, world.now);
        }
        self.scheduler.handle(event, world.now, world);
        world.check();
        let next_deadline = self.scheduler.next_deadline();
        let is_over = next_deadline.is_none_or(|next| next > world.now);
        world.require(is_over || !is_tick, |_| {
            "Tick: one did nothing about its deadline".into()
        });
        world.violation.take().map_or(Ok(()), Err)
    }

    /// Lets up to so many milliseconds pass, with a tick at each deadline on the way.
    pub(super) fn pass_millis_below(&mut self, bound: u64) -> Verdict {
        let end = self.world.now + self.world.random.millis_below(bound);
        while let Some(at) = self.scheduler.next_deadline().filter(|at| *at <= end) {
            self.world.now = self.world.now.max(at);
            self.happens(Event::Tick)?;
        }
        self.world.now = end;
        Ok(())
    }

    /// Shuts the pool down.
    pub(super) fn finish(&mut self) -> Verdict {
        self.happens(Event::Shutdown { grace: SECOND })?;
        for slot in 0..self.world.workers.len() {
            self.exit(slot)?;
        }
        Ok(())
    }

    /// The last events and effects, for a person to read.
    fn ending(&self) -> String {
        let log = &self.world.log;
        log[log.len().saturating_sub(60)..].join("\n")
    }
}

/// Without frames and large texts.
fn brief(event: &Event) -> String {
    match event {
        Event::Submit(call) => {
            let function = String::from_utf8_lossy(call.request().function());
            format!("Submit({}, {function}, {:?})", call.id(), call.options)
        }
        Event::Item(worker, id, Ok(item)) => {
            format!("Item({worker:?}, {id}, {} bytes)", item.size())
        }
        event => format!("{event:?}"),
    }
}

/// What no model is about: crashes are no reason to give a worker up, and no import takes too long.
pub(super) fn settings(random: &mut Random) -> Settings {
    Settings {
        max_crashes: 1_000_000,
        startup_timeout: SECOND * 3600,
        ..super::settings(1 + random.index_below(3))
    }
}

/// So many worlds keep the rules.
pub(super) fn keep_the_rules<M: Model>(worlds: u64)
where
    World<M>: Rules,
    Story<M>: Plot,
{
    let mut counts = BTreeMap::new();
    for seed in 1..=worlds {
        let mut story = Story::<M>::new(seed, None);
        if let Err(what) = story.play() {
            panic!("world {seed}: {what}\n{}", story.ending());
        }
        for (what, count) in story.world.counts {
            *counts.entry(what).or_insert(0) += count;
        }
    }
    println!("{counts:#?}");
    let rare = counts.iter().find(|(_, count)| **count < worlds / 20);
    assert_eq!(rare, None, "what hardly occurs proves little");
    assert!(counts.keys().eq(M::OCCURRENCES), "{counts:?}");
}

/// In one of so many worlds, each of these bugs breaks its rule.
pub(super) fn catch_bugs<M: Model>(bugs: &[(M::Bug, &str)], worlds: u64)
where
    World<M>: Rules,
    Story<M>: Plot,
{
    for (bug, rule) in bugs {
        let mut others = Vec::new();
        let caught = (1..=worlds).find_map(|seed| {
            let what = Story::<M>::new(seed, Some(*bug)).play().err()?;
            let is_its = what.split(':').next() == Some(rule);
            let broken = (seed, what);
            if is_its {
                return Some(broken);
            }
            others.push(broken);
            None
        });
        let (seed, what) = caught.unwrap_or_else(|| {
            let other = others.first();
            panic!("{bug:?} does not break {rule} in {worlds} worlds, but {other:?}")
        });
        println!("{bug:?}: in world {seed}, {what}");
    }
}
