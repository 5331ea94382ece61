//! Which outcome a call may have, and when it must have one.

use std::collections::HashSet;
use std::time::Duration;

use super::lifecycle::Phase;
use super::rules::{Checked, Rule, broken, require};
use super::truth::{CallState, Trigger, Truth};
use crate::failure::{ClosedWhile, Failure};
use crate::id::{CallId, WorkerId};
use crate::outcome::Outcome;

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

    fn check_outcome(&mut self, id: CallId, state: CallState, outcome: &Outcome) -> Checked {
        match (outcome, state) {
            (Ok(output), CallState::Held { by }) => {
                let expected = value_of(id);
                require(
                    output.json() == expected.as_bytes()
                        && matches!(self.trigger, Trigger::Replied(from, to) if from == by && to == id),
                    Rule::OneOutcome,
                    || format!("{id} gets the value of another call"),
                )?;
                self.processes.completed(by, self.now);
                Ok(())
            }
            (Err(Failure::CallTimeout { .. }), CallState::Held { by }) => {
                let since = self.processes.since(by, id);
                if self.processes.has_gone_on(id) {
                    // Its reply should have come before.
                    self.processes.violated_the_protocol(by);
                }
                self.processes.is_replaced(by, id);
                let timeout = self.call(id).timeout;
                let due = since.zip(timeout).map(|(since, timeout)| since + timeout);
                require(
                    due.is_none_or(|due| due <= self.now) && timeout.is_some(),
                    Rule::OnTime,
                    || format!("{id} times out early"),
                )
            }
            // During any event: the exit of its worker shows that it has not started.
            (Err(Failure::Aborted), CallState::Waiting)
                if self.call(id).is_cancelled_only_if_queued() =>
            {
                Ok(())
            }
            // Whether that costs a worker is known once its calls were taken back.
            (Err(Failure::Aborted), _) if self.call(id).interrupt => {
                let Trigger::Aborted(ids) = &self.trigger else {
                    return broken(Rule::OnTime, format!("{id} is aborted by nobody"));
                };
                require(ids.contains(&id), Rule::OnTime, || {
                    format!("{id} is aborted in the place of another")
                })
            }
            (Err(Failure::Crashed(_)), CallState::Held { by }) => {
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
                let is_full = self.waiting.len() > *limit;
                let is_new = matches!(self.trigger, Trigger::Submitted(new) if new == id);
                require(is_full && is_new, Rule::OnTime, || {
                    format!("{id} is refused while there is room")
                })
            }
            (Err(Failure::PoolDead { .. }), CallState::Waiting) => {
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
            (Err(Failure::Closed(ClosedWhile::Queued)), CallState::Waiting)
            | (Err(Failure::Closed(ClosedWhile::Running)), CallState::Held { .. }) => {
                let is_early = self.drain.is_some() && !self.ends_drain();
                require(!is_early, Rule::Drain, || {
                    format!("{id} is failed by a drain before its limit")
                })?;
                require(self.phase == Phase::Closing, Rule::OneOutcome, || {
                    format!("{id} is failed by a pool that is {:?}", self.phase)
                })
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

    fn check_refusal(&self, id: CallId, is_allowed: bool) -> Checked {
        let is_new = matches!(self.trigger, Trigger::Submitted(new) if new == id);
        require(is_new && is_allowed, Rule::PendingStart, || {
            format!("{id} is refused by a pool that is {:?}", self.phase)
        })
    }

    fn has_waited_too_long(&self, id: CallId) -> bool {
        let since = self.call(id).submitted_at;
        let bound = self.settings.queue_timeout;
        bound.is_some_and(|bound| since + bound <= self.now)
    }

    /// After a submission: no more calls wait than may, except those that came back.
    pub(super) fn check_queue_bound(&self) -> Checked {
        let Trigger::Submitted(newest) = self.trigger else {
            return Ok(());
        };
        let too_many = self.waiting.len() > self.settings.max_queue;
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
        let held = held.filter(|id| self.call(*id).interrupt);
        let left = self.waiting.iter().copied().chain(held);
        let mut left = left.chain(self.processes.unstarted_calls());
        let is_left = |id: &CallId| ids.contains(id) && self.call(*id).state != CallState::Settled;
        match left.find(is_left) {
            Some(id) => broken(Rule::OnTime, format!("{id} goes on after its abort")),
            None => Ok(()),
        }
    }

    /// An abort interrupts a worker only for a call that is to be interrupted. (It may also close a pool whose
    /// owner dropped it.)
    pub(super) fn check_interrupt(&self, worker: WorkerId) -> Checked {
        let is_due = self.processes.awaits_replacement(worker);
        let is_abort = matches!(self.trigger, Trigger::Aborted(_));
        let is_last = self.abandoned || self.drain.is_some() || self.phase == Phase::Closing;
        let is_the_end = is_last && self.open_calls == 0;
        require(!is_abort || is_due || is_the_end, Rule::OnTime, || {
            format!("{worker:?} is interrupted by an abort with `interrupt: false`")
        })
    }

    /// After a tick: no call waits or runs longer than it may.
    pub(super) fn check_late_calls(&self) -> Checked {
        if let Some(oldest) = self
            .waiting
            .front()
            .filter(|call| self.has_waited_too_long(**call))
        {
            return broken(Rule::OnTime, format!("{oldest} waits too long"));
        }
        for (id, since) in self.processes.first_calls() {
            let timeout = self.call(id).timeout;
            let grace = if self.processes.has_gone_on(id) {
                MAX_REPLY_WAIT
            } else {
                Duration::ZERO
            };
            let is_due = timeout.is_some_and(|timeout| since + timeout + grace <= self.now);
            require(!is_due, Rule::OnTime, || format!("{id} runs too long"))?;
        }
        Ok(())
    }
}

/// The result of a call: no other has it.
pub(super) fn value_of(id: CallId) -> String {
    id.0.to_string()
}
