//! Workers: from start to exit, and what follows.

use std::mem;
use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{AfterExit, RestartDecision, State, TimedOut};
use super::timing::{IMPORT_WARNING_INTERVAL, INTERRUPT_GRACE, LOAD_FAILED_GRACE};
use crate::exit::ExitStatus;
use crate::failure::{Death, DeathCause, Failure, LoadFailure, PythonError, in_millis};
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::stats::RestartReason;

/// Why a process is gone.
enum ExitCause {
    Crash(Failure),
    /// It was ended, and another takes its place.
    Deliberate(RestartReason),
    /// It was ended because it was idle.
    Rest,
    /// It was ended with all others.
    Stop,
}

impl ExitCause {
    /// Why a process that follows replaces it.
    fn restart_reason(&self) -> Option<RestartReason> {
        match self {
            Self::Crash(_) => Some(RestartReason::Crash),
            Self::Deliberate(reason) => Some(*reason),
            Self::Rest | Self::Stop => None,
        }
    }
}

impl Scheduler {
    pub(super) fn start(&mut self, index: usize, now: Instant, fx: &mut impl Effects) {
        let slot = &mut self.slots[index];
        slot.generation += 1;
        if let Some(reason) = slot.restart_reason.take() {
            slot.restarts.count(reason);
        }
        slot.started_at = Some(now);
        slot.state = State::Starting {
            since: now,
            warn_at: now + IMPORT_WARNING_INTERVAL,
            deadline: now + self.settings.startup_timeout,
        };
        fx.start(slot.worker(index));
    }

    pub(super) fn ready(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        // What comes while the stacks are awaited was in time: the host may have been late.
        let (State::Starting { since, .. }
        | State::DumpingStacks {
            timed_out: TimedOut::Startup { since },
            ..
        }) = slot.state
        else {
            return;
        };
        slot.state = State::Ready;
        let took = now.saturating_duration_since(since);
        self.sizing.last_start = Some(took);
        let text = format!("ready after {} ms", took.as_millis());
        fx.log(Level::Debug, Some(worker), text);
        fx.ready(worker);
        self.complete_start(fx);
        self.dispatch(now, fx);
    }

    pub(super) fn load_failed(&mut self, worker: WorkerId, error: PythonError, now: Instant) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        if let State::Starting { .. }
        | State::DumpingStacks {
            timed_out: TimedOut::Startup { .. },
            ..
        } = slot.state
        {
            slot.state = State::Terminating {
                kill_at: Some(now + LOAD_FAILED_GRACE),
                after: AfterExit::LoadFailed(error),
            };
        }
    }

    pub(super) fn stacks(
        &mut self,
        worker: WorkerId,
        stacks: String,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let stacks = Some(stacks).filter(|stacks| !stacks.is_empty());
        match (&slot.state, stacks) {
            (State::DumpingStacks { .. }, stacks) => self.finish_timeout(worker, stacks, now, fx),
            (State::Starting { .. }, Some(stacks)) => {
                let text = format!("the import is currently at:\n{stacks}");
                fx.log(Level::Warn, Some(worker), text);
            }
            (State::Ready | State::Draining { .. }, stacks) => {
                self.stacks_of_blocked(worker, stacks.as_deref(), fx);
                self.stacks_of_late_call(worker, stacks.as_deref(), now, fx);
            }
            _ => {}
        }
    }

    /// Fails what timed out, and gives its worker time to clean up.
    pub(super) fn finish_timeout(
        &mut self,
        worker: WorkerId,
        stack: Option<String>,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let timeout = self.settings.startup_timeout;
        let ping_timeout = self.settings.ping_timeout;
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let State::DumpingStacks { timed_out, .. } = slot.state else {
            return;
        };
        let after = match timed_out {
            TimedOut::Call => {
                let late = slot.calls.front().and_then(|call| call.last.timeout);
                let millis = in_millis(late.unwrap_or_default());
                let text = format!("A call timed out after {millis} ms; terminating its worker");
                fx.log(Level::Debug, Some(worker), text);
                slot.time_out_late_call(stack, fx);
                AfterExit::Replace(RestartReason::Timeout)
            }
            TimedOut::Ping => {
                let millis = ping_timeout.as_millis();
                let mut text = format!("Worker did not respond for {millis} ms; replacing it");
                if let Some(stack) = stack {
                    text = format!("{text}. It is at:\n{stack}");
                }
                fx.log(Level::Warn, Some(worker), text);
                AfterExit::Replace(RestartReason::Timeout)
            }
            TimedOut::Startup { .. } => {
                AfterExit::Crash(Failure::StartupTimeout { timeout, stack })
            }
        };
        slot.state = State::Terminating {
            kill_at: Some(now + INTERRUPT_GRACE),
            after,
        };
        fx.interrupt(worker);
    }

    pub(super) fn exited(
        &mut self,
        worker: WorkerId,
        death: Death,
        unstarted: &[CallId],
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        // Asking for stacks may end a process, but never with a fatal error: the late call caused that.
        let is_revoked = slot.calls.front().is_none_or(|first| first.is_revoked);
        if is_revoked || !slot.awaits_stacks_of_call() || !death.is_fatal_error() {
            slot.time_out_late_call(None, fx);
        }
        let cancelled_for = slot
            .cancelled_for()
            .filter(|_| slot.is_serving() && !death.is_fatal_error());
        let calls = mem::take(&mut slot.calls);
        let state = mem::replace(&mut slot.state, State::Stopped);
        let death = match &state {
            State::Poisoned { cause } => Death {
                cause: cause.clone(),
                ..death
            },
            _ => death,
        };
        self.fail_or_requeue(calls, &death, unstarted, fx);
        match self.cause_of(state, death) {
            Ok(cause) => {
                // If it was told to end something, it has done more.
                let cause = cancelled_for.map_or(cause, ExitCause::Deliberate);
                self.on_process_gone(worker.slot, cause, now, fx);
            }
            Err(state) => {
                self.slots[worker.slot].state = state;
                return;
            }
        }
        // Another worker may be free for a call that this one never started.
        self.dispatch(now, fx);
    }

    /// Why a process has exited, by the state of its slot. The state is returned if the slot had no process.
    fn cause_of(&self, state: State, death: Death) -> Result<ExitCause, State> {
        Ok(match state {
            State::Starting { .. } => ExitCause::Crash(self.load_failure(death, None)),
            State::Ready
            | State::Draining { .. }
            | State::Silent { .. }
            | State::Poisoned { .. } => ExitCause::Crash(Failure::crashed(death)),
            State::DumpingStacks { timed_out, .. } => match timed_out {
                TimedOut::Call if death.is_fatal_error() => {
                    ExitCause::Crash(Failure::crashed(death))
                }
                TimedOut::Call | TimedOut::Ping => ExitCause::Deliberate(RestartReason::Timeout),
                TimedOut::Startup { .. } => ExitCause::Crash(Failure::StartupTimeout {
                    timeout: self.settings.startup_timeout,
                    stack: None,
                }),
            },
            State::Terminating { after, .. } => match after {
                AfterExit::Replace(reason) => ExitCause::Deliberate(reason),
                AfterExit::Rest => ExitCause::Rest,
                AfterExit::Stop => ExitCause::Stop,
                AfterExit::Crash(failure) => ExitCause::Crash(failure),
                AfterExit::LoadFailed(error) => {
                    // Whatever became of the process after its report, the report is the reason.
                    let cause = DeathCause::Exited(ExitStatus::Code(1));
                    let death = Death { cause, ..death };
                    ExitCause::Crash(self.load_failure(death, Some(error)))
                }
            },
            State::Stopped | State::BackingOff { .. } | State::Failed | State::Dormant => {
                return Err(state);
            }
        })
    }

    pub(super) fn start_failed(
        &mut self,
        worker: WorkerId,
        failure: Failure,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        if let Some(slot) = self.slot_mut(worker) {
            slot.state = State::Stopped;
            self.on_process_gone(worker.slot, ExitCause::Crash(failure), now, fx);
        }
    }

    /// Decides what replaces a slot's process.
    fn on_process_gone(
        &mut self,
        index: usize,
        cause: ExitCause,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let slot = &mut self.slots[index];
        slot.forget_process(&self.settings);
        slot.restart_reason = cause.restart_reason();
        match cause {
            ExitCause::Crash(failure) if self.lifecycle.is_starting() => {
                self.fail_start(failure, fx);
            }
            ExitCause::Crash(failure) if self.is_running() && self.sizing.last_start.is_none() => {
                self.fail_first_worker(index, failure, fx);
            }
            ExitCause::Rest if self.is_running() => self.make_dormant(index),
            ExitCause::Crash(failure) if self.is_running() => {
                self.after_crash(index, failure, now, fx);
            }
            ExitCause::Deliberate(_) if self.lifecycle.is_starting() || self.is_running() => {
                self.start(index, now, fx);
            }
            _ => self.finish_if_stopped(fx),
        }
    }

    fn after_crash(&mut self, index: usize, failure: Failure, now: Instant, fx: &mut impl Effects) {
        let slot = &mut self.slots[index];
        let worker = Some(slot.worker(index));
        let what = first_line(&failure);
        self.last_crash = Some(failure);
        let decision = slot.budget.spend();
        let count = slot.budget.describe();
        match decision {
            RestartDecision::RestartAfter(delay) if delay.is_zero() => {
                let text = format!("{what}; restarting ({count})");
                fx.log(Level::Warn, worker, text);
                self.start(index, now, fx);
            }
            RestartDecision::RestartAfter(delay) => {
                let text = format!("{what}; restarting in {} ms ({count})", delay.as_millis());
                fx.log(Level::Warn, worker, text);
                slot.state = State::BackingOff {
                    restart_at: now + delay,
                };
            }
            RestartDecision::GiveUp => {
                let text = format!("{what}; not restarted ({count} crashes in a row)");
                fx.log(Level::Error, worker, text);
                slot.state = State::Failed;
                slot.is_on_trial = false;
                self.postpone_revival(now);
                if self.is_dead() {
                    for queued in self.queue.take_all() {
                        let failure = self.pool_dead(queued.has_started());
                        fx.settle(queued.call, Err(failure));
                    }
                }
            }
        }
    }

    pub(super) fn load_failure(&self, death: Death, error: Option<PythonError>) -> Failure {
        Failure::Load(Box::new(LoadFailure {
            death,
            error,
            interpreter: self.interpreter.clone(),
        }))
    }
}

fn first_line(failure: &Failure) -> String {
    let text = failure.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
