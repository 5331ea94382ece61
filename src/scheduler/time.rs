//! Deadlines.

use std::time::{Duration, Instant};

use super::event::{Action, Actions, Level};
use super::machine::Scheduler;
use super::slot::{Running, State, Victim};
use crate::failure::Failure;

/// How long a worker may take to tell its stacks.
const STACKS_WAIT: Duration = Duration::from_millis(50);
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
    fn expire_queue(&mut self, now: Instant, out: &mut Actions<T>) {
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
        let is_late = |call: &Running<T>| call.deadline.is_some_and(|at| at <= now);
        match &mut slot.state {
            State::Vacant | State::Retired => {}
            State::Waiting { .. } => self.start(index, now, out),
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
            State::Ready { .. } => {
                if let Some(call) = slot.take_call(is_late) {
                    slot.state = State::Dumping {
                        victim: Victim::Call(call),
                        until: now + STACKS_WAIT,
                    };
                    out.push(Action::DumpStacks(worker));
                }
            }
            State::Condemned { .. } => {
                let late = slot.take_call(is_late);
                out.extend(late.map(|call| call.time_out(None)));
            }
            State::Dumping { .. } => self.end_victim(index, None, now, out),
            State::Ending { kill_at, .. } => {
                *kill_at = None;
                out.push(Action::Kill(worker));
            }
        }
    }
}
