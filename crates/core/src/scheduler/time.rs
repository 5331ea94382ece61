//! Deadlines.

use std::time::{Duration, Instant};

use super::event::{Action, Actions, Level, WorkerId};
use super::machine::Scheduler;
use super::slot::{State, Victim};
use crate::failure::{Death, DeathCause, Failure};

/// How long a worker may take to tell its stacks.
const STACKS_WAIT: Duration = Duration::from_millis(50);
/// How long the reply may take of a worker that has gone on to its next call.
const REPLY_WAIT: Duration = Duration::from_secs(1);
/// How often a long import is reported.
pub(super) const IMPORT_WARNING_EVERY: Duration = Duration::from_secs(10);

impl<T> Scheduler<T> {
    pub(super) fn tick(&mut self, now: Instant, out: &mut Actions<T>) {
        for index in 0..self.slots.len() {
            if self.slots[index]
                .deadline()
                .is_some_and(|deadline| deadline <= now)
            {
                self.deadline_passed(index, now, out);
            }
        }
        self.expire_queue(now, out);
    }

    /// Fails the calls that have waited too long.
    pub(super) fn expire_queue(&mut self, now: Instant, out: &mut Actions<T>) {
        let Some(timeout) = self.settings.queue_timeout else {
            return;
        };
        let is_late = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let late = self
            .queue
            .iter()
            .take_while(|call| is_late(call.expires_at));
        let count = late.count();
        out.extend(self.queue.drain(..count).map(|late| Action::Settle {
            ticket: late.call.ticket,
            reply: Err(Failure::QueueTimeout { timeout }),
        }));
    }

    pub(super) fn deadline_passed(&mut self, index: usize, now: Instant, out: &mut Actions<T>) {
        let slot = &mut self.slots[index];
        let worker = slot.worker(index);
        if slot.is_late(now) && !slot.is_ready() {
            // A reply that was on its way never came.
            let late = slot.finish_first(now);
            out.extend(late.and_then(|call| call.time_out(None)));
        }
        match &mut slot.state {
            State::Waiting { restart_at } if *restart_at <= now => self.start(index, now, out),
            State::Starting { deadline, .. } if *deadline <= now => {
                slot.state = State::Dumping {
                    victim: Victim::Startup,
                    until: now + STACKS_WAIT,
                };
                out.push(Action::DumpStacks(worker));
            }
            State::Starting { since, warn_at, .. } => {
                *warn_at = now + IMPORT_WARNING_EVERY;
                let seconds = now.saturating_duration_since(*since).as_secs();
                let text = format!("still importing {} after {seconds} s", self.settings.script);
                out.push(Action::Log(Level::Warn, Some(worker), text));
                out.push(Action::DumpStacks(worker));
            }
            // What follows depends on what has started: see `taken_back`.
            State::Ready => {
                slot.window.close();
                out.push(Action::TakeBack(worker));
            }
            State::Dumping { until, .. } if *until <= now => self.end_victim(index, None, now, out),
            State::Ending { kill_at, .. } if kill_at.is_some_and(|at| at <= now) => {
                *kill_at = None;
                out.push(Action::Kill(worker));
            }
            _ => {}
        }
    }

    /// The first call of a worker has taken too long, and those that have not started were taken back.
    pub(super) fn end_late(&mut self, worker: WorkerId, now: Instant, out: &mut Actions<T>) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        let is_last = slot.calls.len() == 1;
        let Some(first) = slot.calls.front_mut() else {
            return;
        };
        let due = first.started_at.zip(first.timeout);
        let is_extended = due.is_some_and(|(at, timeout)| first.deadline > Some(at + timeout));
        if !is_last && !is_extended {
            // The worker has started the next call, so it has answered this one.
            first.deadline = Some(now + REPLY_WAIT);
            return;
        }
        let Some(late) = slot.calls.pop_front() else {
            return;
        };
        if is_last {
            slot.state = State::Dumping {
                victim: Victim::Call(late),
                until: now + STACKS_WAIT,
            };
            out.push(Action::DumpStacks(worker));
        } else {
            out.extend(late.time_out(None));
            let cause = DeathCause::ProtocolError("it answered out of turn".into());
            self.condemn(worker, Death::of(cause), out);
        }
    }
}
