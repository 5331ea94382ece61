//! The rules have teeth: a scheduler with a bug breaks the rule that forbids it.

use std::time::{Duration, Instant};

use super::Places;
use crate::scheduler::slot::{Cancel, Heartbeat, Slot, State};
use crate::scheduler::tests::model;
use crate::scheduler::{Event, Scheduler};

/// What may be wrong with a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    HasOnePlaceTooMany,
    RunsATaskBesideAPlainCall,
    LetsCallsOvertake,
    LeavesAMovedCallInItsPlace,
    ForgetsWhatWasTakenBack,
    BlamesOneForAll,
    InterruptsANeighbor,
    EndsACancelledCallTooEarly,
    WaitsForACancelledCallForEver,
    SendsToAWorkerThatDrains,
    CutsADrainShort,
    DrainsForEver,
    KeepsCallsInADrain,
    TakesAWaitingCallForARunningOne,
    NeverPings,
    HidesABlockedLoop,
    TrustsASilentWorker,
    WaitsForASilentWorkerForEver,
}

/// Each bug, and the rule it breaks.
const BUGS: [(Bug, &str); 18] = [
    (Bug::HasOnePlaceTooMany, "Places"),
    (Bug::RunsATaskBesideAPlainCall, "Places"),
    (Bug::LetsCallsOvertake, "Fifo"),
    (Bug::LeavesAMovedCallInItsPlace, "NoIdleWait"),
    (Bug::ForgetsWhatWasTakenBack, "NoIdleWait"),
    (Bug::BlamesOneForAll, "OneOutcome"),
    (Bug::InterruptsANeighbor, "Cancel"),
    (Bug::EndsACancelledCallTooEarly, "Cancel"),
    (Bug::WaitsForACancelledCallForEver, "OnTime"),
    (Bug::SendsToAWorkerThatDrains, "Places"),
    (Bug::CutsADrainShort, "Cancel"),
    (Bug::DrainsForEver, "OnTime"),
    (Bug::KeepsCallsInADrain, "TakeBack"),
    (Bug::TakesAWaitingCallForARunningOne, "OnTime"),
    (Bug::NeverPings, "Heartbeat"),
    (Bug::HidesABlockedLoop, "Heartbeat"),
    (Bug::TrustsASilentWorker, "Places"),
    (Bug::WaitsForASilentWorkerForEver, "OnTime"),
];

const WORLDS: u64 = 500;
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn every_bug_is_caught_by_the_rule_it_breaks() {
    model::catch_bugs::<Places>(&BUGS, WORLDS);
}

impl model::Bug for Bug {
    fn spoil(self, scheduler: &mut Scheduler, event: &mut Event, now: Instant) {
        match (self, &*event) {
            (Self::LetsCallsOvertake, _) => scheduler.queue.swap_first_two(),
            (Self::LeavesAMovedCallInItsPlace, Event::IsAsync(worker, Some(call))) => {
                // It is known for calls to come, but not for the one that runs.
                let slot = &scheduler.slots[worker.slot];
                let known = slot.calls.iter().find(|other| other.id == *call);
                if let Some(call) = known.and_then(|known| known.call()) {
                    let name = Vec::from(call.request().function());
                    scheduler.kinds.learn(&name);
                    scheduler
                        .queue
                        .move_async(|call| call.request().function() == name);
                }
                *event = Event::Tick;
            }
            // As if it had answered.
            (Self::TrustsASilentWorker, Event::Tick) => {
                let mut slots = scheduler.slots.iter().enumerate();
                let silent = slots.find(|(_, slot)| matches!(slot.state, State::Silent { .. }));
                if let Some((index, slot)) = silent {
                    *event = Event::Pong(slot.worker(index));
                }
            }
            _ => {}
        }
        for slot in &mut scheduler.slots {
            self.spoil_slot(slot, now);
        }
    }
}

impl Bug {
    fn spoil_slot(self, slot: &mut Slot, now: Instant) {
        match self {
            Self::HasOnePlaceTooMany => {
                slot.places = slot.places.map(|places| places.with_one_more(true));
            }
            Self::RunsATaskBesideAPlainCall => {
                slot.places = slot.places.map(|places| places.with_one_more(false));
            }
            Self::NeverPings => slot.heartbeat = None,
            Self::HidesABlockedLoop => {
                if let Some(Heartbeat::Blocked { .. }) = slot.heartbeat {
                    slot.heartbeat = Some(Heartbeat::Told);
                }
            }
            Self::WaitsForASilentWorkerForEver => {
                if let State::Silent { until } = &mut slot.state {
                    *until = now + HOUR;
                }
            }
            Self::SendsToAWorkerThatDrains => {
                if let State::Draining { .. } = slot.state {
                    slot.state = State::Ready;
                }
            }
            Self::CutsADrainShort | Self::DrainsForEver => {
                if let State::Draining { until } = &mut slot.state {
                    *until = if self == Self::DrainsForEver {
                        now + HOUR
                    } else {
                        now
                    };
                }
            }
            Self::EndsACancelledCallTooEarly | Self::WaitsForACancelledCallForEver => {
                for call in &mut slot.calls {
                    if let Some(Cancel::Ending { until }) = &mut call.cancel {
                        let is_early = self == Self::EndsACancelledCallTooEarly;
                        *until = if is_early { now } else { now + HOUR };
                    }
                }
            }
            _ => {}
        }
    }
}
