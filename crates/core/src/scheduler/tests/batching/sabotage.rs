//! The rules have teeth: a scheduler with a bug breaks the rule that forbids it.

use std::time::{Duration, Instant};

use super::Batching;
use crate::call::{Call, CallOptions};
use crate::id::CallId;
use crate::scheduler::lifecycle::Drain;
use crate::scheduler::slot::{Cancel, InFlight};
use crate::scheduler::tests::model;
use crate::scheduler::{Event, Scheduler};
use crate::wire::Credit;

/// What may be wrong with a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    MixesUpOutcomes,
    ForgetsTheOtherAnswers,
    AbortsAllForOne,
    RunsAgainTooOften,
    RefusesACallTooEarly,
    TimesOutAllForOne,
    MixesShapes,
    SendsACallAlone,
    TakesOneTooMany,
    TakesTooFew,
    OverlooksTheSize,
    LetsCallsOvertake,
    HasOnePlaceTooMany,
    RunsATaskBesideAPlainCall,
    PrefetchesBehindABatch,
    NeverWaits,
    WaitsTooLong,
    WaitsInADrain,
    UsesAnIdAgain,
    TakesOneCallTooMany,
    OverlooksAborts,
    WaitsForTheLast,
    ForgetsTheTimeBeforeARescue,
    EndsABatchTooEarly,
    CancelsWhatIsOver,
    NeverCancels,
}

/// Each bug, and the rule it breaks.
const BUGS: [(Bug, &str); 28] = [
    (Bug::MixesUpOutcomes, "Outcome"),
    (Bug::ForgetsTheOtherAnswers, "Outcome"),
    (Bug::AbortsAllForOne, "Outcome"),
    (Bug::RunsAgainTooOften, "Outcome"),
    (Bug::RefusesACallTooEarly, "Outcome"),
    (Bug::TimesOutAllForOne, "Outcome"),
    (Bug::MixesShapes, "Alike"),
    (Bug::SendsACallAlone, "Alike"),
    (Bug::TakesOneTooMany, "Max"),
    (Bug::TakesTooFew, "Whole"),
    (Bug::OverlooksTheSize, "Size"),
    (Bug::LetsCallsOvertake, "Order"),
    (Bug::LetsCallsOvertake, "Fifo"),
    (Bug::HasOnePlaceTooMany, "Place"),
    (Bug::RunsATaskBesideAPlainCall, "Place"),
    (Bug::PrefetchesBehindABatch, "Alone"),
    (Bug::NeverWaits, "Early"),
    (Bug::WaitsTooLong, "Wait"),
    (Bug::WaitsInADrain, "Wait"),
    (Bug::TakesOneCallTooMany, "Wait"),
    (Bug::TakesOneCallTooMany, "Queue"),
    (Bug::UsesAnIdAgain, "Ids"),
    (Bug::OverlooksAborts, "Abort"),
    (Bug::WaitsForTheLast, "OnTime"),
    (Bug::ForgetsTheTimeBeforeARescue, "OnTime"),
    (Bug::EndsABatchTooEarly, "Cancel"),
    (Bug::CancelsWhatIsOver, "Cancel"),
    (Bug::NeverCancels, "Told"),
];

const WORLDS: u64 = 600;

#[test]
fn every_bug_is_caught_by_the_rule_it_breaks() {
    model::catch_bugs::<Batching>(&BUGS, WORLDS);
}

impl model::Bug for Bug {
    fn spoil(self, scheduler: &mut Scheduler, event: &mut Event, now: Instant) {
        match self {
            Self::UsesAnIdAgain => scheduler.batches = 0,
            Self::OverlooksTheSize => scheduler.queue.overlook_sizes(),
            Self::LetsCallsOvertake => scheduler.queue.swap_first_two(),
            Self::RefusesACallTooEarly => {
                let limit = scheduler.settings.max_queue - 1;
                scheduler.queue.set_limit(limit);
            }
            Self::TakesOneCallTooMany => {
                let limit = scheduler.settings.max_queue.saturating_add(1);
                scheduler.queue.set_limit(limit);
            }
            _ => {}
        }
        let slots = scheduler.slots.iter_mut();
        for slot in slots {
            slot.places = slot.places.map(|places| match self {
                Self::HasOnePlaceTooMany => places.with_one_more(true),
                Self::RunsATaskBesideAPlainCall => places.with_one_more(false),
                _ => places,
            });
            for call in slot.calls.iter_mut().filter(|call| call.is_batch()) {
                self.spoil_batch(call, event, now);
            }
            slot.count_anew();
        }
        match event {
            Event::Submit(call) => self.spoil_options(&mut call.options),
            Event::Drain { .. } if self == Self::WaitsInADrain => {
                scheduler.drain = Some(Drain {
                    until: None,
                    grace: Duration::ZERO,
                    restart: false,
                });
                let nothing = Credit { items: 0, bytes: 0 };
                *event = Event::Taken(CallId(0), nothing);
            }
            _ => {}
        }
    }
}

impl Bug {
    fn spoil_options(self, options: &mut CallOptions) {
        match (self, &mut options.batch) {
            (Self::RunsAgainTooOften, _) => options.retries += 1,
            (Self::MixesShapes, Some(batching)) => batching.shape = "1".into(),
            (Self::TakesOneTooMany, Some(batching)) => batching.max += 1,
            (Self::TakesTooFew, Some(batching)) => batching.max = 1,
            (Self::NeverWaits, Some(batching)) => batching.wait = Duration::ZERO,
            (Self::WaitsTooLong, Some(batching)) => batching.wait += Duration::from_millis(10),
            (Self::SendsACallAlone, batch) => *batch = None,
            _ => {}
        }
    }

    fn spoil_batch(self, call: &mut InFlight, event: &mut Event, now: Instant) {
        let mut ids = call.pending().map(Call::id);
        match (self, event) {
            (Self::MixesUpOutcomes, Event::Replied(_, id, _)) => {
                if let Some(other) = ids.next().filter(|_| call.is_to_answer(*id)) {
                    *id = other;
                }
            }
            (Self::AbortsAllForOne, Event::Abort(aborted)) if call.has_any_of(aborted) => {
                aborted.extend(ids);
            }
            (Self::OverlooksAborts, Event::Abort(aborted)) => {
                ids.for_each(|id| {
                    aborted.remove(&id);
                });
            }
            (Self::EndsABatchTooEarly, Event::Tick) => {
                drop(ids);
                call.cancel = Some(Cancel::Ending { until: now });
            }
            (bug, _) => {
                drop(ids);
                match bug {
                    Self::ForgetsTheOtherAnswers => call.forget_other_answers(),
                    Self::CancelsWhatIsOver => call.forget_end(),
                    Self::WaitsForTheLast => call.time_as_one(true),
                    Self::TimesOutAllForOne => call.time_as_one(false),
                    Self::ForgetsTheTimeBeforeARescue if call.first_deadline().is_some() => {
                        call.forget_rescue(false);
                    }
                    Self::PrefetchesBehindABatch => call.is_small = true,
                    _ => {}
                }
            }
        }
    }
}
