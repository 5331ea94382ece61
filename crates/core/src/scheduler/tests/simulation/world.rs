//! Carries effects out in the model, each before the next, and checks them.

use std::fmt::Debug;

use super::rules::{Checked, Violation};
use super::truth::Truth;
use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::scheduler::Effects;
use crate::scheduler::tests::random::Random;
use crate::wire::{Credit, Output};

pub(super) struct World {
    pub(super) truth: Truth,
    pub(super) random: Random,
    /// Prints what happens.
    pub(super) is_verbose: bool,
    /// The first rule that an effect of the current event broke.
    violation: Option<Violation>,
}

impl World {
    pub(super) fn new(truth: Truth, random: Random, is_verbose: bool) -> Self {
        Self {
            truth,
            random,
            is_verbose,
            violation: None,
        }
    }

    /// Whether the effects since the last call were allowed.
    pub(super) fn take_checked(&mut self) -> Checked {
        self.violation.take().map_or(Ok(()), Err)
    }

    /// The calls that a worker has not started and never will. Usually it has started only the first one.
    pub(super) fn unstarted(&mut self, worker: WorkerId, is_alive: bool) -> Vec<CallId> {
        let Some(process) = self.truth.processes.get(worker) else {
            return Vec::new();
        };
        let (least, all) = (process.started, process.held.len());
        let is_stuck = process.is_stuck && !self.random.one_in(10);
        let started = match self.random.below(6) {
            _ if !self.truth.settings.has_start_tokens => all,
            _ if is_stuck => least,
            0 => least,
            1 => all,
            2 => least + self.random.index_below(all - least + 1),
            _ => all.min(1).max(least),
        };
        self.truth.take_back(worker, started, is_alive)
    }

    /// How many of its calls a worker has not started. One may be stuck for a while.
    pub(super) fn count_unstarted(&mut self, worker: WorkerId) -> usize {
        let now = self.truth.now;
        let has_start_tokens = self.truth.settings.has_start_tokens;
        let Some(process) = self.truth.processes.get(worker) else {
            return 0;
        };
        if process.is_serving() {
            let all = process.held.len();
            if !has_start_tokens {
                process.started = all;
            } else if process.is_stuck {
                process.is_stuck = !self.random.one_in(15);
            } else if process.started == 0 && self.random.one_in(4) {
                process.is_stuck = true;
            } else if process.started == 0 || self.random.one_in(3) {
                let more = self.random.index_below(all - process.started + 1);
                process.started += more.max(usize::from(process.started == 0)).min(all);
            }
            process.is_looked_at(now);
        }
        process.held.len() - process.started
    }

    fn print(&self, effect: &str, of: impl Debug) {
        if self.is_verbose {
            println!("    {effect} {of:?}");
        }
    }

    fn note(&mut self, effect: &str, of: impl Debug, check: impl FnOnce(&mut Truth) -> Checked) {
        self.print(effect, of);
        if self.violation.is_none() {
            self.violation = check(&mut self.truth).err();
        }
    }
}

impl Effects for World {
    fn prepare(&mut self) {
        self.note("prepare", (), Truth::prepare);
    }

    fn cancel_prepare(&mut self) {
        self.note("cancel_prepare", (), Truth::cancel_prepare);
    }

    fn start(&mut self, worker: WorkerId) {
        self.note("start", worker, |truth| truth.start(worker));
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        let of = (worker, call.id());
        self.note("send", of, |truth| truth.sent(worker, call.id()));
    }

    fn count_unstarted(&mut self, worker: WorkerId) -> usize {
        let unstarted = self.count_unstarted(worker);
        self.print("count_unstarted", (worker, unstarted));
        unstarted
    }

    fn item(&mut self, _: CallId, _: Output) {
        unreachable!("no call is a stream");
    }

    fn credit(&mut self, _: WorkerId, _: CallId, _: Credit) {
        unreachable!("no call is a stream");
    }

    fn ping(&mut self, worker: WorkerId) {
        self.note("ping", worker, |truth| truth.pinged(worker));
    }

    fn send_batch(&mut self, _: WorkerId, _: CallId, _: &[&Call]) {
        unreachable!("no call of this model is batched");
    }

    fn revoke_unstarted(&mut self, worker: WorkerId) -> Vec<CallId> {
        self.note("revoke", worker, |truth| truth.check_take_back(worker));
        let unstarted = self.unstarted(worker, true);
        self.truth.learn_what_has_started(worker);
        self.print("revoke_unstarted", (worker, &unstarted));
        unstarted
    }

    fn settle(&mut self, call: Call, outcome: Outcome) {
        self.note("settle", (call.id(), &outcome), |truth| {
            truth.check_times(&call, outcome.is_ok())?;
            truth.settled(call.id(), &outcome)
        });
    }

    fn dump_stacks(&mut self, worker: WorkerId) {
        self.note("dump_stacks", worker, |truth| truth.dump_stacks(worker));
    }

    fn cancel(&mut self, worker: WorkerId, call: CallId) {
        self.note("cancel", (worker, call), |truth| {
            truth.asked_to_cancel(worker, call)
        });
    }

    fn signal(&mut self, worker: WorkerId) {
        self.note("signal", worker, |truth| truth.signalled(worker));
    }

    fn close(&mut self, worker: WorkerId) {
        self.note("close", worker, |truth| truth.close(worker));
    }

    fn interrupt(&mut self, worker: WorkerId) {
        self.note("interrupt", worker, |truth| truth.interrupt(worker));
    }

    fn kill(&mut self, worker: WorkerId) {
        self.note("kill", worker, |truth| truth.kill(worker));
    }

    fn ready(&mut self, worker: WorkerId) {
        self.note("ready", worker, |truth| truth.check_alive(worker));
    }

    fn log(&mut self, level: Level, _: Option<WorkerId>, message: String) {
        self.print("log", (level, message));
    }

    fn initialized(&mut self, result: Result<(), Failure>) {
        self.note("initialized", &result, |truth| truth.initialized(&result));
    }

    fn closed(&mut self) {
        self.note("closed", (), Truth::closed);
    }
}
