//! A snapshot of a pool in numbers, as JavaScript gets it. Durations are in milliseconds.

use serde::Serialize;

use crate::histogram::HistogramSummary;

/// A pool at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolStats {
    /// Where it is in its life.
    pub state: PoolState,
    /// The calls that no worker has.
    pub queue: QueueStats,
    /// Its workers, in the order of their indexes.
    pub workers: Vec<WorkerStats>,
    /// From submission to the place in a worker, of calls that had one when they were settled.
    pub wait_time: HistogramSummary,
    /// From there to the outcome.
    pub run_time: HistogramSummary,
}

/// The state of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolState {
    /// It was not started, its last start failed, or it was shut down.
    Idle,
    /// It finds an interpreter and imports the script in all workers.
    Starting,
    /// It serves calls.
    Running,
    /// It is being shut down.
    Closing,
    /// Every worker was given up.
    Dead,
}

/// The calls that wait.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueStats {
    /// How many.
    pub length: usize,
    /// How long ago the oldest of them was submitted; 0 if there is none.
    pub longest_wait: f64,
}

/// A worker at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerStats {
    /// Its index in the pool, from 0.
    pub index: usize,
    /// Its process id, if it has a process.
    pub pid: Option<u32>,
    /// What it does.
    pub state: WorkerState,
    /// How many calls it has ended, in all its processes.
    pub calls: u64,
    /// How many calls without an outcome it has.
    pub in_flight: usize,
    /// The resident memory of its process in bytes, if that can be read.
    pub rss: Option<u64>,
    /// How often its process was replaced.
    pub restarts: Restarts,
}

/// The state of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkerState {
    /// Its process imports the script.
    Starting,
    /// It has no call.
    Idle,
    /// It has a call, or does not respond.
    Busy,
    /// Its process is about to end.
    Stopping,
    /// It has no process, and may get one.
    Stopped,
    /// It crashed too often to be restarted.
    Dead,
}

impl WorkerState {
    /// Its name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::Busy => "busy",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Dead => "dead",
        }
    }
}

/// Why a worker gets a new process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartReason {
    /// The old one crashed, violated the protocol, or could not import the script in a restart.
    Crash,
    /// A call took too long, or the old process did not respond.
    Timeout,
    /// A call was aborted.
    Abort,
}

/// How often a worker got a new process, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Restarts {
    /// For [`RestartReason::Crash`].
    pub crash: u64,
    /// For [`RestartReason::Timeout`].
    pub timeout: u64,
    /// For [`RestartReason::Abort`].
    pub abort: u64,
}

impl Restarts {
    /// Counts one.
    pub fn count(&mut self, reason: RestartReason) {
        *match reason {
            RestartReason::Crash => &mut self.crash,
            RestartReason::Timeout => &mut self.timeout,
            RestartReason::Abort => &mut self.abort,
        } += 1;
    }
}

impl PoolStats {
    /// As JSON text.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never panics")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and names are JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_json_has_the_names_of_javascript() {
        let summary = HistogramSummary {
            count: 2,
            min: 0.5,
            mean: 0.75,
            max: 1.0,
            ..HistogramSummary::default()
        };
        let stats = PoolStats {
            state: PoolState::Running,
            queue: QueueStats {
                length: 3,
                longest_wait: 1.25,
            },
            workers: vec![WorkerStats {
                index: 0,
                pid: None,
                state: WorkerState::Stopped,
                calls: 7,
                in_flight: 1,
                rss: Some(4096),
                restarts: Restarts {
                    crash: 1,
                    ..Restarts::default()
                },
            }],
            wait_time: summary,
            run_time: HistogramSummary::default(),
        };
        let zeros = json!({ "count": 0, "min": 0.0, "mean": 0.0, "max": 0.0, "p50": 0.0, "p90": 0.0, "p99": 0.0 });
        let value: Value = serde_json::from_str(&stats.to_json()).unwrap();
        assert_eq!(
            value,
            json!({
                "state": "running",
                "queue": { "length": 3, "longestWait": 1.25 },
                "workers": [{
                    "index": 0, "pid": null, "state": "stopped", "calls": 7, "inFlight": 1, "rss": 4096,
                    "restarts": { "crash": 1, "timeout": 0, "abort": 0 },
                }],
                "waitTime": { "count": 2, "min": 0.5, "mean": 0.75, "max": 1.0, "p50": 0.0, "p90": 0.0, "p99": 0.0 },
                "runTime": zeros,
            })
        );
    }

    #[test]
    fn the_name_of_a_state_is_that_of_its_json() {
        let states = [
            WorkerState::Starting,
            WorkerState::Idle,
            WorkerState::Busy,
            WorkerState::Stopping,
            WorkerState::Stopped,
            WorkerState::Dead,
        ];
        for state in states {
            assert_eq!(json!(state), json!(state.as_str()));
        }
    }

    #[test]
    fn each_reason_has_its_own_count() {
        let mut restarts = Restarts::default();
        restarts.count(RestartReason::Crash);
        restarts.count(RestartReason::Timeout);
        restarts.count(RestartReason::Timeout);
        restarts.count(RestartReason::Abort);
        let expected = Restarts {
            crash: 1,
            timeout: 2,
            abort: 1,
        };
        assert_eq!(restarts, expected);
    }
}
