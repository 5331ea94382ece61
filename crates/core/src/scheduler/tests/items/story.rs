//! One random world.

use std::num::NonZeroU16;

use super::Story;
use super::world::{ASYNC, Known, Worker};
use crate::call::{Call, CallOptions};
use crate::failure::Failure;
use crate::id::CallId;
use crate::scheduler::tests::model::{self, CallState, Plot, Verdict};
use crate::scheduler::tests::random::Random;
use crate::scheduler::tests::{SECOND, killed};
use crate::scheduler::{Event, Settings};
use crate::wire::{Credit, Output, Request};

/// Number of steps before the pool is drained.
const LENGTH: usize = 300;
/// So large an item leaves room for one more.
const LARGE: usize = 200 * 1024;

impl Plot for Story {
    fn settings(random: &mut Random) -> Settings {
        let has_places = random.one_in(2);
        Settings {
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
            ..model::settings(random)
        }
    }

    fn play(&mut self) -> Verdict {
        self.begin()?;
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
        self.finish()
    }

    fn exit(&mut self, slot: usize) -> Verdict {
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

impl Story {
    fn next(&mut self) -> Verdict {
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

    fn submit(&mut self) -> Verdict {
        let random = &mut self.world.random;
        let function = if random.one_in(2) { "f" } else { ASYNC };
        let window = u16::try_from(1 + random.below(4)).unwrap();
        let options = CallOptions {
            window: NonZeroU16::new(window).filter(|_| !random.one_in(3)),
            ..CallOptions::default()
        };
        let id = self.world.next_id();
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
    fn send_item(&mut self, slot: usize) -> Verdict {
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
    fn take(&mut self) -> Verdict {
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

    fn reply(&mut self, slot: usize) -> Verdict {
        match self.some_held(slot) {
            // A line is answered in order.
            Some((worker, id, _)) if !self.world.is_in_line() || worker.held[0] == id => {
                let output = Output::new(b"null".to_vec());
                self.happens(Event::Replied(worker.id, id, Ok(output)))
            }
            _ => Ok(()),
        }
    }

    fn time_passes(&mut self) -> Verdict {
        let far = match self.world.random.below(10) {
            0 => 12_000,
            1..4 => 6000,
            4..7 => 1000,
            _ => 60,
        };
        self.pass_millis_below(far)?;
        // Whatever the scheduler waits for: what is overdue shows.
        self.happens(Event::Tick)
    }

    /// Calls that are no streams are not aborted: the other models do that.
    fn abort(&mut self) -> Verdict {
        let last = self.world.calls.len() as u64;
        let id = CallId(last.saturating_sub(self.world.random.below(8)));
        if id.0 == 0 || self.world.call(id).window.is_none() {
            return Ok(());
        }
        self.happens(Event::Abort([id].into()))
    }

    /// A worker has seen that a stream is to end.
    fn speak(&mut self, slot: usize) -> Verdict {
        match self.some_held(slot) {
            Some((worker, id, known)) if known.state == CallState::Settled => {
                self.happens(Event::Cancelling(worker.id, id, None))
            }
            _ => Ok(()),
        }
    }

    fn get_ready(&mut self, slot: usize) -> Verdict {
        match self.world.workers[slot].clone() {
            Some(worker) if !worker.is_ready => self.happens(Event::Ready(worker.id)),
            Some(worker) if worker.is_ending => self.exit(slot),
            _ => Ok(()),
        }
    }
}
