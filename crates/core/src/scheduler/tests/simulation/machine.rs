//! What the simulation runs: the scheduler, or one with a bug.

use std::time::Instant;

use super::super::{Action, Event, Scheduler, Settings, Ticket};
use super::sabotage::Bug;

pub(super) struct Machine {
    pub(super) scheduler: Scheduler<Ticket>,
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
            scheduler: Scheduler::new(bug.change_settings(settings)),
            bug: Some(bug),
        }
    }

    pub(super) fn handle(&mut self, mut event: Event<Ticket>, now: Instant) -> Vec<Action<Ticket>> {
        let mut actions = Vec::new();
        if let Some(bug) = self.bug {
            bug.before(&mut self.scheduler, &mut event, now);
        }
        self.scheduler.handle(event, now, &mut actions);
        if let Some(bug) = self.bug {
            bug.after(&mut self.scheduler, &mut actions, now);
        }
        actions
    }
}
