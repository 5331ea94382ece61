//! Which outcome a call may have, and when it has to have one.

use std::collections::HashSet;
use std::time::Duration;

use super::super::{CallKey, Reply, Ticket, WorkerId};
use super::truth::{CallState, Phase, Told, Truth};
use super::{Checked, Rule, broken, require};
use crate::failure::Failure;

/// How long a reply may take that is known to be on its way, a tick that comes late included.
const REPLY_WAIT: Duration = Duration::from_secs(2);

impl Truth {
    pub(super) fn settled(&mut self, ticket: Ticket, reply: &Reply) -> Checked {
        let state = self.calls[ticket as usize].state;
        require(state != CallState::Settled, Rule::OneOutcome, || {
            format!("{ticket} is settled twice")
        })?;
        self.check_outcome(ticket, state, reply)?;
        if state == CallState::Waiting {
            // The newest when it was refused, one of the oldest in any other case.
            let place = self.waiting.iter().position(|other| *other == ticket);
            self.waiting.remove(place.unwrap());
        }
        self.calls[ticket as usize].state = CallState::Settled;
        self.open_calls -= 1;
        let code = reply.as_ref().err().map_or("ok", Failure::code);
        *self.outcomes.entry(code).or_default() += 1;
        Ok(())
    }

    fn check_outcome(&mut self, ticket: Ticket, state: CallState, reply: &Reply) -> Checked {
        match (reply, state) {
            (Ok(output), CallState::Held { by }) => {
                let expected = ticket.to_string();
                require(
                    output.json() == expected.as_bytes()
                        && matches!(self.told, Told::Replied(from, to) if from == by && to == ticket),
                    Rule::OneOutcome,
                    || format!("{ticket} gets the value of another call"),
                )?;
                self.processes.completed(by, ticket, self.now);
                Ok(())
            }
            (Err(Failure::CallTimeout { .. }), CallState::Held { by }) => {
                let since = self.processes.since(by, ticket);
                if self.processes.has_gone_on(ticket) {
                    // Its reply should have come before.
                    self.processes.garbled(by);
                }
                self.processes.is_replaced(by, ticket);
                let timeout = self.calls[ticket as usize].timeout;
                let due = since.zip(timeout).map(|(since, timeout)| since + timeout);
                require(
                    due.is_none_or(|due| due <= self.now) && timeout.is_some(),
                    Rule::OnTime,
                    || format!("{ticket} times out early"),
                )
            }
            // Also in the middle of something else: its worker's end tells that it has not started.
            (Err(Failure::Aborted), CallState::Waiting)
                if self.calls[ticket as usize].is_withdrawn() =>
            {
                Ok(())
            }
            // Whether that costs a worker is known when its calls were taken back.
            (Err(Failure::Aborted), _) if self.calls[ticket as usize].interrupt => {
                let Told::Aborted(keys) = &self.told else {
                    return broken(Rule::OnTime, format!("{ticket} is aborted by nobody"));
                };
                require(keys.contains(&key_of(ticket)), Rule::OnTime, || {
                    format!("{ticket} is aborted in the place of another")
                })
            }
            (Err(Failure::Crashed(_)), CallState::Held { by }) => {
                let is_lost = matches!(self.told, Told::Lost(worker) if worker == by);
                require(is_lost, Rule::OneOutcome, || {
                    format!("{ticket} crashes with another")
                })
            }
            (Err(Failure::QueueTimeout { .. }), CallState::Waiting) => {
                let is_due = self.has_waited_too_long(ticket);
                require(is_due, Rule::OnTime, || {
                    format!("{ticket} leaves the queue early")
                })
            }
            (Err(Failure::QueueFull { limit }), CallState::Waiting) => {
                let is_full = self.waiting.len() > *limit;
                let is_new = matches!(self.told, Told::Submitted(new) if new == ticket);
                require(is_full && is_new, Rule::OnTime, || {
                    format!("{ticket} is refused while there is room")
                })
            }
            (Err(Failure::PoolDead { .. }), CallState::Waiting) => {
                self.conclude();
                require(self.processes.all_retired(), Rule::DeadPool, || {
                    format!("{ticket} is told of a dead pool that lives")
                })
            }
            (Err(Failure::NotInitialized), CallState::Waiting) => require(
                matches!(self.phase, Phase::Searching | Phase::Starting),
                Rule::OneOutcome,
                || format!("{ticket} is refused by a pool that is {:?}", self.phase),
            ),
            (Err(Failure::Closed(_)), _) => {
                require(self.phase == Phase::Ending, Rule::OneOutcome, || {
                    format!("{ticket} is refused by a pool that is {:?}", self.phase)
                })
            }
            _ => broken(
                Rule::OneOutcome,
                format!("{ticket} is {state:?} and gets {reply:?}"),
            ),
        }
    }

    fn has_waited_too_long(&self, ticket: Ticket) -> bool {
        let since = self.calls[ticket as usize].submitted_at;
        let bound = self.settings.queue_timeout;
        bound.is_some_and(|bound| since + bound <= self.now)
    }

    /// After a submit: no more wait than may, but for those that came back.
    pub(super) fn check_queue_bound(&self) -> Checked {
        let Told::Submitted(newest) = self.told else {
            return Ok(());
        };
        let too_many = self.waiting.len() > self.settings.max_queue;
        require(
            !(too_many && self.waiting.back() == Some(&newest)),
            Rule::OnTime,
            || format!("{newest} waits behind as many as may"),
        )
    }

    /// After an abort: none of its calls is left, but for those that are about to time out, and those
    /// that are not to be interrupted and may have started.
    pub(super) fn check_aborted(&self, keys: &HashSet<CallKey>) -> Checked {
        let call = |ticket: &Ticket| &self.calls[*ticket as usize];
        let held = self.processes.held_calls();
        let held = held.filter(|ticket| call(ticket).interrupt);
        let left = self.waiting.iter().copied().chain(held);
        let mut left = left.chain(self.processes.unstarted_calls());
        let is_left = |ticket: &Ticket| {
            keys.contains(&key_of(*ticket)) && call(ticket).state != CallState::Settled
        };
        match left.find(is_left) {
            Some(ticket) => broken(Rule::OnTime, format!("{ticket} goes on after its abort")),
            None => Ok(()),
        }
    }

    /// An abort interrupts no worker but for a call that is to be interrupted. (It may end a pool that
    /// nobody holds any more.)
    pub(super) fn check_interrupt(&self, worker: WorkerId) -> Checked {
        let is_due = self.processes.awaits_replacement(worker);
        let is_abort = matches!(self.told, Told::Aborted(_));
        let is_the_end = self.abandoned && self.open_calls == 0;
        require(!is_abort || is_due || is_the_end, Rule::OnTime, || {
            format!("{worker:?} is interrupted by an abort that is not to do so")
        })
    }

    /// After a tick: nobody waits longer, and no call runs longer, than it may.
    pub(super) fn check_late_calls(&self) -> Checked {
        if let Some(oldest) = self
            .waiting
            .front()
            .filter(|call| self.has_waited_too_long(**call))
        {
            return broken(Rule::OnTime, format!("{oldest} waits too long"));
        }
        for (ticket, since) in self.processes.first_calls() {
            let timeout = self.calls[ticket as usize].timeout;
            let grace = if self.processes.has_gone_on(ticket) {
                REPLY_WAIT
            } else {
                Duration::ZERO
            };
            let is_due = timeout.is_some_and(|timeout| since + timeout + grace <= self.now);
            require(!is_due, Rule::OnTime, || format!("{ticket} runs too long"))?;
        }
        Ok(())
    }
}

/// Every call of a world has a key of its own.
pub(super) fn key_of(ticket: Ticket) -> CallKey {
    CallKey(ticket.into())
}
