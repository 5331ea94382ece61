//! Bugs in the rules of placement, of calls that run again, and of slots that were given up.

use std::time::{Duration, Instant};

use super::sabotage::Bug;
use crate::scheduler::slot::{Rescue, Slot, State};
use crate::scheduler::timing::FIRST_START_WAIT;
use crate::scheduler::{Event, Scheduler};

impl Bug {
    pub(super) fn spoil_placement(
        self,
        scheduler: &mut Scheduler,
        event: &mut Event,
        now: Instant,
    ) {
        match self {
            Self::KeepsTheWindowAtOne => {
                let slots = scheduler.slots.iter_mut();
                slots.for_each(|slot| slot.prefetch.shrink());
            }
            Self::CrowdsOneWorker => {
                let slots = scheduler.slots.iter_mut().skip(1);
                slots.for_each(|slot| slot.prefetch.shrink());
            }
            Self::PrefersTheFirstToAnswer => {
                let slots = scheduler.slots.iter_mut();
                slots.for_each(|slot| slot.sent += 3);
            }
            Self::LeavesSecondCallsUncounted => {
                let slots = scheduler.slots.iter_mut();
                slots.for_each(|slot| slot.prefetch.seem_proven());
            }
            Self::NeverRescues => {
                let slots = scheduler.slots.iter_mut();
                slots.for_each(|slot| slot.rescue = None);
            }
            Self::RescuesOnceMore | Self::RestartsTheClockOfARescue => {
                let calls = scheduler.slots.iter_mut().flat_map(|slot| &mut slot.calls);
                calls.for_each(|call| call.forget_rescue(self == Self::RescuesOnceMore));
            }
            Self::RescuesTooEarly => {
                let slots = scheduler.slots.iter_mut();
                let waiting = slots.filter(|slot| slot.rescue.is_some());
                waiting.for_each(|slot| slot.rescue = Some(Rescue::WhenPossible));
            }
            Self::RescuesLargeCalls => scheduler.slots.iter_mut().for_each(rescue_large),
            Self::SendsToASilentWorker if scheduler.queue.is_empty() => {
                scheduler.for_each_state(|state| {
                    if let State::Silent { .. } = state {
                        *state = State::Ready;
                    }
                });
            }
            Self::WaitsForAPingForEver => scheduler.for_each_state(|state| {
                if let State::Silent { until } = state {
                    *until += Duration::from_secs(3600);
                }
            }),
            Self::RunsAgainOnceMore | Self::NeverRunsAgain => {
                if let Event::Submit(call) = event {
                    let is_more = self == Self::RunsAgainOnceMore;
                    call.options.retries = u32::from(is_more) * (call.options.retries + 1);
                }
            }
            Self::RevivesTooEarly => {
                scheduler.revive_at = scheduler.revive_at.map(|_| now);
            }
            Self::NeverRevives => scheduler.revive_at = None,
            Self::RevivesSeveralAtOnce => {
                let slots = scheduler.slots.iter_mut();
                slots.for_each(|slot| slot.is_on_trial = false);
            }
            Self::LeavesTheOthersDown => scheduler.has_dormant_slots = false,
            _ => self.spoil_cancelling(scheduler, event, now),
        }
    }
}

/// Has a call rescued that is too large for that, when its time is over.
fn rescue_large(slot: &mut Slot) {
    if let Some(first) = slot.calls.front()
        && let Some(call) = first.call()
        && let Some(since) = first.started_at
        && !call.request().is_rescuable()
    {
        slot.rescue = Some(Rescue::At(since + FIRST_START_WAIT));
    }
}
