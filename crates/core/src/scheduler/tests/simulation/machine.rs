//! What the simulation runs: the scheduler, or one with a bug.

use std::time::Instant;

use super::sabotage::Bug;
use super::saboteur::{Saboteur, delayed};
use super::world::World;
use crate::failure::Failure;
use crate::scheduler::{Effects as _, Event, Scheduler, Settings};

pub(super) struct Machine {
    pub(super) scheduler: Scheduler,
    bug: Option<Bug>,
}

impl Machine {
    pub(super) fn sound(settings: Settings) -> Self {
        Self {
            scheduler: Scheduler::new(settings),
            bug: None,
        }
    }

    pub(super) fn with(bug: Bug, settings: Settings) -> Self {
        Self {
            bug: Some(bug),
            ..Self::sound(bug.change_settings(settings))
        }
    }

    pub(super) fn handle(&mut self, mut event: Event, now: Instant, world: &mut World) {
        let Some(bug) = self.bug else {
            return self.scheduler.handle(event, now, world);
        };
        let is_start = matches!(event, Event::Prepared(_));
        let slots = self.scheduler.slots.iter();
        let budgets: Vec<_> = slots.map(|slot| slot.budget).collect();
        let drain = self.scheduler.drain;
        if bug == Bug::RefusesCallsDuringAStart && self.scheduler.lifecycle.has_pending_start() {
            event = match event {
                Event::Submit(call) => {
                    world.settle(call, Err(Failure::NotInitialized));
                    Event::Tick
                }
                event => event,
            };
        }
        bug.before(&mut self.scheduler, &mut event, now);
        if bug == Bug::CarriesEffectsOutAfterwards {
            return delayed(world, |fx| self.scheduler.handle(event, now, fx));
        }
        let is_abort = matches!(event, Event::Abort(_));
        let mut fx = Saboteur::new(bug, is_abort, world);
        self.scheduler.handle(event, now, &mut fx);
        bug.after(&mut self.scheduler, &mut fx, now);
        if bug == Bug::TakesCallsDuringADrain && self.scheduler.is_running() {
            self.scheduler.drain = self.scheduler.drain.or(drain);
        }
        if bug == Bug::KeepsTheBudgetOfBefore && is_start {
            for (slot, budget) in self.scheduler.slots.iter_mut().zip(&budgets) {
                slot.budget = *budget;
            }
        }
    }
}
