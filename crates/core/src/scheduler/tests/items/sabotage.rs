//! The rules have teeth: a scheduler with a bug breaks the rule that forbids it.

use std::time::Instant;

use super::Items;
use crate::scheduler::slot::Cancel;
use crate::scheduler::tests::model;
use crate::scheduler::{Event, Scheduler};
use crate::wire::Credit;

/// What may be wrong with a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    LosesItems,
    DeliversItemsTwice,
    DeliversItemsLate,
    DeliversBehindTheEnd,
    CountsNoItems,
    CountsNoBytes,
    ForgetsCredit,
    GivesCreditTwice,
    LetsCallsLieBehindAStream,
    NeverCancels,
    SignalsTooEarly,
    EndsAWorkerTooEarly,
    WaitsForConsumersForEver,
    TellsNobody,
}

/// Each bug, and the rule it breaks.
const BUGS: [(Bug, &str); 14] = [
    (Bug::LosesItems, "Items"),
    (Bug::DeliversItemsTwice, "Items"),
    (Bug::DeliversItemsLate, "Items"),
    (Bug::DeliversBehindTheEnd, "End"),
    (Bug::CountsNoItems, "Window"),
    (Bug::CountsNoBytes, "Window"),
    (Bug::ForgetsCredit, "Credit"),
    (Bug::GivesCreditTwice, "Credit"),
    (Bug::LetsCallsLieBehindAStream, "Alone"),
    (Bug::NeverCancels, "Cancel"),
    (Bug::SignalsTooEarly, "Patience"),
    (Bug::EndsAWorkerTooEarly, "Patience"),
    (Bug::WaitsForConsumersForEver, "OnTime"),
    (Bug::TellsNobody, "Told"),
];

const WORLDS: u64 = 400;

#[test]
fn every_bug_is_caught_by_the_rule_it_breaks() {
    model::catch_bugs::<Items>(&BUGS, WORLDS);
}

impl model::Bug for Bug {
    fn spoil(self, scheduler: &mut Scheduler, event: &mut Event, now: Instant) {
        let is_draining = scheduler.drain.is_some();
        let calls = scheduler.slots.iter_mut().flat_map(|slot| &mut slot.calls);
        for call in calls {
            match self {
                Self::LetsCallsLieBehindAStream => call.is_small = true,
                Self::SignalsTooEarly => {
                    if let Some(Cancel::AtNextItem { until }) = &mut call.cancel {
                        *until = now;
                    }
                }
                Self::EndsAWorkerTooEarly => {
                    if let Some(Cancel::Ending { until }) = &mut call.cancel {
                        *until = now;
                    }
                }
                _ => {}
            }
            let Some(flow) = &mut call.flow else {
                continue;
            };
            match self {
                Self::CountsNoItems => flow.take(Credit { items: 9, bytes: 0 }),
                Self::CountsNoBytes => flow.take(Credit {
                    items: 0,
                    bytes: 1 << 30,
                }),
                Self::WaitsForConsumersForEver if is_draining => flow.never_stalls(),
                Self::TellsNobody => flow.is_told = true,
                _ => {}
            }
        }
        // A tick that is due because of what was spoilt.
        if let (Self::SignalsTooEarly | Self::EndsAWorkerTooEarly, Event::Cancelling(..)) =
            (self, &*event)
        {
            *event = Event::Tick;
        }
    }
}
