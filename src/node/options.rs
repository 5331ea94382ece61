//! The options as users write them.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`pool.js` has checked that the numbers are whole and within their range"
)]
#![expect(clippy::doc_markdown, reason = "`{@link X}` is how TSDoc refers to X")]

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use napi_derive::napi;

use super::handle::LogFunction;
use super::raw::DeliverFunction;
use crate::runtime::PoolConfig;

/// Options of a {@link PythonWorkerPool}. Every one may be left out.
#[napi(object, object_to_js = false)]
pub struct PythonWorkerPoolOptions {
    /// Number of worker processes, at least 1. Default: 1. Each worker imports the script and holds
    /// its own copy of what that loads; more than 8 log a warning about memory.
    pub workers: Option<f64>,
    /// Python interpreter: a path, or a name to look up on `PATH`. Default: `PROMPTFOO_PYTHON`; an
    /// active virtual environment (`VIRTUAL_ENV`); `.venv` or `venv` beside the script or in the
    /// working directory; `python3`, then `python` on `PATH`; on Windows `py -3`.
    pub python_path: Option<String>,
    /// Bound on one call in milliseconds, counted from the moment a worker has it. Default: the
    /// environment's `REQUEST_TIMEOUT_MS`, else 120 000. `Infinity` for no bound.
    pub timeout: Option<f64>,
    /// Bound on importing the script in milliseconds. Default: the environment's
    /// `PYTHON_WORKER_STARTUP_TIMEOUT`, else 120 000. An import still running is logged every 10 s.
    pub startup_timeout: Option<f64>,
    /// Bound on the time a call waits for a worker, in milliseconds; a call that waits longer rejects
    /// with `ERR_QUEUE_TIMEOUT` and never reaches Python. Default: none.
    pub queue_timeout: Option<f64>,
    /// How many calls may wait for a worker, at least 0; one more rejects with `ERR_QUEUE_FULL`. Where
    /// calls take less than half a millisecond, a worker may have up to 64 of them at a time, which do
    /// not count. Default: no bound.
    pub max_queue: Option<f64>,
    /// Crashes or failed restarts in a row after which a worker is given up, at least 1. Default: 3.
    /// The first restart is immediate, the next comes after 100 ms, doubling up to 5 s.
    pub max_crashes: Option<f64>,
    /// Bound on the arguments of a call, and on its result, in bytes as they are sent (JSON text, and
    /// long strings beside it), at most 4 GiB less 1 MiB. Default: 1 GiB.
    pub max_payload: Option<f64>,
    /// Working directory of the workers. Default: that of Node.js.
    pub cwd: Option<String>,
    /// The whole environment of the workers. Default: that of Node.js when `initialize` is called.
    /// `PYTHONUTF8=1` is added unless it says something else of `PYTHONUTF8`.
    #[napi(ts_type = "Record<string, string | undefined>")]
    pub env: Option<HashMap<String, String>>,
    /// Arguments for the interpreter, as `['-X', 'dev']`. Default: none.
    pub python_args: Option<Vec<String>>,
    /// Whether each call is an OpenTelemetry span under the `traceparent` in its third argument. Needs
    /// OpenTelemetry in the workers' Python, without which there is one warning. Default: what
    /// `PROMPTFOO_ENABLE_OTEL` in the environment of the workers says (`true`, `1` or `yes`).
    pub tracing: Option<bool>,
    /// Receives the pool's own messages and what the script prints. Default: warnings and errors
    /// go to stderr, the rest nowhere.
    #[napi(ts_type = "Logger")]
    pub logger: Option<LogFunction>,
    /// Of `pool.js`.
    #[napi(skip_typescript)]
    pub deliver: Option<DeliverFunction>,
    /// Of `pool.js`: the Python package with hooks for the callers' conventions.
    #[napi(skip_typescript)]
    pub plugin: Option<String>,
}

impl PythonWorkerPoolOptions {
    /// The configuration of a pool. `pool.js` has checked every value and filled in the defaults;
    /// what is left out all the same gets the least surprising value.
    pub(super) fn into_config(self, script: String, python_dir: String) -> PoolConfig {
        PoolConfig {
            script: PathBuf::from(script),
            workers: self.workers.map_or(1, |workers| workers as usize),
            python: self.python_path.map(OsString::from),
            env: Vec::new(), // `initialize` brings it
            cwd: self.cwd.map(PathBuf::from),
            python_args: self
                .python_args
                .unwrap_or_default()
                .into_iter()
                .map(OsString::from)
                .collect(),
            startup_timeout: self.startup_timeout.map_or(DEFAULT_TIMEOUT, millis),
            max_queue: self.max_queue.map_or(usize::MAX, |calls| calls as usize),
            queue_timeout: self.queue_timeout.map(millis),
            max_crashes: self.max_crashes.map_or(3, |crashes| crashes as u32),
            max_payload: self.max_payload.map_or(1 << 30, |bytes| bytes as u32),
            tracing: self.tracing,
            plugin: self.plugin.unwrap_or_default(),
            python_dir: PathBuf::from(python_dir),
        }
    }
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
/// What `Infinity` and everything near it become: 31 years.
const LONGEST: Duration = Duration::from_secs(1_000_000_000);

/// Milliseconds as JavaScript counts them.
pub(super) fn millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0)
        .unwrap_or(LONGEST)
        .min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinite_and_huge_timeouts_do_not_overflow() {
        assert_eq!(millis(1.5), Duration::from_micros(1500));
        assert_eq!(millis(f64::INFINITY), LONGEST);
        assert_eq!(millis(1e300), LONGEST);
        assert_eq!(millis(3e9), Duration::from_secs(3_000_000));
    }
}
