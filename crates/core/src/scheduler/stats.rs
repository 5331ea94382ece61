//! What the scheduler knows of a pool, in numbers.

use std::time::Instant;

use super::machine::Scheduler;
use super::slot::{InFlight, Slot, State, TimedOut};
use crate::failure::in_millis;
use crate::histogram::HistogramSummary;
use crate::stats::{PoolState, PoolStats, QueueStats, WorkerState, WorkerStats};

impl Scheduler {
    /// A snapshot without what only the runtime knows: processes, and calls that have their outcome.
    #[must_use]
    pub fn stats(&self, now: Instant) -> PoolStats {
        let slots = self.slots.iter().enumerate();
        PoolStats {
            state: self.pool_state(),
            queue: QueueStats {
                length: self.queue.len(),
                longest_wait: self.longest_wait(now),
            },
            workers: slots.map(|(index, slot)| slot.stats(index)).collect(),
            wait_time: HistogramSummary::default(),
            run_time: HistogramSummary::default(),
        }
    }

    /// The states of the workers, in the order of their indexes.
    pub fn worker_states(&self) -> impl Iterator<Item = WorkerState> {
        self.slots.iter().map(Slot::worker_state)
    }

    fn pool_state(&self) -> PoolState {
        if self.lifecycle.is_at_rest() {
            PoolState::Idle
        } else if self.lifecycle.is_closing() || self.drain.is_some() {
            PoolState::Closing
        } else if !self.is_running() {
            PoolState::Starting
        } else if self.is_dead() {
            PoolState::Dead
        } else {
            PoolState::Running
        }
    }

    fn longest_wait(&self, now: Instant) -> f64 {
        let oldest = self.queue.fronts().map(|(_, queued)| &queued.call);
        let oldest = oldest.min_by_key(|call| call.id());
        oldest.map_or(0.0, |call| in_millis(call.times(now).wait))
    }
}

impl Slot {
    fn stats(&self, index: usize) -> WorkerStats {
        WorkerStats {
            index,
            pid: None,
            state: self.worker_state(),
            calls: 0,
            in_flight: self.calls.iter().flat_map(InFlight::pending).count(),
            rss: None,
            restarts: self.restarts,
        }
    }

    fn worker_state(&self) -> WorkerState {
        match self.state {
            State::Stopped | State::BackingOff { .. } | State::Dormant => WorkerState::Stopped,
            State::Failed => WorkerState::Dead,
            State::Starting { .. }
            | State::DumpingStacks {
                timed_out: TimedOut::Startup { .. },
                ..
            } => WorkerState::Starting,
            State::Ready if self.calls.is_empty() => WorkerState::Idle,
            State::Ready
            | State::Draining { .. }
            | State::Silent { .. }
            | State::DumpingStacks { .. } => WorkerState::Busy,
            State::Poisoned { .. } | State::Terminating { .. } => WorkerState::Stopping,
        }
    }
}
