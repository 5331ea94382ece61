//! The states of workers that the observer knows.

use pool_core::stats::WorkerState;

use super::observer::Observer;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Announced {
    /// Of each worker, with its process.
    states: Vec<(WorkerState, Option<u32>)>,
    /// Whether idle and busy are told apart: a change of the two is as frequent as calls are.
    watches_calls: bool,
}

impl Announced {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            states: vec![(WorkerState::Stopped, None); workers],
            watches_calls: false,
        }
    }

    pub(super) fn watch_calls(&mut self, is_watched: bool) {
        self.watches_calls = is_watched;
    }

    /// Announces the states that are new.
    pub(super) fn update(
        &mut self,
        states: impl Iterator<Item = WorkerState>,
        pid: impl Fn(usize) -> Option<u32>,
        observer: &impl Observer,
    ) {
        for (worker, (announced, state)) in self.states.iter_mut().zip(states).enumerate() {
            if state == announced.0 && state != WorkerState::Starting {
                continue;
            }
            if !self.watches_calls && serves(state) && serves(announced.0) {
                continue;
            }
            let new = (state, pid(worker));
            // A start is announced with its process.
            let is_early = state == WorkerState::Starting && new.1.is_none();
            if new != *announced && !is_early {
                *announced = new;
                observer.worker_changed(worker, new.1, state);
            }
        }
    }
}

fn serves(state: WorkerState) -> bool {
    matches!(state, WorkerState::Idle | WorkerState::Busy)
}
