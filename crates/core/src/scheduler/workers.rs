//! Workers: from start to end, and what follows.

use std::mem;
use std::time::{Duration, Instant};

use super::event::{Action, Actions, CallId, Level, WorkerId};
use super::machine::{Phase, Scheduler};
use super::restart::Verdict;
use super::slot::{Slot, State, Then, Victim};
use super::time::IMPORT_WARNING_EVERY;
use super::window::Window;
use crate::exit::ExitStatus;
use crate::failure::{Death, DeathCause, Failure, InterpreterNote, LoadFailure, PythonError};

/// How long an interrupted worker may take to run its `finally` blocks and `atexit` hooks.
pub(super) const INTERRUPT_GRACE: Duration = Duration::from_secs(2);
/// How long a worker whose import failed may take to exit.
const LOAD_FAILED_GRACE: Duration = Duration::from_millis(500);

impl<T> Scheduler<T> {
    /// The slot of `worker`, unless that process has been replaced.
    pub(super) fn current(&mut self, worker: WorkerId) -> Option<&mut Slot<T>> {
        self.slots
            .get_mut(worker.slot)
            .filter(|slot| slot.worker(worker.slot) == worker)
    }

    pub(super) fn start_all(
        &mut self,
        interpreter: InterpreterNote,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        match self.phase {
            Phase::Searching => {
                self.phase = Phase::Starting;
                self.interpreter = interpreter;
                (0..self.slots.len()).for_each(|slot| self.start(slot, now, out));
            }
            Phase::SearchCancelled => {
                self.phase = Phase::Closing;
                self.finish(out);
            }
            _ => {}
        }
    }

    pub(super) fn can_not_start(&mut self, failure: Failure, out: &mut Actions<T>) {
        self.phase = match self.phase {
            Phase::Searching => Phase::Failing(failure),
            Phase::SearchCancelled => Phase::Closing,
            _ => return,
        };
        self.finish(out);
    }

    pub(super) fn start(&mut self, index: usize, now: Instant, out: &mut Actions<T>) {
        let slot = &mut self.slots[index];
        slot.generation += 1;
        slot.state = State::Starting {
            since: now,
            warn_at: now + IMPORT_WARNING_EVERY,
            deadline: now + self.settings.startup_timeout,
        };
        out.push(Action::Start(slot.worker(index)));
    }

    pub(super) fn ready(&mut self, worker: WorkerId, now: Instant, out: &mut Actions<T>) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        let State::Starting { since, .. } = slot.state else {
            return;
        };
        slot.state = State::Ready;
        let text = format!(
            "ready after {} ms",
            now.saturating_duration_since(since).as_millis()
        );
        out.push(Action::Log(Level::Debug, Some(worker), text));
        out.push(Action::Ready(worker));
        if matches!(self.phase, Phase::Starting) && self.ready_workers() == self.slots.len() {
            self.phase = Phase::Running;
            out.push(Action::Started(Ok(())));
        }
        self.dispatch(now, out);
    }

    pub(super) fn load_failed(&mut self, worker: WorkerId, error: PythonError, now: Instant) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        if matches!(slot.state, State::Starting { .. }) {
            slot.state = State::Ending {
                kill_at: Some(now + LOAD_FAILED_GRACE),
                then: Then::LoadFailed(error),
            };
        }
    }

    pub(super) fn stacks(
        &mut self,
        worker: WorkerId,
        stacks: String,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        match slot.state {
            State::Dumping { .. } => self.end_victim(worker.slot, Some(stacks), now, out),
            State::Starting { .. } => {
                let text = format!("the import is here:\n{stacks}");
                out.push(Action::Log(Level::Warn, Some(worker), text));
            }
            _ => {}
        }
    }

    /// Gives what took too long its outcome, and its worker the time to clean up.
    pub(super) fn end_victim(
        &mut self,
        index: usize,
        stack: Option<String>,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let slot = &mut self.slots[index];
        let worker = slot.worker(index);
        let ending = |then| State::Ending {
            kill_at: Some(now + INTERRUPT_GRACE),
            then,
        };
        match mem::replace(&mut slot.state, ending(Then::Replace)) {
            State::Dumping {
                victim: Victim::Call(call),
                ..
            } => {
                out.extend(call.time_out(stack));
            }
            State::Dumping {
                victim: Victim::Startup,
                ..
            } => {
                let timeout = self.settings.startup_timeout;
                slot.state = ending(Then::Crash(Failure::StartupTimeout { timeout, stack }));
            }
            other => slot.state = other,
        }
        out.push(Action::Interrupt(worker));
    }

    pub(super) fn exited(
        &mut self,
        worker: WorkerId,
        death: Death,
        unstarted: &[CallId],
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        let calls = mem::take(&mut slot.calls);
        let state = mem::replace(&mut slot.state, State::Vacant);
        let death = match &state {
            State::Condemned { cause } => Death {
                cause: cause.clone(),
                ..death
            },
            _ => death,
        };
        self.calls_of_dead(calls, &death, unstarted, out);
        let failure = match state {
            State::Starting { .. } => Some(self.load_failure(death, None)),
            State::Ready | State::Condemned { .. } => Some(Failure::Crashed(death)),
            State::Dumping {
                victim: Victim::Startup,
                ..
            } => {
                let timeout = self.settings.startup_timeout;
                Some(Failure::StartupTimeout {
                    timeout,
                    stack: None,
                })
            }
            State::Dumping { victim, .. } => {
                out.extend(victim.time_out(None));
                None
            }
            State::Ending {
                then: Then::Replace,
                ..
            } => None,
            State::Ending {
                then: Then::Crash(failure),
                ..
            } => Some(failure),
            State::Ending {
                then: Then::LoadFailed(error),
                ..
            } => {
                // Whatever became of the process after its report, the report is the reason.
                let cause = DeathCause::Exited(ExitStatus::Code(1));
                Some(self.load_failure(Death { cause, ..death }, Some(error)))
            }
            // Nobody was there to end.
            other @ (State::Vacant | State::Waiting { .. } | State::Retired) => {
                self.slots[worker.slot].state = other;
                return;
            }
        };
        self.succeed(worker.slot, failure, now, out);
        // Another worker may be free for a call that this one never started.
        self.dispatch(now, out);
    }

    pub(super) fn start_failed(
        &mut self,
        worker: WorkerId,
        failure: Failure,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        slot.state = State::Vacant;
        self.succeed(worker.slot, Some(failure), now, out);
    }

    /// A slot's process is gone: what follows it?
    pub(super) fn succeed(
        &mut self,
        index: usize,
        failure: Option<Failure>,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let slot = &mut self.slots[index];
        slot.last_answer = None;
        slot.review_at = None;
        slot.window = Window::new(self.settings.window);
        match (&self.phase, failure) {
            (Phase::Starting, Some(failure)) => {
                self.phase = Phase::Failing(failure);
                self.kill_all(out);
                self.finish(out);
            }
            (Phase::Starting | Phase::Running, None) => self.start(index, now, out),
            (Phase::Running, Some(failure)) => self.after_crash(index, failure, now, out),
            (Phase::Failing(_) | Phase::Closing | Phase::Closed, _) => self.finish(out),
            // No process has been started yet.
            (Phase::Searching | Phase::SearchCancelled, _) => {}
        }
    }

    pub(super) fn after_crash(
        &mut self,
        index: usize,
        failure: Failure,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let slot = &mut self.slots[index];
        let worker = Some(slot.worker(index));
        let what = first_line(&failure);
        self.last_crash = Some(failure);
        let verdict = slot.budget.spend();
        let count = slot.budget.describe();
        match verdict {
            Verdict::RestartAfter(delay) if delay.is_zero() => {
                let text = format!("{what}; restarting ({count})");
                out.push(Action::Log(Level::Warn, worker, text));
                self.start(index, now, out);
            }
            Verdict::RestartAfter(delay) => {
                let text = format!("{what}; restarting in {} ms ({count})", delay.as_millis());
                out.push(Action::Log(Level::Warn, worker, text));
                slot.state = State::Waiting {
                    restart_at: now + delay,
                };
            }
            Verdict::Retire => {
                let text = format!("{what}; not restarted after {count} crashes in a row");
                out.push(Action::Log(Level::Error, worker, text));
                slot.state = State::Retired;
                if self.is_dead() {
                    let dead = self.pool_dead();
                    self.fail_queue(&dead, out);
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
    failure
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}
