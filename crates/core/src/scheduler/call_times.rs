//! How long the calls of a pool have waited and run.

use crate::call::CallTimes;
use crate::histogram::Histogram;
use crate::stats::PoolStats;

/// The times of all calls that have their outcome.
#[derive(Clone, Debug)]
pub struct CallTimesRecord {
    wait: Histogram,
    run: Histogram,
    /// How many calls each worker has ended.
    calls: Vec<u64>,
}

impl CallTimesRecord {
    /// Of a pool with so many workers.
    #[must_use]
    pub fn new(workers: usize) -> Self {
        Self {
            wait: Histogram::default(),
            run: Histogram::default(),
            calls: vec![0; workers],
        }
    }

    /// Records a call that is settled. One without a place in a worker has no time that a worker needed.
    pub fn record(&mut self, times: &CallTimes) {
        if let Some((worker, run)) = times.run {
            self.wait.record(times.wait);
            self.run.record(run);
            if let Some(calls) = self.calls.get_mut(worker) {
                *calls += 1;
            }
        }
    }

    /// Adds what was recorded to a snapshot.
    pub fn add_to(&self, stats: &mut PoolStats) {
        stats.wait_time = self.wait.summary();
        stats.run_time = self.run.summary();
        for (worker, calls) in stats.workers.iter_mut().zip(&self.calls) {
            worker.calls = *calls;
        }
    }
}
