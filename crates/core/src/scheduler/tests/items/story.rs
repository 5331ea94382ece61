//! One random world.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use super::sabotage::Bug;
use super::world::{ASYNC, Known, State, Worker, World};
use crate::call::{Call, CallOptions};
use crate::failure::{Failure, InterpreterNote};
use crate::id::CallId;
use crate::scheduler::tests::simulation::random::Random;
use crate::scheduler::tests::{SECOND, epoch, killed, settings};
use crate::scheduler::{Event, Scheduler, Settings};
use crate::wire::{Credit, Output, Request};

/// Number of steps before the pool is drained.
const LENGTH: usize = 300;
/// So large an item leaves room for one more.
const LARGE: usize = 200 * 1024;

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
        // Known from the start: which kinds fit beside each other is what `places` is about.
        let first = self.world.workers[0].as_ref().map(|worker| worker.id);
        if let Some(worker) = first {
            self.happens(Event::IsAsync(worker, None))?;
        }
        for _ in 0..LENGTH {
            self.next()?;
        }
        self.happens(Event::Drain {
            limit: None,
            grace: SECOND,
        })?;
        for _ in 0..LENGTH / 10 {
            self.time_passes()?;
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
        world.log.push(format!("{at} ms: {}", brief(&event)));
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
            0..20 => self.submit(),
            20..50 => self.send_item(slot),
            50..65 => self.take(),
            65..76 => self.reply(slot),
            76..84 => self.time_passes(),
            84..90 => self.abort(),
            90..94 => self.speak(slot),
            94..98 => self.get_ready(slot),
            _ => self.exit(slot),
        }
    }

    fn submit(&mut self) -> Result<(), String> {
        let random = &mut self.world.random;
        let function = if random.one_in(2) { "f" } else { ASYNC };
        let window = u16::try_from(1 + random.below(4)).unwrap();
        let options = CallOptions {
            window: NonZeroU16::new(window).filter(|_| !random.one_in(3)),
            ..CallOptions::default()
        };
        let id = CallId(self.world.calls.len() as u64 + 1);
        let call = Call::new(id, Request::new(function, "[]"), options);
        self.happens(Event::Submit(call))
    }

    fn some_held(&mut self, slot: usize) -> Option<(Worker, CallId, Known)> {
        let worker = self.world.workers[slot].clone()?;
        let held = self.world.random.pick(&worker.held).copied()?;
        let known = self.world.call(held).clone();
        Some((worker, held, known))
    }

    /// Within the window, as a rule.
    fn send_item(&mut self, slot: usize) -> Result<(), String> {
        let Some((worker, id, known)) = self.some_held(slot) else {
            return Ok(());
        };
        let random = &mut self.world.random;
        let is_stream = known.window.is_some() && !worker.is_ending;
        if !is_stream || known.is_full() && !random.one_in(20) {
            return Ok(());
        }
        if random.one_in(40) {
            let failure = Failure::NotSerializable {
                path: "$".into(),
                message: "deep".into(),
            };
            return self.happens(Event::Item(worker.id, id, Err(failure)));
        }
        let mut json = (known.sent + 1).to_string().into_bytes();
        if random.one_in(12) {
            json.resize(LARGE, b' ');
        }
        self.happens(Event::Item(worker.id, id, Ok(Output::new(json))))
    }

    /// A consumer takes some of what it has got, even from a stream that has ended.
    fn take(&mut self) -> Result<(), String> {
        let with_items = self.world.calls.iter().zip(1..);
        let with_items: Vec<_> = with_items
            .filter(|(known, _)| !known.open.is_empty())
            .map(|(_, id)| CallId(id))
            .collect();
        let Some(id) = self.world.random.pick(&with_items).copied() else {
            return Ok(());
        };
        let open = self.world.call(id).open.clone();
        let count = 1 + self.world.random.index_below(open.len());
        let taken = Credit {
            items: count as u64,
            bytes: open.iter().take(count).sum(),
        };
        self.happens(Event::Taken(id, taken))
    }

    fn reply(&mut self, slot: usize) -> Result<(), String> {
        match self.some_held(slot) {
            // A line is answered in order.
            Some((worker, id, _)) if !self.world.is_in_line() || worker.held[0] == id => {
                let output = Output::new(b"null".to_vec());
                self.happens(Event::Replied(worker.id, id, Ok(output)))
            }
            _ => Ok(()),
        }
    }

    fn time_passes(&mut self) -> Result<(), String> {
        let far = match self.world.random.below(10) {
            0 => 12_000,
            1..4 => 6000,
            4..7 => 1000,
            _ => 60,
        };
        let end = self.world.now + self.world.random.millis_below(far);
        while let Some(at) = self.scheduler.next_deadline().filter(|at| *at <= end) {
            self.world.now = self.world.now.max(at);
            self.happens(Event::Tick)?;
        }
        self.world.now = end;
        // Whatever the scheduler waits for: what is overdue shows.
        self.happens(Event::Tick)
    }

    /// Calls that are no streams are not aborted: the other models do that.
    fn abort(&mut self) -> Result<(), String> {
        let last = self.world.calls.len() as u64;
        let id = CallId(last.saturating_sub(self.world.random.below(8)));
        if id.0 == 0 || self.world.call(id).window.is_none() {
            return Ok(());
        }
        self.happens(Event::Abort([id].into()))
    }

    /// A worker has seen that a stream is to end.
    fn speak(&mut self, slot: usize) -> Result<(), String> {
        match self.some_held(slot) {
            Some((worker, id, known)) if known.state == State::Settled => {
                self.happens(Event::Cancelling(worker.id, id, None))
            }
            _ => Ok(()),
        }
    }

    fn get_ready(&mut self, slot: usize) -> Result<(), String> {
        match self.world.workers[slot].clone() {
            Some(worker) if !worker.is_ready => self.happens(Event::Ready(worker.id)),
            Some(worker) if worker.is_ending => self.exit(slot),
            _ => Ok(()),
        }
    }

    fn exit(&mut self, slot: usize) -> Result<(), String> {
        match self.world.workers[slot].clone() {
            Some(worker) if worker.is_ready => self.happens(Event::Exited {
                worker: worker.id,
                death: killed(),
                unstarted: Vec::new(),
            }),
            _ => Ok(()),
        }
    }
}

/// Without the text of a large item.
fn brief(event: &Event) -> String {
    match event {
        Event::Item(worker, id, Ok(item)) => {
            format!("Item({worker:?}, {id}, {} bytes)", item.size())
        }
        event => format!("{event:?}"),
    }
}

fn random_settings(random: &mut Random) -> Settings {
    let has_places = random.one_in(2);
    Settings {
        max_crashes: 1_000_000,
        startup_timeout: SECOND * 3600,
        max_prefetch: 4,
        concurrency: if has_places {
            1 + random.index_below(3)
        } else {
            1
        },
        threads: if has_places {
            1 + random.index_below(3)
        } else {
            1
        },
        function: ASYNC.into(),
        ..settings(1 + random.index_below(3))
    }
}
