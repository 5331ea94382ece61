//! One random world.

use std::time::Duration;

use super::Story;
use super::world::{Phase, Worker};
use crate::call::{Call, CallOptions};
use crate::failure::InterpreterNote;
use crate::scheduler::tests::model::{self, Plot, Verdict};
use crate::scheduler::tests::random::Random;
use crate::scheduler::tests::{import_error, killed};
use crate::scheduler::{Elastic, Event, Settings};
use crate::wire::{Output, Request};

/// Number of steps before the pool is shut down.
const LENGTH: usize = 300;

impl Plot for Story {
    fn settings(random: &mut Random) -> Settings {
        let max = 1 + random.index_below(6);
        let idle = Duration::from_millis(50 + random.below(500));
        Settings {
            workers: max,
            elastic: Some(Elastic {
                min: random.index_below(max),
                idle_timeout: idle,
            }),
            concurrency: 1 + random.index_below(2),
            ..model::settings(random)
        }
    }

    fn play(&mut self) -> Verdict {
        self.happens(Event::Initialize)?;
        self.happens(Event::Prepared(InterpreterNote::default()))?;
        // A start of the pool that fails is not what this model is about.
        for slot in 0..self.world.min() {
            self.get_ready(slot)?;
        }
        for _ in 0..LENGTH {
            self.next()?;
        }
        self.finish()
    }

    fn exit(&mut self, slot: usize) -> Verdict {
        let Some(worker) = self.worker_at(slot) else {
            return Ok(());
        };
        self.happens(Event::Exited {
            worker: worker.id,
            death: killed(),
            unstarted: Vec::new(),
        })
    }
}

impl Story {
    fn next(&mut self) -> Verdict {
        let slot = self.world.random.index_below(self.world.workers.len());
        match self.world.random.below(100) {
            0..15 => self.submit(),
            15..45 => self.reply(slot),
            45..48 => self.reply_to_all(),
            48..70 => self.pass_millis_below(300),
            70..73 => self.pass_millis_below(5000),
            73..90 => self.get_ready(slot),
            90..93 => self.fail_to_load(slot),
            93..97 => self.end(slot),
            _ => self.exit(slot),
        }
    }

    fn submit(&mut self) -> Verdict {
        for _ in 0..1 + self.world.random.below(3) {
            let id = self.world.next_id();
            let request = Request::new("f", "[]");
            self.happens(Event::Submit(Call::new(
                id,
                request,
                CallOptions::default(),
            )))?;
        }
        Ok(())
    }

    fn reply(&mut self, slot: usize) -> Verdict {
        match self.worker_at(slot) {
            Some(worker) if worker.is_busy() => {
                let output = Output::new(b"null".to_vec());
                self.happens(Event::Replied(worker.id, worker.held[0], Ok(output)))
            }
            _ => Ok(()),
        }
    }

    /// Until no call is left that a worker has, and for some time.
    fn reply_to_all(&mut self) -> Verdict {
        for slot in 0..self.world.workers.len() {
            while self.worker_at(slot).is_some_and(|worker| worker.is_busy()) {
                self.reply(slot)?;
            }
        }
        self.pass_millis_below(1000)
    }

    fn get_ready(&mut self, slot: usize) -> Verdict {
        match self.worker_at(slot) {
            Some(worker) if worker.phase == Phase::Importing => {
                self.happens(Event::Ready(worker.id))
            }
            _ => Ok(()),
        }
    }

    fn fail_to_load(&mut self, slot: usize) -> Verdict {
        match self.worker_at(slot) {
            Some(worker) if worker.phase == Phase::Importing => {
                self.happens(Event::LoadFailed(worker.id, import_error()))?;
                self.exit(slot)
            }
            _ => Ok(()),
        }
    }

    /// Ends a worker that was asked to.
    fn end(&mut self, slot: usize) -> Verdict {
        match self.worker_at(slot) {
            Some(worker) if worker.phase == Phase::Ending => self.exit(slot),
            _ => Ok(()),
        }
    }

    fn worker_at(&self, slot: usize) -> Option<Worker> {
        self.world.workers[slot].clone()
    }
}
