//! Which outcome a call may have, and when it must have one.

use std::collections::HashSet;
use std::time::Duration;

use super::known_call::CallState;
use super::lifecycle::Phase;
use super::rules::{Checked, Rule, broken, require};
use super::truth::{Trigger, Truth};
use crate::call::{Call, CallTimes};
use crate::failure::{ClosedWhile, Failure};
use crate::id::{CallId, WorkerId};
use crate::outcome::Outcome;
use crate::wire::Output;

/// How long to wait for a reply that is on its way, late ticks included.
const MAX_REPLY_WAIT: Duration = Duration::from_secs(2);

impl Truth {
    pub(super) fn settled(&mut self, id: CallId, outcome: &Outcome) -> Checked {
        let state = self.call(id).state;
        require(state != CallState::Settled, Rule::OneOutcome, || {
            format!("{id} is settled twice")
        })?;
        self.check_outcome(id, state, outcome)?;
        if state == CallState::Waiting {
            // The newest when it was refused, one of the oldest in any other case.
            let place = self.waiting.iter().position(|other| *other == id);
            self.waiting.remove(place.unwrap());
        }
        self.call_mut(id).state = CallState::Settled;
        self.open_calls -= 1;
        let code = outcome.as_ref().err().map_or("ok", Failure::code);
        *self.outcomes.entry(code).or_default() += 1;
        Ok(())
    }

    /// The times of a call are those of the worker that has it; one with a result had a place there.
    pub(super) fn check_times(&self, call: &Call, is_ok: bool) -> Checked {
        let CallTimes { wait, run } = call.times(self.now);
        let known = self.call(call.id());
        let is_place_known = match (run, known.state) {
            (Some((slot, _)), CallState::Held { by }) => slot == by.slot,
            // It may have been taken from that place a moment ago.
            (_, _) => !is_ok,
        };
        let total = wait + run.map_or(Duration::ZERO, |(_, run)| run);
        let is_whole = total == self.now.saturating_duration_since(known.submitted_at);
        require(is_place_known && is_whole, Rule::OneOutcome, || {
            format!("{} waited {wait:?} and ran {run:?}", call.id())
        })
    }

    fn check_outcome(&mut self, id: CallId, state: CallState, outcome: &Outcome) -> Checked {
        match (outcome, state) {
            (Ok(output), CallState::Held { by }) => self.check_value(id, by, output),
            (Err(Failure::CallTimeout { started, .. }), CallState::Held { by }) => {
                self.check_timeout(id, by, *started)
            }
            // During any event: the exit of its worker shows that it has not started.
            (Err(Failure::Aborted { started }), CallState::Waiting)
                if self.call(id).is_cancelled_only_if_queued() =>
            {
                self.check_started(id, *started)
            }
            // Whether a worker is replaced for that is known once its calls were taken back.
            (Err(Failure::Aborted { started }), _) if self.call(id).options.interrupt => {
                self.check_started(id, *started)?;
                let Trigger::Aborted(ids) = &self.trigger else {
                    return broken(Rule::OnTime, format!("{id} is aborted by nobody"));
                };
                require(ids.contains(&id), Rule::OnTime, || {
                    format!("{id} is aborted in the place of another")
                })
            }
            // (One that waits for a start may get the crash that fails it.)
            (Err(Failure::Crashed { .. }), CallState::Waiting) if self.phase == Phase::Running => {
                broken(Rule::Retries, format!("{id} may run again"))
            }
            (Err(Failure::Crashed { collateral, .. }), CallState::Held { by }) => {
                let are_many = self.processes.started_by_the_dead(by) > 1;
                require(*collateral == are_many, Rule::OneOutcome, || {
                    format!("{id} crashes with others: {are_many}")
                })?;
                let is_lost = matches!(self.trigger, Trigger::Lost(worker) if worker == by);
                require(is_lost, Rule::OneOutcome, || {
                    format!("{id} crashes with another")
                })
            }
            (Err(Failure::QueueTimeout { .. }), CallState::Waiting) => {
                let is_due = self.has_waited_too_long(id);
                require(is_due, Rule::OnTime, || {
                    format!("{id} leaves the queue early")
                })
            }
            (Err(Failure::QueueFull { limit }), CallState::Waiting) => {
                let others = self.processes.unproven_second_calls();
                let is_full = self.waiting.len() + others > *limit;
                let is_new = matches!(self.trigger, Trigger::Submitted(new) if new == id);
                require(is_full && is_new, Rule::OnTime, || {
                    format!("{id} is refused while there is room")
                })
            }
            (Err(Failure::PoolDead { started, .. }), CallState::Waiting) => {
                self.check_started(id, *started)?;
                self.conclude();
                require(self.processes.all_given_up(), Rule::DeadPool, || {
                    format!("{id} fails with a dead pool that is alive")
                })
            }
            (Err(Failure::NotInitialized), CallState::Waiting) => {
                self.check_refusal(id, self.phase == Phase::Idle)
            }
            (Err(Failure::Closed(ClosedWhile::Submitting)), CallState::Waiting) => {
                let is_closing = self.phase == Phase::Closing && self.pending_starts == 0;
                let is_closed = self.phase == Phase::Closed;
                self.check_refusal(id, is_closing || is_closed || self.drain.is_some())
            }
            // One that lies ready behind another has never left the queue for its caller.
            (
                Err(Failure::Closed(ClosedWhile::Queued { started })),
                CallState::Waiting | CallState::Held { .. },
            )
            | (Err(Failure::Closed(ClosedWhile::Running { started })), CallState::Held { .. }) => {
                self.check_closed(id, *started)
            }
            // A drain whose time is up has just taken it from its worker, where it fails.
            (Err(Failure::Closed(ClosedWhile::Running { started })), CallState::Waiting)
                if self.call(id).is_revoked =>
            {
                self.check_closed(id, *started)
            }
            (Err(failure), CallState::Waiting) => {
                self.conclude();
                let is_reported = self.phase == Phase::Failing && self.processes.none_alive();
                require(is_reported, Rule::PendingStart, || {
                    format!("{id} gets {failure:?} from a pool that is {:?}", self.phase)
                })
            }
            _ => broken(
                Rule::OneOutcome,
                format!("{id} is {state:?} and gets {outcome:?}"),
            ),
        }
    }

    fn check_value(&mut self, id: CallId, by: WorkerId, output: &Output) -> Checked {
        let expected = value_of(id);
        let is_its = matches!(self.trigger, Trigger::Replied(from, to) if from == by && to == id);
        require(
            is_its && output.json() == expected.as_bytes(),
            Rule::OneOutcome,
            || format!("{id} gets the value of another call"),
        )?;
        self.processes.completed(by, self.now);
        self.start_clock(by);
        Ok(())
    }

    fn check_timeout(&mut self, id: CallId, by: WorkerId, started: bool) -> Checked {
        self.check_started(id, started)?;
        require(!self.processes.has_faulted_in(by, id), Rule::OnTime, || {
            format!("{id} times out, and its worker has crashed")
        })?;
        let call = self.call(id);
        // In a process that violated the protocol, the next call has no time of its own.
        let due = call.deadline();
        let is_due = due.is_none_or(|due| due <= self.now) && call.options.timeout.is_some();
        if let Some(checked) = self.check_timeout_alone(id, by) {
            return checked.and(require(is_due, Rule::OnTime, || {
                format!("{id} times out early")
            }));
        }
        if self.processes.has_gone_on(id) {
            // Its reply should have come before.
            self.processes.violated_the_protocol(by);
        }
        let process = self.processes.get(by);
        let is_ending = process.is_some_and(|process| process.is_ending());
        self.processes.is_replaced(by, id);
        if is_ending {
            self.processes.awaits_next_reply(by, self.now);
            self.start_clock(by);
        }
        require(is_due, Rule::OnTime, || format!("{id} times out early"))
    }

    fn check_closed(&mut self, id: CallId, started: bool) -> Checked {
        self.check_started(id, started)?;
        let is_early = self.drain.is_some() && !self.ends_drain();
        require(!is_early, Rule::Drain, || {
            format!("{id} is failed by a drain before its limit")
        })?;
        require(self.phase == Phase::Closing, Rule::OneOutcome, || {
            format!("{id} is failed by a pool that is {:?}", self.phase)
        })
    }

    /// Whether an outcome is right about whether its call has started.
    fn check_started(&mut self, id: CallId, started: bool) -> Checked {
        let call = self.call(id);
        let is_known = call.has_run || !call.is_revoked;
        let has_started = match call.state {
            CallState::Held { by } if is_known && !call.has_run => {
                self.processes.has_started(by, id)
            }
            CallState::Held { .. } => is_known,
            CallState::Waiting | CallState::Settled => self.call(id).has_run,
        };
        require(started == has_started, Rule::OneOutcome, || {
            format!("{id} has started: {has_started}")
        })
    }

    fn check_refusal(&self, id: CallId, is_allowed: bool) -> Checked {
        let is_new = matches!(self.trigger, Trigger::Submitted(new) if new == id);
        require(is_new && is_allowed, Rule::PendingStart, || {
            format!("{id} is refused by a pool that is {:?}", self.phase)
        })
    }

    fn has_waited_too_long(&self, id: CallId) -> bool {
        let call = self.call(id);
        let since = call.submitted_at;
        // It does not apply to a call that had a worker for itself.
        let had_a_worker = call.has_run || !call.rescued_from.is_empty();
        let bound = self.settings.queue_timeout.filter(|_| !had_a_worker);
        bound.is_some_and(|bound| since + bound <= self.now)
    }

    /// After a submission: no more calls wait than may, except those that came back.
    pub(super) fn check_queue_bound(&self) -> Checked {
        let Trigger::Submitted(newest) = self.trigger else {
            return Ok(());
        };
        let others = self.processes.unproven_second_calls();
        let too_many = self.waiting.len() + others > self.settings.max_queue;
        require(
            !(too_many && self.waiting.back() == Some(&newest)),
            Rule::OnTime,
            || format!("{newest} waits although the queue is full"),
        )
    }

    /// After an abort: none of its calls is left, except those that are about to time out, and those with
    /// `interrupt: false` that may have started.
    pub(super) fn check_aborted(&self, ids: &HashSet<CallId>) -> Checked {
        let held = self.processes.held_calls();
        let held = held.filter(|id| self.call(*id).options.interrupt);
        let left = self.waiting.iter().copied().chain(held);
        let mut left = left.chain(self.processes.unstarted_calls());
        let is_left = |id: &CallId| ids.contains(id) && self.call(*id).state != CallState::Settled;
        match left.find(is_left) {
            Some(id) => broken(Rule::OnTime, format!("{id} goes on after its abort")),
            None => Ok(()),
        }
    }

    /// An abort interrupts a worker only for a call that is to be interrupted. (It may also find that a drain is
    /// over, or close a pool whose owner dropped it.)
    pub(super) fn check_interrupt(&mut self, worker: WorkerId) -> Checked {
        let is_due = self.processes.awaits_replacement(worker);
        let is_abort = matches!(self.trigger, Trigger::Aborted(_));
        let is_closing = self.ends_drain() || self.phase == Phase::Closing;
        let is_the_end = is_closing || self.abandoned && self.open_calls == 0;
        require(!is_abort || is_due || is_the_end, Rule::OnTime, || {
            format!("{worker:?} is interrupted by an abort with `interrupt: false`")
        })
    }

    /// After a tick: no call waits or runs longer than it may.
    pub(super) fn check_late_calls(&self) -> Checked {
        let mut waiting = self.waiting.iter();
        if let Some(oldest) = waiting.find(|call| self.has_waited_too_long(**call)) {
            return broken(Rule::OnTime, format!("{oldest} waits too long"));
        }
        for id in self.processes.first_calls() {
            let grace = if self.processes.has_gone_on(id) {
                MAX_REPLY_WAIT
            } else {
                Duration::ZERO
            };
            let deadline = self.call(id).deadline();
            let is_due = deadline.is_some_and(|deadline| deadline + grace <= self.now);
            require(!is_due, Rule::OnTime, || format!("{id} runs too long"))?;
        }
        Ok(())
    }
}

/// The result of a call: no other has it.
pub(super) fn value_of(id: CallId) -> String {
    id.0.to_string()
}
