//! Calls: from submission to outcome.

use std::time::Instant;

use super::event::{Action, Actions, Call, CallId, Reply, WorkerId};
use super::machine::{Phase, Queued, Scheduler};
use super::slot::{Running, State, Victim};
use crate::failure::{ClosedWhile, Death, DeathCause, Failure};
use crate::protocol::Request;

/// Calls a worker may have at a time.
pub(super) const CAPACITY: usize = 1;

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
        let queue_timeout = self.settings.queue_timeout;
        let expires_at = queue_timeout.and_then(|timeout| now.checked_add(timeout));
        let nobody_waits = self.queue.is_empty();
        self.queue.push_back(Queued {
            id,
            call,
            expires_at,
        });
        if nobody_waits {
            self.dispatch(now, out);
        }
        let limit = self.settings.max_queue;
        if self.queue.len() > limit
            && let Some(newest) = self.queue.pop_back()
        {
            out.push(Action::Settle {
                ticket: newest.call.ticket,
                reply: Err(Failure::QueueFull { limit }),
            });
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
                let Some(queued) = self.queue.pop_front() else {
                    return;
                };
                let (call, request) = queued.start(now);
                out.push(Action::Send {
                    worker,
                    call: call.id,
                    request,
                });
                running.push(call);
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
            return self.condemn(worker, Death::of(cause), out);
        };
        let Running { ticket, key, .. } = running.remove(index);
        slot.answered(key);
        out.push(Action::Settle { ticket, reply });
        if !self.queue.is_empty() {
            self.dispatch(now, out);
        }
    }

    /// What becomes of the calls that a dead worker had: one that it provably never started goes
    /// back to its place in the queue.
    pub(super) fn calls_of_dead(
        &mut self,
        running: Vec<Running<T>>,
        death: &Death,
        mut unread: Option<(CallId, Request)>,
        out: &mut Actions<T>,
    ) {
        for call in running {
            match unread.take_if(|(id, _)| *id == call.id) {
                Some((_, request)) => {
                    let place = self.queue.partition_point(|queued| queued.id < call.id);
                    self.queue.insert(place, call.unstarted(request));
                }
                None => out.push(call.crash(death)),
            }
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

impl<T> Queued<T> {
    /// The call as a worker has it, and what that worker is to be sent.
    fn start(self, now: Instant) -> (Running<T>, Request) {
        let Self {
            id,
            call,
            expires_at,
        } = self;
        let running = Running {
            id,
            ticket: call.ticket,
            timeout: call.timeout,
            deadline: call.timeout.and_then(|timeout| now.checked_add(timeout)),
            key: call.key,
            expires_at,
        };
        (running, call.request)
    }
}

impl<T> Running<T> {
    /// The call as it was before it was sent.
    fn unstarted(self, request: Request) -> Queued<T> {
        Queued {
            id: self.id,
            call: Call {
                request,
                ticket: self.ticket,
                timeout: self.timeout,
                key: self.key,
            },
            expires_at: self.expires_at,
        }
    }

    pub(super) fn crash(self, death: &Death) -> Action<T> {
        Action::Settle {
            ticket: self.ticket,
            reply: Err(Failure::Crashed(death.clone())),
        }
    }

    pub(super) fn close(self) -> Action<T> {
        Action::Settle {
            ticket: self.ticket,
            reply: Err(Failure::Closed(ClosedWhile::Running)),
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
