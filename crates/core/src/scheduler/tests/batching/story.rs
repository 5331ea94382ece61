//! One random world.

use std::time::Duration;

use super::Story;
use super::worker::{Phase, Unit, Worker};
use super::world::Function;
use crate::call::{Batching, Call, CallOptions};
use crate::id::CallId;
use crate::scheduler::tests::model::{self, Plot, Verdict};
use crate::scheduler::tests::random::Random;
use crate::scheduler::tests::{SECOND, killed};
use crate::scheduler::{Event, Settings};
use crate::wire::{Output, Request};

/// Number of steps before the pool is drained.
const LENGTH: usize = 250;
/// Most calls have about this size.
const SIZE: u64 = 64;

impl Plot for Story {
    fn settings(random: &mut Random) -> Settings {
        let has_places = random.one_in(2);
        let has_limit = random.one_in(3);
        let mut places = || {
            if has_places {
                1 + random.index_below(3)
            } else {
                1
            }
        };
        let (concurrency, threads) = (places(), places());
        let has_start_tokens = !random.one_in(4);
        // What lies ready behind a worker's first call counts as waiting: that is not what this model is about.
        let may_prefetch = has_start_tokens && !has_limit;
        Settings {
            concurrency,
            threads,
            has_start_tokens,
            max_queue: if has_limit {
                1 + random.index_below(6)
            } else {
                usize::MAX
            },
            max_prefetch: if may_prefetch {
                1 + random.index_below(4)
            } else {
                1
            },
            queue_timeout: random
                .one_in(3)
                .then(|| Duration::from_millis(500 + random.below(8000))),
            max_batch_size: 100 + random.index_below(500),
            keep_interrupted_worker: random.one_in(4),
            ..model::settings(random)
        }
    }

    fn play(&mut self) -> Verdict {
        self.own_functions();
        self.begin()?;
        for _ in 0..LENGTH {
            self.next()?;
        }
        let limit = self.world.random.one_in(2).then_some(SECOND * 5);
        let grace = SECOND;
        self.happens(Event::Drain { limit, grace })?;
        for _ in 0..LENGTH / 5 {
            if self.world.is_over() {
                break;
            }
            self.next()?;
        }
        self.finish()
    }

    fn exit(&mut self, slot: usize) -> Verdict {
        let Some(worker) = self
            .worker_at(slot)
            .filter(|worker| worker.phase != Phase::Importing)
        else {
            return Ok(());
        };
        let has_tokens = self.world.settings.has_start_tokens;
        let unstarted = if has_tokens && self.world.random.one_in(2) {
            &worker.held[worker.started..]
        } else {
            &[]
        };
        let unstarted = unstarted.iter().map(|unit| unit.id).collect();
        self.happens(Event::Exited {
            worker: worker.id,
            death: killed(),
            unstarted,
        })
    }
}

impl Story {
    fn own_functions(&mut self) {
        let random = &mut self.world.random;
        let functions = [
            ("plain", false, false),
            ("async", true, false),
            ("plain batch", false, true),
            ("async batch", true, true),
        ];
        let functions = functions.map(|(name, is_async, is_batched)| {
            let wait = if random.one_in(2) {
                random.millis_below(300)
            } else {
                Duration::ZERO
            };
            let max = 1 + random.index_below(5);
            Function {
                name,
                is_async,
                is_known_to_be_async: false,
                batch: is_batched.then_some((max, wait)),
            }
        });
        self.world.own.functions = functions.into();
    }

    fn next(&mut self) -> Verdict {
        let slot = self.world.random.index_below(self.world.workers.len());
        match self.world.random.below(100) {
            0..20 => self.submit(),
            20..54 => self.reply(slot),
            54..72 => self.time_passes(),
            72..79 => self.abort(),
            79..84 => self.speak(slot),
            84..86 => self.send_stacks(slot),
            86..92 => self.get_ready(slot),
            92..96 => self.answer_ping(slot),
            96..98 => {
                self.start(slot);
                Ok(())
            }
            98 => self.lie(slot),
            _ => self.exit(slot),
        }
    }

    /// Some calls in a row, of one function.
    fn submit(&mut self) -> Verdict {
        let functions = self.world.own.functions.clone();
        let index = self.world.random.index_below(functions.len());
        let function = &functions[index];
        for _ in 0..=self.world.random.below(4) {
            let call = self.random_call(function);
            self.happens(Event::Submit(call))?;
        }
        Ok(())
    }

    fn random_call(&mut self, function: &Function) -> Call {
        let id = self.world.next_id();
        // In a line, the time of one that lies ready behind another is what `simulation` is about.
        let is_timed = function.batch.is_some() || self.world.settings.has_places_by_kind();
        let random = &mut self.world.random;
        let shape = if random.one_in(4) { "2" } else { "1" };
        let batch = function.batch.map(|(max, wait)| Batching {
            shape: shape.into(),
            max,
            wait,
        });
        let timeout = Duration::from_millis(100 + random.below(5000));
        let options = CallOptions {
            timeout: (is_timed && random.one_in(2)).then_some(timeout),
            interrupt: !random.one_in(4),
            retries: u32::from(random.one_in(4)),
            batch: batch.map(Box::new),
            ..CallOptions::default()
        };
        let size = if random.one_in(8) { SIZE * 8 } else { SIZE };
        let padding = " ".repeat(random.index_below(usize::try_from(size).unwrap()));
        let request = Request::new(function.name, &format!("[{padding}]"));
        Call::new(id, request, options)
    }

    fn some_held(&mut self, slot: usize) -> Option<(Worker, Unit)> {
        let worker = self
            .worker_at(slot)
            .filter(|worker| worker.phase != Phase::Killed)?;
        let held = if self.world.settings.has_places_by_kind() {
            self.world.random.pick(&worker.held)
        } else {
            worker.held.first()
        };
        let unit = held?.clone();
        Some((worker, unit))
    }

    /// A worker answers a call, or some of a batch, or all of it. One that is cancelled often takes its time.
    fn reply(&mut self, slot: usize) -> Verdict {
        let Some((worker, unit)) = self.some_held(slot) else {
            return Ok(());
        };
        let random = &mut self.world.random;
        if unit.is_cancelled && !random.one_in(4) {
            return Ok(());
        }
        let left = unit.unanswered().len();
        let count = if random.one_in(2) {
            left
        } else {
            1 + random.index_below(left)
        };
        for id in &unit.unanswered()[..count] {
            let output = Output::new(id.0.to_string().into_bytes());
            self.happens(Event::Replied(worker.id, *id, Ok(output)))?;
        }
        Ok(())
    }

    fn time_passes(&mut self) -> Verdict {
        let far = match self.world.random.below(20) {
            0 => 14_000,
            1..4 => 3000,
            4..12 => 300,
            _ => 30,
        };
        self.pass_millis_below(far)
    }

    /// Some recent calls, or all of a batch, are aborted.
    fn abort(&mut self) -> Verdict {
        let slot = self.world.random.index_below(self.world.workers.len());
        let held = self.some_held(slot);
        let random = &mut self.world.random;
        let last = self.world.calls.len() as u64;
        let count = 1 + random.below(3);
        let recent = (0..count).map(|_| CallId(last.saturating_sub(random.below(12))));
        let mut ids: Vec<_> = recent.filter(|id| id.0 > 0).collect();
        if let Some((_, unit)) = held
            && self.world.random.one_in(3)
        {
            ids = unit.unanswered().into();
        }
        self.happens(Event::Abort(ids.into_iter().collect()))
    }

    /// A worker says which function is async, or that it cancels what it runs.
    fn speak(&mut self, slot: usize) -> Verdict {
        let Some((worker, unit)) = self.some_held(slot) else {
            return Ok(());
        };
        let is_async = self.world.function(unit.calls[0]).is_async;
        if unit.is_cancelled {
            self.happens(Event::Cancelling(worker.id, unit.id, None))
        } else if is_async {
            self.happens(Event::IsAsync(worker.id, Some(unit.id)))
        } else {
            Ok(())
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
            Some(worker) if worker.is_pinged => self.happens(Event::Pong(worker.id)),
            _ => Ok(()),
        }
    }

    /// A worker starts what it was sent.
    fn start(&mut self, slot: usize) {
        if let Some(worker) = &mut self.world.workers[slot] {
            worker.started = worker.held.len();
        }
    }

    /// A worker answers a call of a batch again, or the batch as if it were one. What it says while its stacks are
    /// awaited may be late, and is no lie.
    fn lie(&mut self, slot: usize) -> Verdict {
        let Some((worker, unit)) = self.some_held(slot) else {
            return Ok(());
        };
        let is_late = unit.calls.iter().any(|id| self.world.is_late(*id));
        if !unit.is_batch() || worker.phase != Phase::Serving || is_late {
            return Ok(());
        }
        let answered = unit.calls[..unit.answered].last();
        let id = answered.copied().unwrap_or(unit.id);
        let output = Output::new(id.0.to_string().into_bytes());
        self.happens(Event::Replied(worker.id, id, Ok(output)))
    }

    /// A new worker gets ready, or one that was asked to ends.
    fn get_ready(&mut self, slot: usize) -> Verdict {
        match self.worker_at(slot) {
            Some(worker) if worker.phase == Phase::Importing => {
                self.happens(Event::Ready(worker.id))
            }
            Some(worker) if worker.phase != Phase::Serving => self.exit(slot),
            _ => Ok(()),
        }
    }

    fn worker_at(&self, slot: usize) -> Option<Worker> {
        self.world.workers[slot].clone()
    }
}
