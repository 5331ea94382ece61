//! Stands between a scheduler and the world, and spoils what the scheduler puts out.

use super::sabotage::Bug;
use super::world::World;
use crate::call::Call;
use crate::failure::{ClosedWhile, Failure};
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::scheduler::Effects;
use crate::wire::{Credit, Output, Request};

pub(super) struct Saboteur<'a> {
    bug: Bug,
    is_abort: bool,
    world: &'a mut World,
    /// The last worker that was killed.
    pub(super) killed: Option<WorkerId>,
    /// Whether a worker was asked to exit when it is idle.
    pub(super) has_closed_one: bool,
}

impl<'a> Saboteur<'a> {
    pub(super) fn new(bug: Bug, is_abort: bool, world: &'a mut World) -> Self {
        Self {
            bug,
            is_abort,
            world,
            killed: None,
            has_closed_one: false,
        }
    }

    /// The last call of a worker if it was aborted with `interrupt: false` and has started.
    fn runs_an_uninterruptible(&mut self, worker: WorkerId) -> bool {
        let truth = &mut self.world.truth;
        let last = truth.processes.get(worker).and_then(|process| {
            let is_started = process.held.len() <= process.started;
            process.held.back().filter(|_| is_started).copied()
        });
        last.is_some_and(|call| truth.call(call).is_cancelled_only_if_queued())
    }
}

impl Effects for Saboteur<'_> {
    fn prepare(&mut self) {
        self.world.prepare();
    }

    fn cancel_prepare(&mut self) {
        self.world.cancel_prepare();
    }

    fn start(&mut self, worker: WorkerId) {
        self.world.start(worker);
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        self.world.send(worker, call);
    }

    fn send_batch(&mut self, _: WorkerId, _: CallId, _: &[&Call]) {
        unreachable!("no call of this model is batched");
    }

    fn revoke_unstarted(&mut self, worker: WorkerId) -> Vec<CallId> {
        let held = self.world.truth.processes.get(worker);
        let held: Vec<_> = held.into_iter().flat_map(|one| one.held.clone()).collect();
        let unstarted = self.world.revoke_unstarted(worker);
        let is_bug = self.bug == Bug::InterruptsDespiteTheOption && self.is_abort;
        if is_bug && self.runs_an_uninterruptible(worker) {
            self.world.interrupt(worker);
        }
        match self.bug {
            Bug::SendsAStartedCallAgain => held,
            Bug::ForgetsWhatWasTakenBack => Vec::new(),
            _ => unstarted,
        }
    }

    fn count_unstarted(&mut self, worker: WorkerId) -> usize {
        Effects::count_unstarted(self.world, worker)
    }

    fn item(&mut self, call: CallId, item: Output) {
        self.world.item(call, item);
    }

    fn credit(&mut self, worker: WorkerId, call: CallId, taken: Credit) {
        self.world.credit(worker, call, taken);
    }

    fn ping(&mut self, worker: WorkerId) {
        if self.bug != Bug::NeverPings {
            self.world.ping(worker);
        }
    }

    fn settle(&mut self, call: Call, mut outcome: Outcome) {
        match (self.bug, &mut outcome) {
            (Bug::BlamesOneForAll, Err(Failure::Crashed { collateral, .. })) => {
                *collateral = false;
            }
            (Bug::DeniesThatACallHasStarted, Err(Failure::Aborted { started }))
            | (Bug::DeniesThatARetryHasStarted, Err(Failure::PoolDead { started, .. })) => {
                *started = false;
            }
            (Bug::ClaimsThatALateCallHasStarted, Err(Failure::CallTimeout { started, .. })) => {
                *started = true;
            }
            _ => {}
        }
        let is_dropped = match (self.bug, &outcome) {
            (Bug::ForgetsCallsAtTheEnd, Err(Failure::Closed(reason))) => {
                *reason != ClosedWhile::Submitting
            }
            (
                Bug::ForgetsCallsOfAFailedStart,
                Err(Failure::Load(_) | Failure::PythonNotFound { .. } | Failure::System { .. }),
            )
            | (Bug::LeavesTheQueueOfADeadPool, Err(Failure::PoolDead { .. })) => true,
            _ => false,
        };
        if is_dropped {
            return;
        }
        if self.bug == Bug::SettlesTwice {
            let request = Request::new("f", "[]");
            let copy = Call::new(call.id(), request, call.options.clone());
            self.world.settle(copy, outcome.clone());
        }
        self.world.settle(call, outcome);
    }

    fn dump_stacks(&mut self, worker: WorkerId) {
        self.world.dump_stacks(worker);
    }

    fn cancel(&mut self, worker: WorkerId, call: CallId) {
        if self.bug != Bug::NeverCancels {
            self.world.cancel(worker, call);
        }
    }

    fn signal(&mut self, worker: WorkerId) {
        if self.bug != Bug::NeverSignals {
            self.world.signal(worker);
        }
    }

    fn close(&mut self, worker: WorkerId) {
        self.has_closed_one = true;
        self.world.close(worker);
    }

    fn interrupt(&mut self, worker: WorkerId) {
        self.world.interrupt(worker);
    }

    fn kill(&mut self, worker: WorkerId) {
        self.killed = Some(worker);
        self.world.kill(worker);
    }

    fn ready(&mut self, worker: WorkerId) {
        self.world.ready(worker);
    }

    fn log(&mut self, level: Level, worker: Option<WorkerId>, message: String) {
        self.world.log(level, worker, message);
    }

    fn initialized(&mut self, result: Result<(), Failure>) {
        if self.bug == Bug::AnswersAStartTwice {
            self.world.initialized(result.clone());
        }
        if self.bug != Bug::ForgetsToAnswerAStart {
            self.world.initialized(result);
        }
    }

    fn closed(&mut self) {
        if self.bug == Bug::AnswersAShutdownTwice {
            self.world.closed();
        }
        if self.bug != Bug::ForgetsToAnswerAShutdown {
            self.world.closed();
        }
    }
}

/// Collects effects and carries them out afterwards; only the question is answered at once.
pub(super) fn delayed(world: &mut World, handle: impl FnOnce(&mut Delayed)) {
    let mut fx = Delayed {
        world,
        effects: Vec::new(),
    };
    handle(&mut fx);
    let Delayed { world, effects } = fx;
    for effect in effects {
        effect(world);
    }
}

pub(super) struct Delayed<'a> {
    world: &'a mut World,
    effects: Vec<Effect>,
}

type Effect = Box<dyn FnOnce(&mut World)>;

impl Delayed<'_> {
    fn later(&mut self, effect: impl FnOnce(&mut World) + 'static) {
        self.effects.push(Box::new(effect));
    }
}

impl Effects for Delayed<'_> {
    fn prepare(&mut self) {
        self.later(World::prepare);
    }

    fn cancel_prepare(&mut self) {
        self.later(World::cancel_prepare);
    }

    fn start(&mut self, worker: WorkerId) {
        self.later(move |world| world.start(worker));
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        let call = Call::new(call.id(), call.request().clone(), call.options.clone());
        self.later(move |world| world.send(worker, &call));
    }

    fn send_batch(&mut self, _: WorkerId, _: CallId, _: &[&Call]) {
        unreachable!("no call of this model is batched");
    }

    fn revoke_unstarted(&mut self, worker: WorkerId) -> Vec<CallId> {
        self.world.revoke_unstarted(worker)
    }

    fn count_unstarted(&mut self, worker: WorkerId) -> usize {
        Effects::count_unstarted(self.world, worker)
    }

    fn item(&mut self, call: CallId, item: Output) {
        self.later(move |world| world.item(call, item));
    }

    fn credit(&mut self, worker: WorkerId, call: CallId, taken: Credit) {
        self.later(move |world| world.credit(worker, call, taken));
    }

    fn ping(&mut self, worker: WorkerId) {
        self.later(move |world| world.ping(worker));
    }

    fn settle(&mut self, call: Call, outcome: Outcome) {
        self.later(move |world| world.settle(call, outcome));
    }

    fn dump_stacks(&mut self, worker: WorkerId) {
        self.later(move |world| world.dump_stacks(worker));
    }

    fn cancel(&mut self, worker: WorkerId, call: CallId) {
        self.later(move |world| world.cancel(worker, call));
    }

    fn signal(&mut self, worker: WorkerId) {
        self.later(move |world| world.signal(worker));
    }

    fn close(&mut self, worker: WorkerId) {
        self.later(move |world| world.close(worker));
    }

    fn interrupt(&mut self, worker: WorkerId) {
        self.later(move |world| world.interrupt(worker));
    }

    fn kill(&mut self, worker: WorkerId) {
        self.later(move |world| world.kill(worker));
    }

    fn ready(&mut self, worker: WorkerId) {
        self.later(move |world| world.ready(worker));
    }

    fn log(&mut self, level: Level, worker: Option<WorkerId>, message: String) {
        self.later(move |world| world.log(level, worker, message));
    }

    fn initialized(&mut self, result: Result<(), Failure>) {
        self.later(move |world| world.initialized(result));
    }

    fn closed(&mut self) {
        self.later(World::closed);
    }
}
