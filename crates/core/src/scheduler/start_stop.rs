//! The start of a pool, and its end.

use std::mem;
use std::time::{Duration, Instant};

use super::effects::Effects;
use super::lifecycle::{OnInitialize, OnProcessesGone, OnSearchOver};
use super::machine::Scheduler;
use super::queue::Queued;
use super::slot::{AfterExit, Slot, State};
use crate::failure::{ClosedWhile, Failure, InterpreterNote};
use crate::id::CallId;

impl Scheduler {
    pub(super) fn initialize(&mut self, fx: &mut impl Effects) {
        if let Some(drain) = &mut self.drain {
            drain.restart = true;
            return;
        }
        let is_dead = self.is_dead();
        let (lifecycle, next) = mem::take(&mut self.lifecycle).initialize(is_dead);
        self.lifecycle = lifecycle;
        match next {
            OnInitialize::Prepare => fx.prepare(),
            OnInitialize::Wait => {}
            OnInitialize::Succeed => fx.initialized(Ok(())),
            OnInitialize::CloseFirst => {
                // No slot has a process.
                for slot in &mut self.slots {
                    slot.state = State::Stopped;
                }
                self.finish_if_stopped(fx);
            }
        }
    }

    pub(super) fn prepared(
        &mut self,
        interpreter: InterpreterNote,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        self.interpreter = interpreter;
        self.search_over(Ok(()), now, fx);
    }

    pub(super) fn prepare_failed(&mut self, failure: Failure, now: Instant, fx: &mut impl Effects) {
        self.search_over(Err(failure), now, fx);
    }

    fn search_over(&mut self, result: Result<(), Failure>, now: Instant, fx: &mut impl Effects) {
        let (lifecycle, next) = mem::take(&mut self.lifecycle).search_over(result);
        self.lifecycle = lifecycle;
        match next {
            OnSearchOver::StartWorkers => {
                self.last_crash = None;
                self.kinds.forget();
                self.revive_at = None;
                self.start_workers(now, fx);
            }
            OnSearchOver::Fail(failure) => self.report_failed_start(failure, fx),
            OnSearchOver::Close => self.finish_if_stopped(fx),
            OnSearchOver::Ignore => {}
        }
    }

    /// As many as there must be; the other slots get one when calls wait.
    fn start_workers(&mut self, now: Instant, fx: &mut impl Effects) {
        self.sizing.last_start = None;
        self.has_dormant_slots = self.sizing.is_elastic();
        for index in 0..self.slots.len() {
            self.slots[index].reset(&self.settings);
            if index < self.sizing.min {
                self.start(index, now, fx);
            } else {
                self.slots[index].state = State::Dormant;
            }
        }
        self.complete_start(fx);
    }

    /// Concludes a start once enough workers are ready.
    pub(super) fn complete_start(&mut self, fx: &mut impl Effects) {
        if self.sizing.is_complete(self.ready_workers()) {
            let (lifecycle, is_started) = mem::take(&mut self.lifecycle).all_ready();
            self.lifecycle = lifecycle;
            // With a drain, what was asked for last is a start that follows the close.
            if is_started && !self.restarts_after_drain() {
                fx.initialized(Ok(()));
            }
        }
    }

    pub(super) fn shutdown(&mut self, grace: Duration, now: Instant, fx: &mut impl Effects) {
        let drain = self.drain.take();
        if self.lifecycle.has_pending_start() || drain.is_some_and(|drain| drain.restart) {
            fx.initialized(Err(Failure::Closed(ClosedWhile::Starting)));
        }
        let is_searching = self.lifecycle.is_searching();
        self.lifecycle = mem::take(&mut self.lifecycle).shutdown();
        if self.lifecycle.is_at_rest() {
            fx.closed();
            return;
        }
        if is_searching {
            fx.cancel_prepare();
        }
        let closed = |queued: &Queued| {
            let started = queued.has_started();
            Failure::Closed(ClosedWhile::Queued { started })
        };
        self.fail_queue(closed, fx);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.close(index, now + grace, fx);
        }
        self.finish_if_stopped(fx);
    }

    /// Closes a pool without an owner once nothing is pending.
    pub(super) fn close_if_abandoned(&mut self, now: Instant, fx: &mut impl Effects) {
        if let Some(grace) = self.abandoned
            && self.is_running()
            && self.is_idle()
        {
            self.shutdown(grace, now, fx);
        }
    }

    /// One worker cannot start, so the others are killed.
    pub(super) fn fail_start(&mut self, failure: Failure, fx: &mut impl Effects) {
        self.lifecycle = mem::take(&mut self.lifecycle).fail_start(failure);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.kill(index, fx);
        }
        self.finish_if_stopped(fx);
    }

    /// Nothing is left of a failed start. The calls that waited for it fail with it.
    fn report_failed_start(&mut self, failure: Failure, fx: &mut impl Effects) {
        self.fail_queue(|_| failure.clone(), fx);
        if let Some(drain) = &mut self.drain {
            drain.restart = false;
        }
        fx.initialized(Err(failure));
    }

    /// Concludes a failed start or a close once the last process is gone.
    pub(super) fn finish_if_stopped(&mut self, fx: &mut impl Effects) {
        if !self.slots.iter().all(Slot::is_stopped) {
            return;
        }
        let (lifecycle, next) = mem::take(&mut self.lifecycle).processes_gone();
        self.lifecycle = lifecycle;
        match next {
            OnProcessesGone::FailStart(failure) => self.report_failed_start(failure, fx),
            OnProcessesGone::Close => fx.closed(),
            OnProcessesGone::CloseAndPrepare => {
                fx.closed();
                fx.prepare();
            }
            OnProcessesGone::Ignore => {}
        }
    }
}

impl Slot {
    /// The pool closes: fails all calls, and asks the process to exit, if there is one.
    fn close(&mut self, index: usize, kill_at: Instant, fx: &mut impl Effects) {
        let worker = self.worker(index);
        let is_idle = self.calls.is_empty();
        self.time_out_late_call(None, fx);
        let unstarted = self.revoke_unstarted(index, fx);
        let first = self.calls.front().map(|call| call.id);
        for call in self.calls.drain(..) {
            let is_unstarted = unstarted.contains(&call.id);
            // For its caller, one that lies ready behind another has never left the queue.
            let is_queued = is_unstarted && first != Some(call.id) && self.places.is_none();
            for mut member in call.into_members() {
                let started = !is_unstarted || member.has_started_before();
                let why = if is_queued {
                    ClosedWhile::Queued { started }
                } else {
                    ClosedWhile::Running { started }
                };
                member.fail(Failure::Closed(why), fx);
            }
        }
        self.count_anew();
        let terminating = |kill_at| State::Terminating {
            kill_at,
            after: AfterExit::Stop,
        };
        match mem::replace(&mut self.state, terminating(Some(kill_at))) {
            State::Stopped | State::BackingOff { .. } | State::Failed | State::Dormant => {
                self.state = State::Stopped;
            }
            State::Ready if is_idle => fx.close(worker),
            State::Silent { .. } => fx.close(worker),
            State::Starting { .. }
            | State::Ready
            | State::Draining { .. }
            | State::DumpingStacks { .. } => {
                fx.interrupt(worker);
            }
            State::Poisoned { .. } => self.state = terminating(None),
            State::Terminating {
                kill_at: earlier,
                after,
            } => {
                let kill_at = earlier.map(|earlier| earlier.min(kill_at));
                self.state = State::Terminating { kill_at, after };
            }
        }
    }

    /// Revokes the calls that the process has not started, and returns them. Once the process was told to end,
    /// they are only counted: its exit reports them.
    pub(super) fn revoke_unstarted(&self, index: usize, fx: &mut impl Effects) -> Vec<CallId> {
        let worker = self.worker(index);
        if self.calls.is_empty() {
            Vec::new()
        } else if self.is_serving() {
            fx.revoke_unstarted(worker)
        } else {
            let unstarted = fx.count_unstarted(worker);
            let last = self.calls.iter().rev().take(unstarted);
            last.map(|call| call.id).collect()
        }
    }

    /// Gives the late calls of a process that ends their outcomes: the replies that were on their way never came.
    pub(super) fn time_out_several(&mut self, index: usize, now: Instant, fx: &mut impl Effects) {
        let unstarted = self.revoke_unstarted(index, fx);
        for late in self.calls.iter_mut().filter(|call| call.is_late(now)) {
            late.is_revoked = unstarted.contains(&late.id);
            late.time_out_late(now, fx);
        }
        self.count_anew();
    }

    /// The same for the first of a line of calls, which leaves it.
    pub(super) fn time_out_first(
        &mut self,
        unstarted: &[CallId],
        now: Instant,
        fx: &mut impl Effects,
    ) {
        if let Some(first) = self.calls.front_mut() {
            first.is_revoked = unstarted.contains(&first.id);
            first.time_out_late(now, fx);
            if first.call().is_none() {
                self.finish_first(now);
            }
        }
    }

    /// Kills the process, if there is one.
    fn kill(&mut self, index: usize, fx: &mut impl Effects) {
        match self.state {
            State::Starting { .. }
            | State::Ready
            | State::Draining { .. }
            | State::Silent { .. }
            | State::DumpingStacks { .. }
            | State::Poisoned { .. }
            | State::Terminating {
                kill_at: Some(_), ..
            } => {
                self.state = State::Terminating {
                    kill_at: None,
                    after: AfterExit::Stop,
                };
                fx.kill(self.worker(index));
            }
            State::Terminating { kill_at: None, .. } => {}
            State::Stopped | State::BackingOff { .. } | State::Failed | State::Dormant => {
                self.state = State::Stopped;
            }
        }
    }

    /// Gives the first call its outcome if it is late and only the stacks were still missing.
    pub(super) fn time_out_late_call(&mut self, stack: Option<String>, fx: &mut impl Effects) {
        if self.awaits_stacks_of_call()
            && let Some(mut late) = self.calls.pop_front()
        {
            late.time_out(stack, fx);
            return;
        }
        for late in self.running_mut().filter(|call| call.cancel.is_some()) {
            late.time_out(stack.clone(), fx);
        }
    }
}
