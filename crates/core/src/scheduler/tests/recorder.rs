//! Effects as a list.

use std::time::Instant;

use crate::call::{Call, CallTimes};
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::scheduler::Effects;
use crate::wire::{Credit, Output};

#[derive(Debug)]
pub(super) enum Effect {
    Prepare,
    CancelPrepare,
    Start(WorkerId),
    Send(WorkerId, CallId),
    SendBatch(WorkerId, CallId, Vec<CallId>),
    Settle(CallId, Outcome),
    Item(CallId),
    Credit(WorkerId, CallId, Credit),
    DumpStacks,
    Cancel(WorkerId, CallId),
    Signal(WorkerId),
    Ping(WorkerId),
    Close(WorkerId),
    Interrupt(WorkerId),
    Kill(WorkerId),
    Ready,
    Log(Level, String),
    Initialized(Result<(), Failure>),
    Closed,
}

/// Records effects. Workers have started whatever they were sent, unless the test says otherwise.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) effects: Vec<Effect>,
    /// What the next worker that is asked has not started.
    pub(super) unstarted: Vec<CallId>,
    /// How many calls the workers that are looked at have not started.
    pub(super) count: usize,
    pub(super) now: Option<Instant>,
    /// The times of the calls that were settled.
    pub(super) times: Vec<(u64, CallTimes)>,
}

impl Effects for Recorder {
    fn prepare(&mut self) {
        self.effects.push(Effect::Prepare);
    }

    fn cancel_prepare(&mut self) {
        self.effects.push(Effect::CancelPrepare);
    }

    fn start(&mut self, worker: WorkerId) {
        self.effects.push(Effect::Start(worker));
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        self.effects.push(Effect::Send(worker, call.id()));
    }

    fn send_batch(&mut self, worker: WorkerId, batch: CallId, calls: &[&Call]) {
        let calls = calls.iter().map(|call| call.id()).collect();
        self.effects.push(Effect::SendBatch(worker, batch, calls));
    }

    fn revoke_unstarted(&mut self, _: WorkerId) -> Vec<CallId> {
        std::mem::take(&mut self.unstarted)
    }

    fn count_unstarted(&mut self, _: WorkerId) -> usize {
        self.count
    }

    fn ping(&mut self, worker: WorkerId) {
        self.effects.push(Effect::Ping(worker));
    }

    fn settle(&mut self, call: Call, outcome: Outcome) {
        if let Some(now) = self.now {
            self.times.push((call.id().0, call.times(now)));
        }
        self.effects.push(Effect::Settle(call.id(), outcome));
    }

    fn item(&mut self, call: CallId, _: Output) {
        self.effects.push(Effect::Item(call));
    }

    fn credit(&mut self, worker: WorkerId, call: CallId, taken: Credit) {
        self.effects.push(Effect::Credit(worker, call, taken));
    }

    fn dump_stacks(&mut self, _: WorkerId) {
        self.effects.push(Effect::DumpStacks);
    }

    fn cancel(&mut self, worker: WorkerId, call: CallId) {
        self.effects.push(Effect::Cancel(worker, call));
    }

    fn signal(&mut self, worker: WorkerId) {
        self.effects.push(Effect::Signal(worker));
    }

    fn close(&mut self, worker: WorkerId) {
        self.effects.push(Effect::Close(worker));
    }

    fn interrupt(&mut self, worker: WorkerId) {
        self.effects.push(Effect::Interrupt(worker));
    }

    fn kill(&mut self, worker: WorkerId) {
        self.effects.push(Effect::Kill(worker));
    }

    fn ready(&mut self, _: WorkerId) {
        self.effects.push(Effect::Ready);
    }

    fn log(&mut self, level: Level, _: Option<WorkerId>, message: String) {
        self.effects.push(Effect::Log(level, message));
    }

    fn initialized(&mut self, result: Result<(), Failure>) {
        self.effects.push(Effect::Initialized(result));
    }

    fn closed(&mut self) {
        self.effects.push(Effect::Closed);
    }
}
