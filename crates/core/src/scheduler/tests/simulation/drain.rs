//! Shutdowns that wait for the calls, as the owner of a pool knows them.

use std::time::{Duration, Instant};

use super::known_call::CallState;
use super::lifecycle::Phase;
use super::rules::{Checked, Rule, require};
use super::truth::{Trigger, Truth};

#[derive(Clone, Copy, Debug)]
pub(super) struct Drain {
    until: Option<Instant>,
    /// A start was asked for meanwhile.
    pub(super) restart: bool,
}

impl Drain {
    /// Whether its time is up.
    pub(super) fn is_over(self, now: Instant) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

impl Truth {
    pub(super) fn asked_to_drain(&mut self, limit: Option<Duration>) {
        if self.phase.is_at_rest() || self.phase == Phase::Closing {
            self.asked_to_close();
            return;
        }
        let before = self.drain.take();
        self.trigger = Trigger::Drain {
            cancels_start: self.phase == Phase::Running && before.is_some_and(|it| it.restart),
        };
        self.pending_closes += 1;
        let earlier = before.and_then(|drain| drain.until);
        let until = limit.map(|limit| self.now + limit);
        self.drain = Some(Drain {
            until: until.into_iter().chain(earlier).min(),
            restart: false,
        });
    }

    /// Whether a drain ends with the current event: every call has its outcome, or the time is up.
    pub(super) fn ends_drain(&mut self) -> bool {
        let drain = self.drain;
        let is_over = drain.is_some_and(|drain| self.open_calls == 0 || drain.is_over(self.now));
        if is_over {
            self.conclude();
            self.drain = None;
            self.phase = match self.phase {
                Phase::Idle | Phase::Closed => Phase::Closed,
                _ => Phase::Closing,
            };
        }
        is_over
    }

    /// A start that is not answered, because another one follows the drain, is complete all the same.
    pub(super) fn start_is_complete(&mut self) {
        let is_silent = self.drain.is_some_and(|drain| drain.restart);
        if is_silent && self.phase == Phase::Starting && self.processes.all_serve() {
            self.phase = Phase::Running;
        }
    }

    /// After a submission during a drain: the call was refused.
    pub(super) fn check_refused(&self) -> Checked {
        let Trigger::Submitted(id) = self.trigger else {
            return Ok(());
        };
        let is_refused = self.call(id).state == CallState::Settled;
        require(self.drain.is_none() || is_refused, Rule::Drain, || {
            format!("{id} is taken during a drain")
        })
    }
}
