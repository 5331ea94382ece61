//! One random world.

use std::collections::BTreeMap;
use std::time::Duration;

use super::sabotage::Bug;
use super::worker::{Phase, Stage, Worker};
use super::world::{ASYNC, World};
use crate::call::{Call, CallOptions};
use crate::failure::InterpreterNote;
use crate::id::{CallId, WorkerId};
use crate::scheduler::tests::simulation::random::Random;
use crate::scheduler::tests::{SECOND, epoch, killed, settings};
use crate::scheduler::{Event, Scheduler, Settings};
use crate::wire::{Output, Request};

/// Number of steps before the pool is shut down.
const LENGTH: usize = 300;

pub(super) struct Story {
    scheduler: Scheduler,
    world: World,
    bug: Option<Bug>,
}

impl Story {
    pub(super) fn new(seed: u64, bug: Option<Bug>) -> Self {
        let mut random = Random::new(seed);
        let settings = random_settings(&mut random);
        Self {
            scheduler: Scheduler::new(settings.clone()),
            world: World::new(settings, random, epoch(), bug),
            bug,
        }
    }

    pub(super) fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.world.counts
    }

    /// What happened, for a person to read.
    pub(super) fn events(&self) -> &[String] {
        let log = &self.world.log;
        &log[log.len().saturating_sub(60)..]
    }

    pub(super) fn play(&mut self) -> Result<(), String> {
        self.happens(Event::Initialize)?;
        self.happens(Event::Prepared(InterpreterNote::default()))?;
        for slot in 0..self.world.workers.len() {
            self.get_ready(slot)?;
        }
        for _ in 0..LENGTH {
            self.next()?;
        }
        self.happens(Event::Shutdown { grace: SECOND })?;
        for slot in 0..self.world.workers.len() {
            self.exit(slot)?;
        }
        Ok(())
    }

    fn happens(&mut self, mut event: Event) -> Result<(), String> {
        let world = &mut self.world;
        let at = (world.now - epoch()).as_millis();
        world.log.push(format!("{at} ms: {event:?}"));
        world.note(&event);
        if let Some(bug) = self.bug {
            bug.before(&mut self.scheduler, &mut event, world.now);
        }
        self.scheduler.handle(event, world.now, world);
        world.check(self.scheduler.next_deadline())
    }

    fn next(&mut self) -> Result<(), String> {
        let slot = self.world.random.index_below(self.world.workers.len());
        match self.world.random.below(100) {
            0..35 => self.submit(),
            35..65 => self.reply(slot),
            65..78 => self.time_passes(),
            78..84 => self.abort(),
            84..89 => self.speak(slot),
            89..92 => self.send_stacks(slot),
            92..95 => self.get_ready(slot),
            95..97 => self.answer_ping(slot),
            97..99 => self.end(slot),
            _ => self.exit(slot),
        }
    }

    fn submit(&mut self) -> Result<(), String> {
        let random = &mut self.world.random;
        let function = if random.one_in(3) { "f" } else { ASYNC };
        let timeout = random
            .one_in(2)
            .then(|| Duration::from_millis(100 + random.below(8000)));
        let options = CallOptions {
            timeout,
            interrupt: !random.one_in(4),
            ..CallOptions::default()
        };
        let id = CallId(self.world.calls.len() as u64 + 1);
        let call = Call::new(id, Request::new(function, "[]"), options);
        self.happens(Event::Submit(call))
    }

    fn some_held(&mut self, slot: usize) -> Option<(WorkerId, CallId, Option<Stage>)> {
        let worker = self.world.workers[slot].clone()?;
        let held = self.world.random.pick(&worker.held).copied()?;
        Some((worker.id, held.call, held.cancel))
    }

    /// To any call, in any order. One that is cancelled often takes its time.
    fn reply(&mut self, slot: usize) -> Result<(), String> {
        let Some((worker, call, cancel)) = self.some_held(slot) else {
            return Ok(());
        };
        if cancel.is_some() && !self.world.random.one_in(5) {
            return Ok(());
        }
        let started = self.world.worker(worker).map(|worker| {
            let index = worker.held.iter().position(|held| held.call == call);
            worker.started = worker.started.max(index.map_or(0, |index| index + 1));
        });
        debug_assert!(started.is_some());
        let output = Output::new(call.0.to_string().into_bytes());
        self.happens(Event::Replied(worker, call, Ok(output)))
    }

    fn time_passes(&mut self) -> Result<(), String> {
        let far = match self.world.random.below(20) {
            0 => 12_000,
            1..5 => 3000,
            5..12 => 400,
            _ => 40,
        };
        let end = self.world.now + self.world.random.millis_below(far);
        while let Some(at) = self.scheduler.next_deadline().filter(|at| *at <= end) {
            self.world.now = self.world.now.max(at);
            self.happens(Event::Tick)?;
        }
        self.world.now = end;
        Ok(())
    }

    fn abort(&mut self) -> Result<(), String> {
        let last = self.world.calls.len() as u64;
        let count = 1 + self.world.random.below(3);
        let recent = (0..count).map(|_| last.saturating_sub(self.world.random.below(12)));
        let ids: Vec<_> = recent.filter(|id| *id > 0).map(CallId).collect();
        self.happens(Event::Abort(ids.into_iter().collect()))
    }

    /// A worker says which function is async, or that it cancels a call.
    fn speak(&mut self, slot: usize) -> Result<(), String> {
        match self.some_held(slot) {
            Some((worker, call, _)) if !self.world.call(call).is_async => {
                self.happens(Event::Cancelling(worker, call, None))
            }
            Some((worker, call, Some(_))) => self.happens(Event::Cancelling(worker, call, None)),
            Some((worker, call, None)) => self.happens(Event::IsAsync(worker, Some(call))),
            None => Ok(()),
        }
    }

    fn send_stacks(&mut self, slot: usize) -> Result<(), String> {
        match self.worker_at(slot) {
            Some(worker) => self.happens(Event::Stacks(worker.id, "stacks".into())),
            None => Ok(()),
        }
    }

    fn answer_ping(&mut self, slot: usize) -> Result<(), String> {
        match self.worker_at(slot) {
            Some(worker) if worker.pinged.is_some() && worker.phase == Phase::Serving => {
                self.happens(Event::Pong(worker.id))
            }
            _ => Ok(()),
        }
    }

    fn get_ready(&mut self, slot: usize) -> Result<(), String> {
        match self.worker_at(slot) {
            Some(worker) if worker.phase == Phase::Importing => {
                self.happens(Event::Ready(worker.id))
            }
            _ => Ok(()),
        }
    }

    /// Ends a worker that was asked to.
    fn end(&mut self, slot: usize) -> Result<(), String> {
        match self.worker_at(slot) {
            Some(worker) if !worker.is_alive() => self.exit(slot),
            _ => Ok(()),
        }
    }

    fn exit(&mut self, slot: usize) -> Result<(), String> {
        let Some(worker) = self
            .worker_at(slot)
            .filter(|one| one.phase != Phase::Importing)
        else {
            return Ok(());
        };
        let unstarted = self.world.unstarted(worker.id);
        self.happens(Event::Exited {
            worker: worker.id,
            death: killed(),
            unstarted,
        })
    }

    fn worker_at(&self, slot: usize) -> Option<Worker> {
        self.world.workers[slot].clone()
    }
}

fn random_settings(random: &mut Random) -> Settings {
    let concurrency = 1 + random.index_below(4);
    let is_hybrid = concurrency == 1 || random.one_in(2);
    let threads = if is_hybrid {
        2 + random.index_below(2)
    } else {
        1
    };
    Settings {
        max_crashes: 1_000_000,
        startup_timeout: SECOND * 3600,
        concurrency,
        threads,
        may_suggest_concurrency: true,
        keep_interrupted_worker: random.one_in(3),
        has_start_tokens: !random.one_in(4),
        ..settings(1 + random.index_below(3))
    }
}
