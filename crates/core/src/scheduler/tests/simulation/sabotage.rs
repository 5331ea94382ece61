//! The rules have teeth: a scheduler with a bug breaks the rule that forbids it.

use std::time::{Duration, Instant};

use super::super::killed;
use super::machine::Machine;
use super::rules::Rule;
use super::saboteur::Saboteur;
use super::story::Story;
use crate::failure::Failure;
use crate::scheduler::kind::Kind;
use crate::scheduler::lifecycle::{AfterClose, Lifecycle};
use crate::scheduler::slot::{AfterExit, CallState, Cancel, Slot, State, TimedOut, Unstarted};
use crate::scheduler::{Event, Scheduler, Settings};

/// What may be wrong with a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    SettlesTwice,
    ForgetsCallsAtTheEnd,
    TakesAnyReply,
    SendsACrashedCallAgain,
    SendsAStartedCallAgain,
    ForgetsWhatWasTakenBack,
    LeavesCallsPrefetched,
    LetsCallsOvertake,
    LateCallLosesItsPlace,
    RequeuesALateCall,
    OverlooksAWorker,
    NeverSpendsTheBudget,
    RestartsWithoutBackOff,
    TakesATimeoutForACrash,
    TakesACrashForATimeout,
    KeepsTheBudgetOfBefore,
    LeavesTheQueueOfADeadPool,
    StartsASuccessorTooEarly,
    StartsWithOldGenerations,
    ClosesTooEarly,
    NeverKills,
    OverlooksAnAbort,
    AbortsDespiteTheOption,
    SendsACancelledCall,
    InterruptsDespiteTheOption,
    OverlooksAProtocolError,
    OverlooksATimeout,
    LeavesTheQueueUnbounded,
    CarriesEffectsOutAfterwards,
    ForgetsToAnswerAStart,
    AnswersAStartTwice,
    ForgetsAStartDuringTheClose,
    ForgetsToAnswerAShutdown,
    AnswersAShutdownTwice,
    RefusesCallsDuringAStart,
    ForgetsCallsOfAFailedStart,
    SendsCallsBeforeTheStartIsComplete,
    TakesCallsDuringADrain,
    FailsCallsOfADrain,
    DrainsForEver,
    ForgetsAStartDuringADrain,
    KeepsTheWindowAtOne,
    CrowdsOneWorker,
    PrefersTheFirstToAnswer,
    LeavesSecondCallsUncounted,
    TakesBackAtOnce,
    NeverRescues,
    RescuesOnceMore,
    RescuesTooEarly,
    RescuesLargeCalls,
    NeverPings,
    SendsToASilentWorker,
    WaitsForAPingForEver,
    RestartsTheClockOfARescue,
    RunsAgainOnceMore,
    NeverRunsAgain,
    BlamesOneForAll,
    DeniesThatACallHasStarted,
    DeniesThatARetryHasStarted,
    ClaimsThatALateCallHasStarted,
    RevivesTooEarly,
    NeverRevives,
    RevivesSeveralAtOnce,
    LeavesTheOthersDown,
    NeverCancels,
    NeverSignals,
    EndsACancelledCallTooEarly,
    WaitsForACancelledCallForEver,
    TakesACancelForACrash,
    SendsBehindACancelledCall,
}

/// Each bug, and the rule it breaks.
const BUGS: [(Bug, Rule); 70] = [
    (Bug::SettlesTwice, Rule::OneOutcome),
    (Bug::ForgetsCallsAtTheEnd, Rule::OneOutcome),
    (Bug::TakesAnyReply, Rule::OneOutcome),
    (Bug::SendsACrashedCallAgain, Rule::AtMostOnce),
    (Bug::SendsAStartedCallAgain, Rule::AtMostOnce),
    (Bug::ForgetsWhatWasTakenBack, Rule::NoIdleWait),
    (Bug::LeavesCallsPrefetched, Rule::OnTime),
    (Bug::LetsCallsOvertake, Rule::Fifo),
    (Bug::LateCallLosesItsPlace, Rule::Fifo),
    (Bug::RequeuesALateCall, Rule::AtMostOnce),
    (Bug::OverlooksAWorker, Rule::NoIdleWait),
    (Bug::NeverSpendsTheBudget, Rule::Restarts),
    (Bug::RestartsWithoutBackOff, Rule::Restarts),
    (Bug::TakesATimeoutForACrash, Rule::Restarts),
    (Bug::TakesACrashForATimeout, Rule::OnTime),
    (Bug::KeepsTheBudgetOfBefore, Rule::Restarts),
    (Bug::LeavesTheQueueOfADeadPool, Rule::DeadPool),
    (Bug::StartsASuccessorTooEarly, Rule::OneProcess),
    (Bug::StartsWithOldGenerations, Rule::OneProcess),
    (Bug::ClosesTooEarly, Rule::Closed),
    (Bug::NeverKills, Rule::OnTime),
    (Bug::OverlooksAnAbort, Rule::OnTime),
    (Bug::AbortsDespiteTheOption, Rule::OneOutcome),
    (Bug::SendsACancelledCall, Rule::OnTime),
    (Bug::InterruptsDespiteTheOption, Rule::OnTime),
    (Bug::OverlooksAProtocolError, Rule::OnTime),
    (Bug::OverlooksATimeout, Rule::OnTime),
    (Bug::LeavesTheQueueUnbounded, Rule::OnTime),
    (Bug::CarriesEffectsOutAfterwards, Rule::TakeBack),
    (Bug::ForgetsToAnswerAStart, Rule::OneAnswer),
    (Bug::AnswersAStartTwice, Rule::OneAnswer),
    (Bug::ForgetsAStartDuringTheClose, Rule::OneAnswer),
    (Bug::ForgetsToAnswerAShutdown, Rule::OneAnswer),
    (Bug::AnswersAShutdownTwice, Rule::OneAnswer),
    (Bug::RefusesCallsDuringAStart, Rule::PendingStart),
    (Bug::ForgetsCallsOfAFailedStart, Rule::OneOutcome),
    (Bug::SendsCallsBeforeTheStartIsComplete, Rule::PendingStart),
    (Bug::TakesCallsDuringADrain, Rule::Drain),
    (Bug::FailsCallsOfADrain, Rule::Drain),
    (Bug::DrainsForEver, Rule::Drain),
    (Bug::ForgetsAStartDuringADrain, Rule::OneAnswer),
    (Bug::KeepsTheWindowAtOne, Rule::Spread),
    (Bug::CrowdsOneWorker, Rule::Spread),
    (Bug::PrefersTheFirstToAnswer, Rule::Spread),
    (Bug::LeavesSecondCallsUncounted, Rule::OnTime),
    (Bug::TakesBackAtOnce, Rule::TakeBack),
    (Bug::NeverRescues, Rule::NoIdleWait),
    (Bug::RescuesOnceMore, Rule::Rescue),
    (Bug::RescuesTooEarly, Rule::TakeBack),
    (Bug::RescuesLargeCalls, Rule::TakeBack),
    (Bug::NeverPings, Rule::Rescue),
    (Bug::SendsToASilentWorker, Rule::AtMostOnce),
    (Bug::WaitsForAPingForEver, Rule::OnTime),
    (Bug::RestartsTheClockOfARescue, Rule::OnTime),
    (Bug::RunsAgainOnceMore, Rule::AtMostOnce),
    (Bug::NeverRunsAgain, Rule::Retries),
    (Bug::BlamesOneForAll, Rule::OneOutcome),
    (Bug::DeniesThatACallHasStarted, Rule::OneOutcome),
    (Bug::DeniesThatARetryHasStarted, Rule::OneOutcome),
    (Bug::ClaimsThatALateCallHasStarted, Rule::OneOutcome),
    (Bug::RevivesTooEarly, Rule::Restarts),
    (Bug::NeverRevives, Rule::Restarts),
    (Bug::RevivesSeveralAtOnce, Rule::Restarts),
    (Bug::LeavesTheOthersDown, Rule::Restarts),
    (Bug::NeverCancels, Rule::Cancel),
    (Bug::NeverSignals, Rule::Cancel),
    (Bug::EndsACancelledCallTooEarly, Rule::Cancel),
    (Bug::WaitsForACancelledCallForEver, Rule::OnTime),
    (Bug::TakesACancelForACrash, Rule::Restarts),
    (Bug::SendsBehindACancelledCall, Rule::AtMostOnce),
];

const MAX_WORLDS: u64 = 1000;

#[test]
fn every_bug_is_caught_by_the_rule_it_breaks() {
    for (bug, rule) in BUGS {
        let mut others = Vec::new();
        let caught = (1..=MAX_WORLDS).find_map(|seed| {
            let machine = |settings| Machine::with(bug, settings);
            let violation = Story::new(seed, machine, false).play().err()?;
            // A bug may break other rules as well.
            let is_expected = violation.rule == rule;
            let what = violation.what;
            others.extend((!is_expected).then_some(violation.rule));
            is_expected.then_some((seed, what))
        });
        let Some((seed, what)) = caught else {
            panic!("{bug:?} does not break {rule:?} in {MAX_WORLDS} worlds, but {others:?}");
        };
        println!("{bug:?}: breaks {rule:?} in world {seed}: {what}");
    }
}

impl Bug {
    pub(super) fn change_settings(self, settings: Settings) -> Settings {
        match self {
            Self::LeavesTheQueueUnbounded => Settings {
                max_queue: usize::MAX,
                ..settings
            },
            _ => settings,
        }
    }

    pub(super) fn before(self, scheduler: &mut Scheduler, event: &mut Event, now: Instant) {
        match (self, event) {
            (Self::TakesAnyReply, Event::Replied(worker, call, _)) => {
                let first = scheduler.slots[worker.slot].calls.front();
                *call = first.map_or(*call, |first| first.id);
            }
            (
                Self::SendsACrashedCallAgain,
                Event::Exited {
                    worker, unstarted, ..
                },
            ) => {
                let held = &scheduler.slots[worker.slot].calls;
                *unstarted = held.iter().map(|call| call.id).collect();
            }
            (Self::TakesACrashForATimeout, Event::Exited { death, .. }) => *death = killed(),
            (Self::LeavesCallsPrefetched, _) => {
                for slot in &mut scheduler.slots {
                    slot.stop_looking();
                }
            }
            (Self::LetsCallsOvertake, _) => scheduler.queue.swap_first_two(),
            (Self::LateCallLosesItsPlace, _) => {
                for slot in scheduler
                    .slots
                    .iter_mut()
                    .filter(|slot| is_late(&slot.state))
                {
                    slot.calls.pop_front();
                }
            }
            (Self::RequeuesALateCall, Event::Stacks(worker, _)) => {
                scheduler.requeue_late_call(worker.slot);
            }
            (Self::OverlooksAWorker, event @ Event::Ready(_)) if scheduler.is_running() => {
                *event = Event::Tick;
            }
            (Self::NeverSpendsTheBudget, _) => {
                let slots = scheduler.slots.iter_mut();
                slots.for_each(|slot| slot.budget.restore());
            }
            (Self::RestartsWithoutBackOff, _) => scheduler.for_each_state(|state| {
                if let State::BackingOff { restart_at } = state {
                    *restart_at = now;
                }
            }),
            (Self::TakesATimeoutForACrash, _) => scheduler.for_each_state(|state| {
                if let State::Terminating { after, .. } = state
                    && matches!(after, AfterExit::Replace(_) | AfterExit::Stop)
                {
                    *after = AfterExit::Crash(Failure::crashed(killed()));
                }
            }),
            (Self::StartsWithOldGenerations, Event::Prepared(_)) => {
                for slot in &mut scheduler.slots {
                    slot.generation = 0;
                }
            }
            (Self::ForgetsAStartDuringTheClose, _) => {
                if let Lifecycle::Closing { then, .. } = &mut scheduler.lifecycle {
                    *then = AfterClose::Rest;
                }
            }
            (
                Self::TakesCallsDuringADrain
                | Self::FailsCallsOfADrain
                | Self::DrainsForEver
                | Self::ForgetsAStartDuringADrain,
                event,
            ) => self.spoil_drain(scheduler, event),
            (Self::OverlooksAnAbort, event @ Event::Abort(_))
            | (Self::OverlooksAProtocolError, event @ Event::ProtocolError(..)) => {
                *event = Event::Tick;
            }
            (Self::AbortsDespiteTheOption, Event::Abort(_)) => {
                scheduler.for_each_call(|call| {
                    if let CallState::Awaited(call) = call {
                        call.options.interrupt = true;
                    }
                });
            }
            (Self::SendsACancelledCall, _) => scheduler.for_each_call(|state| {
                if let CallState::CancelOnlyIfQueued(_) = state
                    && let CallState::CancelOnlyIfQueued(call) =
                        std::mem::replace(state, CallState::Settled)
                {
                    *state = CallState::Awaited(call);
                }
            }),
            (Self::OverlooksATimeout, _) => {
                for call in scheduler.slots.iter_mut().flat_map(|slot| &mut slot.calls) {
                    call.last.deadline = None;
                }
            }
            (bug, event) => bug.spoil_placement(scheduler, event, now),
        }
    }

    fn spoil_drain(self, scheduler: &mut Scheduler, event: &mut Event) {
        match (self, event, &mut scheduler.drain) {
            (Self::TakesCallsDuringADrain, Event::Submit(_), drain) => *drain = None,
            (Self::FailsCallsOfADrain, event @ Event::Drain { .. }, _) => {
                *event = Event::Shutdown {
                    grace: Duration::ZERO,
                };
            }
            (Self::DrainsForEver, _, Some(drain)) => drain.until = None,
            (Self::ForgetsAStartDuringADrain, _, Some(drain)) => drain.restart = false,
            _ => {}
        }
    }

    pub(super) fn spoil_cancelling(self, scheduler: &mut Scheduler, event: &Event, now: Instant) {
        let exited = match event {
            Event::Exited { worker, .. } => Some(worker.slot),
            _ => None,
        };
        for (index, slot) in scheduler.slots.iter_mut().enumerate() {
            let Some(call) = slot.calls.back_mut() else {
                continue;
            };
            match (self, &mut call.cancel) {
                (Self::EndsACancelledCallTooEarly, Some(Cancel::Ending { until })) => *until = now,
                (Self::WaitsForACancelledCallForEver, Some(Cancel::Ending { until })) => {
                    *until = now + Duration::from_secs(3600);
                }
                (Self::TakesACancelForACrash, cancel) if exited == Some(index) => *cancel = None,
                // Each event in its turn, to send a call, and to know no more of the other.
                (Self::SendsBehindACancelledCall, cancel @ Some(Cancel::Ending { .. })) => {
                    *cancel = None;
                    slot.prefetch.seem_short();
                }
                _ => {}
            }
        }
    }

    pub(super) fn after(self, scheduler: &mut Scheduler, fx: &mut Saboteur, now: Instant) {
        match self {
            Self::StartsASuccessorTooEarly => {
                if let Some(worker) = fx.killed {
                    let exited = Event::Exited {
                        worker,
                        death: killed(),
                        unstarted: Vec::new(),
                    };
                    scheduler.handle(exited, now, fx);
                }
            }
            Self::ClosesTooEarly if fx.has_closed_one => {
                scheduler.for_each_state(|state| *state = State::Stopped);
                scheduler.finish_if_stopped(fx);
            }
            Self::SendsCallsBeforeTheStartIsComplete if scheduler.lifecycle.is_starting() => {
                scheduler.lifecycle = Lifecycle::Running;
                scheduler.dispatch(now, fx);
                scheduler.lifecycle = Lifecycle::Starting;
            }
            Self::TakesBackAtOnce => {
                if scheduler.slots.iter().any(Slot::is_free)
                    && let Some(index) =
                        scheduler.slots.iter().position(|slot| slot.calls.len() > 1)
                {
                    scheduler.take_back(scheduler.slots[index].worker(index), now, fx);
                }
            }
            Self::NeverKills => scheduler.for_each_state(|state| {
                if let State::Terminating { kill_at, .. } = state {
                    *kill_at = kill_at.map(|at| at + Duration::from_secs(3600));
                }
            }),
            _ => {}
        }
    }
}

impl Scheduler {
    pub(super) fn for_each_state(&mut self, change: impl Fn(&mut State)) {
        let slots = self.slots.iter_mut();
        slots.for_each(|slot| change(&mut slot.state));
    }

    fn for_each_call(&mut self, change: impl Fn(&mut CallState)) {
        let calls = self.slots.iter_mut().flat_map(|slot| &mut slot.calls);
        calls.for_each(|call| change(&mut call.last.state));
    }

    fn requeue_late_call(&mut self, slot: usize) {
        if self.slots.iter().any(Slot::is_free) {
            return; // an assertion of the scheduler itself would notice that
        }
        let slot = &mut self.slots[slot];
        if is_late(&slot.state)
            && let Some(late) = slot.calls.pop_front()
            && let Unstarted::Requeue(queued) = late.last.into_unstarted()
        {
            self.queue.put_back(queued, Kind::Plain);
        }
    }
}

fn is_late(state: &State) -> bool {
    let State::DumpingStacks { timed_out, .. } = state else {
        return false;
    };
    *timed_out == TimedOut::Call
}
