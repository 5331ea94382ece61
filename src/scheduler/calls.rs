//! Calls: from submission to outcome.

use std::time::Instant;

use super::event::{Action, Actions, Call, CallId, Reply, WorkerId};
use super::machine::{Phase, Queued, Scheduler};
use super::slot::{Running, State, Victim};
use crate::failure::{ClosedWhile, Death, DeathCause, Failure};

/// Calls a worker may have at a time.
const CAPACITY: usize = 1;

impl<T> Scheduler<T> {
    pub(super) fn submit(&mut self, call: Call<T>, now: Instant, out: &mut Actions<T>) {
        let refusal = match &self.phase {
            Phase::Searching | Phase::Starting => Some(Failure::NotInitialized),
            Phase::SearchCancelled | Phase::Failing(_) | Phase::Closing | Phase::Closed => {
                Some(Failure::Closed(ClosedWhile::Submitting))
            }
            Phase::Running if self.is_dead() => Some(self.pool_dead()),
            Phase::Running => None,
        };
        if let Some(failure) = refusal {
            out.push(Action::Settle {
                ticket: call.ticket,
                reply: Err(failure),
            });
            return;
        }
        self.last_call += 1;
        let id = CallId(self.last_call);
        let nobody_waits = self.queue.is_empty();
        self.queue.push_back(Queued { id, call });
        if nobody_waits {
            self.dispatch(now, out);
        }
    }

    /// Hands queued calls to workers with room, oldest call and lowest slot first.
    pub(super) fn dispatch(&mut self, now: Instant, out: &mut Actions<T>) {
        if !self.is_running() {
            return;
        }
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let worker = slot.worker(index);
            let State::Ready { running } = &mut slot.state else {
                continue;
            };
            while running.len() < CAPACITY {
                let Some(Queued { id, call }) = self.queue.pop_front() else {
                    return;
                };
                let Call {
                    request,
                    ticket,
                    timeout,
                } = call;
                let deadline = timeout.and_then(|timeout| now.checked_add(timeout));
                running.push(Running {
                    id,
                    ticket,
                    timeout,
                    deadline,
                });
                out.push(Action::Send {
                    worker,
                    call: id,
                    request,
                });
            }
        }
    }

    pub(super) fn replied(
        &mut self,
        worker: WorkerId,
        call: CallId,
        reply: Reply,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        let State::Ready { running } = &mut slot.state else {
            return; // the loser of a race with its timeout
        };
        let Some(index) = running.iter().position(|running| running.id == call) else {
            let cause = DeathCause::ProtocolError(format!("a reply to {call:?}, which it has not"));
            return self.garbled(
                worker,
                Death {
                    cause,
                    stderr_tail: String::new(),
                },
                out,
            );
        };
        let ticket = running.remove(index).ticket;
        slot.budget.restore();
        out.push(Action::Settle { ticket, reply });
        if !self.queue.is_empty() {
            self.dispatch(now, out);
        }
    }

    pub(super) fn fail_queue(&mut self, failure: &Failure, out: &mut Actions<T>) {
        out.extend(self.queue.drain(..).map(|queued| Action::Settle {
            ticket: queued.call.ticket,
            reply: Err(failure.clone()),
        }));
        self.queue.shrink_to_fit();
    }

    pub(super) fn pool_dead(&self) -> Failure {
        Failure::PoolDead {
            workers: self.slots.len(),
            script: self.settings.script.clone(),
            last_crash: self.last_crash.clone().map(Box::new),
        }
    }
}

impl<T> Running<T> {
    pub(super) fn crash(self, death: &Death) -> Action<T> {
        Action::Settle {
            ticket: self.ticket,
            reply: Err(Failure::Crashed(death.clone())),
        }
    }

    pub(super) fn time_out(self, stack: Option<String>) -> Action<T> {
        let timeout = self.timeout.unwrap_or_default();
        Action::Settle {
            ticket: self.ticket,
            reply: Err(Failure::CallTimeout { timeout, stack }),
        }
    }
}

impl<T> Victim<T> {
    pub(super) fn time_out(self, stack: Option<String>) -> Option<Action<T>> {
        match self {
            Self::Call(call) => Some(call.time_out(stack)),
            Self::Startup => None,
        }
    }
}
