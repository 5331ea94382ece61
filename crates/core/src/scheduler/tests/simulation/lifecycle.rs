//! The life of a pool as its owner knows it: requests to start and to close, and their answers.

use super::rules::{Checked, Rule, broken, require};
use super::truth::{Trigger, Truth};
use crate::failure::{ClosedWhile, Failure};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not started, or the last start failed.
    Idle,
    /// Shut down.
    Closed,
    /// Until the interpreter is found.
    Searching,
    Starting,
    /// A start that fails, until the last process is gone.
    Failing,
    Running,
    /// After a shutdown, until the last process is gone.
    Closing,
}

impl Phase {
    pub(super) fn is_at_rest(self) -> bool {
        matches!(self, Self::Idle | Self::Closed)
    }
}

impl Truth {
    // What the owner asks for

    pub(super) fn asked_to_start(&mut self) {
        self.pending_starts += 1;
        self.trigger = Trigger::Initialize;
        if let Some(drain) = &mut self.drain {
            drain.restart = true;
        }
    }

    pub(super) fn asked_to_close(&mut self) {
        self.trigger = Trigger::Shutdown;
        self.pending_closes += 1;
        self.drain = None;
        self.phase = match self.phase {
            Phase::Idle | Phase::Closed => Phase::Closed,
            _ => Phase::Closing,
        };
    }

    // What happens

    pub(super) fn search_has_ended(&mut self, is_found: bool) {
        self.trigger = Trigger::SearchOver;
        self.is_searching = false;
        if self.phase == Phase::Searching {
            if is_found {
                self.phase = Phase::Starting;
                self.knows_async = false;
                self.processes.all_may_start(self.now);
            } else {
                self.phase = Phase::Failing;
            }
        }
    }

    // What the scheduler puts out

    pub(super) fn prepare(&mut self) -> Checked {
        let is_due = self.phase.is_at_rest() && self.pending_starts > 0 && !self.is_searching;
        require(is_due, Rule::Closed, || {
            format!("a start in a pool that is {:?}", self.phase)
        })?;
        self.phase = Phase::Searching;
        self.is_searching = true;
        Ok(())
    }

    pub(super) fn cancel_prepare(&mut self) -> Checked {
        self.ends_drain();
        let is_due = self.phase == Phase::Closing && self.is_searching;
        require(is_due, Rule::Closed, || {
            "a search is cancelled that is needed or over".into()
        })
    }

    pub(super) fn initialized(&mut self, result: &Result<(), Failure>) -> Checked {
        require(self.pending_starts > 0, Rule::OneAnswer, || {
            format!("no request is pending for the answer {result:?}")
        })?;
        self.pending_starts = 0;
        self.conclude();
        match result {
            Ok(()) if self.drain.is_some_and(|drain| drain.restart) => {
                broken(Rule::OneAnswer, "a start is answered that follows a drain")
            }
            Ok(()) => {
                let is_due = matches!(self.phase, Phase::Starting | Phase::Running);
                require(
                    is_due && (self.phase == Phase::Running || self.processes.all_serve()),
                    Rule::Closed,
                    || "running before every worker is ready".into(),
                )?;
                self.phase = Phase::Running;
                Ok(())
            }
            Err(Failure::Closed(ClosedWhile::Starting)) => {
                let is_shutdown = self.ends_drain()
                    || matches!(
                        self.trigger,
                        Trigger::Shutdown
                            | Trigger::Drain {
                                cancels_start: true
                            }
                    );
                require(is_shutdown, Rule::OneAnswer, || {
                    "a start is interrupted without a shutdown".into()
                })
            }
            Err(failure) => {
                require(self.phase == Phase::Failing, Rule::OneAnswer, || {
                    format!("{failure:?} of a start that is {:?}", self.phase)
                })?;
                self.phase = Phase::Idle;
                if let Some(drain) = &mut self.drain {
                    drain.restart = false;
                }
                self.check_nothing_left()
            }
        }
    }

    pub(super) fn closed(&mut self) -> Checked {
        self.conclude();
        self.ends_drain();
        let is_unowned = self.abandoned && self.open_calls == 0;
        let is_dead = self.processes.all_given_up();
        let is_restart = is_dead && matches!(self.trigger, Trigger::Initialize);
        let is_due = match self.phase {
            Phase::Closing => true,
            Phase::Running => is_unowned || is_restart,
            Phase::Closed => self.pending_closes > 0,
            _ => false,
        };
        require(is_due, Rule::OneAnswer, || {
            format!("closed while {:?}", self.phase)
        })?;
        self.pending_closes = 0;
        self.phase = Phase::Closed;
        self.check_nothing_left()
    }

    fn check_nothing_left(&self) -> Checked {
        let is_over = self.processes.none_alive() && !self.is_searching;
        require(is_over, Rule::Closed, || {
            "over, but processes are left".into()
        })
    }

    /// After all effects of an event: every request that could be answered has its answer.
    pub(super) fn check_answers(&self) -> Checked {
        let is_start_pending = match self.phase {
            Phase::Running if self.drain.is_some_and(|drain| drain.restart) => false,
            Phase::Idle | Phase::Closed | Phase::Running => self.pending_starts > 0,
            Phase::Searching | Phase::Starting | Phase::Failing | Phase::Closing => false,
        };
        require(!is_start_pending, Rule::OneAnswer, || {
            format!("{} starts without an answer", self.pending_starts)
        })?;
        let is_shutdown = matches!(self.trigger, Trigger::Shutdown);
        require(
            !is_shutdown || self.pending_starts == 0,
            Rule::OneAnswer,
            || "a start survives a shutdown".into(),
        )?;
        let is_over = self.phase != Phase::Closing && self.drain.is_none();
        let is_close_pending = is_over && self.pending_closes > 0;
        require(!is_close_pending, Rule::OneAnswer, || {
            format!("{} shutdowns without an answer", self.pending_closes)
        })
    }
}
