//! The rules have teeth: a scheduler with a bug breaks the rule that forbids it.

use std::time::{Duration, Instant};

use super::Sizing;
use crate::scheduler::slot::State;
use crate::scheduler::tests::model;
use crate::scheduler::{Event, Scheduler};

/// What may be wrong with a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    GrowsAtOnce,
    GrowsTooLate,
    StartsOneForEachCall,
    StartsForNoCall,
    ForgetsSlotsWithoutAWorker,
    EndsTooEarly,
    EndsTooLate,
    EndsTheOldestFirst,
    EndsTooMany,
    KeepsTooMany,
    TakesAFailedFirstStartForACrash,
}

/// Each bug, and the rule it breaks.
const BUGS: [(Bug, &str); 12] = [
    (Bug::GrowsAtOnce, "Grow"),
    (Bug::GrowsTooLate, "NoIdleWait"),
    (Bug::StartsOneForEachCall, "Grow"),
    (Bug::StartsOneForEachCall, "Double"),
    (Bug::StartsForNoCall, "Start"),
    (Bug::ForgetsSlotsWithoutAWorker, "NoIdleWait"),
    (Bug::EndsTooEarly, "Idle"),
    (Bug::EndsTooLate, "Shrink"),
    (Bug::EndsTheOldestFirst, "Idle"),
    (Bug::EndsTooMany, "Min"),
    (Bug::KeepsTooMany, "Shrink"),
    (Bug::TakesAFailedFirstStartForACrash, "FirstLoad"),
];

const WORLDS: u64 = 400;
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn every_bug_is_caught_by_the_rule_it_breaks() {
    model::catch_bugs::<Sizing>(&BUGS, WORLDS);
}

impl model::Bug for Bug {
    fn spoil(self, scheduler: &mut Scheduler, event: &mut Event, now: Instant) {
        let sizing = &mut scheduler.sizing;
        match self {
            Self::GrowsAtOnce => sizing.last_start = sizing.last_start.map(|_| Duration::ZERO),
            Self::GrowsTooLate => sizing.last_start = sizing.last_start.map(|_| HOUR),
            // As a pool whose size is fixed, all of whose workers were given up.
            Self::StartsOneForEachCall if scheduler.lifecycle.is_running() => {
                sizing.min = sizing.max;
            }
            Self::StartsForNoCall => {
                for slot in &mut scheduler.slots {
                    if let State::Dormant = slot.state {
                        slot.state = State::BackingOff { restart_at: now };
                    }
                }
            }
            Self::ForgetsSlotsWithoutAWorker => scheduler.has_dormant_slots = false,
            Self::EndsTooEarly => sizing.idle_timeout = Some(Duration::ZERO),
            Self::EndsTooLate => sizing.idle_timeout = Some(HOUR),
            Self::EndsTheOldestFirst => {
                for slot in &mut scheduler.slots {
                    slot.started_at = None;
                }
            }
            Self::EndsTooMany if scheduler.lifecycle.is_running() => sizing.min = 0,
            Self::KeepsTooMany if scheduler.lifecycle.is_running() => sizing.min += 1,
            Self::TakesAFailedFirstStartForACrash => {
                if let Event::Exited { .. } = event {
                    sizing.last_start.get_or_insert(HOUR);
                }
            }
            _ => {}
        }
    }
}
