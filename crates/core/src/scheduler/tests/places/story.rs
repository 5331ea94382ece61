//! One random world.

use std::time::Duration;

use super::Story;
use super::worker::{Phase, Stage, Worker};
use super::world::ASYNC;
use crate::call::{Call, CallOptions};
use crate::id::{CallId, WorkerId};
use crate::scheduler::tests::killed;
use crate::scheduler::tests::model::{self, Plot, Verdict};
use crate::scheduler::tests::random::Random;
use crate::scheduler::{Event, Settings};
use crate::wire::{Output, Request};

/// Number of steps before the pool is shut down.
const LENGTH: usize = 300;

impl Plot for Story {
    fn settings(random: &mut Random) -> Settings {
        let concurrency = 1 + random.index_below(4);
        let is_hybrid = concurrency == 1 || random.one_in(2);
        let threads = if is_hybrid {
            2 + random.index_below(2)
        } else {
            1
        };
        Settings {
            concurrency,
            threads,
            may_suggest_concurrency: true,
            keep_interrupted_worker: random.one_in(3),
            has_start_tokens: !random.one_in(4),
            ..model::settings(random)
        }
    }

    fn play(&mut self) -> Verdict {
        self.begin()?;
        for _ in 0..LENGTH {
            self.next()?;
        }
        self.finish()
    }

    fn exit(&mut self, slot: usize) -> Verdict {
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
}

impl Story {
    fn next(&mut self) -> Verdict {
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

    fn submit(&mut self) -> Verdict {
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
        let id = self.world.next_id();
        let call = Call::new(id, Request::new(function, "[]"), options);
        self.happens(Event::Submit(call))
    }

    fn some_held(&mut self, slot: usize) -> Option<(WorkerId, CallId, Option<Stage>)> {
        let worker = self.world.workers[slot].clone()?;
        let held = self.world.random.pick(&worker.held).copied()?;
        Some((worker.id, held.call, held.cancel))
    }

    /// To any call, in any order. One that is cancelled often takes its time.
    fn reply(&mut self, slot: usize) -> Verdict {
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

    fn time_passes(&mut self) -> Verdict {
        let far = match self.world.random.below(20) {
            0 => 12_000,
            1..5 => 3000,
            5..12 => 400,
            _ => 40,
        };
        self.pass_millis_below(far)
    }

    fn abort(&mut self) -> Verdict {
        let last = self.world.calls.len() as u64;
        let count = 1 + self.world.random.below(3);
        let recent = (0..count).map(|_| last.saturating_sub(self.world.random.below(12)));
        let ids: Vec<_> = recent.filter(|id| *id > 0).map(CallId).collect();
        self.happens(Event::Abort(ids.into_iter().collect()))
    }

    /// A worker says which function is async, or that it cancels a call.
    fn speak(&mut self, slot: usize) -> Verdict {
        match self.some_held(slot) {
            Some((worker, call, _)) if !self.world.call(call).is_async => {
                self.happens(Event::Cancelling(worker, call, None))
            }
            Some((worker, call, Some(_))) => self.happens(Event::Cancelling(worker, call, None)),
            Some((worker, call, None)) => self.happens(Event::IsAsync(worker, Some(call))),
            None => Ok(()),
        }
    }

    fn send_stacks(&mut self, slot: usize) -> Verdict {
        match self.worker_at(slot) {
            Some(worker) => self.happens(Event::Stacks(worker.id, "stacks".into())),
            None => Ok(()),
        }
    }

    fn answer_ping(&mut self, slot: usize) -> Verdict {
        match self.worker_at(slot) {
            Some(worker) if worker.pinged.is_some() && worker.phase == Phase::Serving => {
                self.happens(Event::Pong(worker.id))
            }
            _ => Ok(()),
        }
    }

    fn get_ready(&mut self, slot: usize) -> Verdict {
        match self.worker_at(slot) {
            Some(worker) if worker.phase == Phase::Importing => {
                self.happens(Event::Ready(worker.id))
            }
            _ => Ok(()),
        }
    }

    /// Ends a worker that was asked to.
    fn end(&mut self, slot: usize) -> Verdict {
        match self.worker_at(slot) {
            Some(worker) if !worker.is_alive() => self.exit(slot),
            _ => Ok(()),
        }
    }

    fn worker_at(&self, slot: usize) -> Option<Worker> {
        self.world.workers[slot].clone()
    }
}
