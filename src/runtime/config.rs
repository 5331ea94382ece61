//! What a pool is made from.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that is fixed for the life of a pool.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// The user's script, absolute.
    pub script: PathBuf,
    /// Number of worker processes.
    pub workers: usize,
    /// Name or path of the interpreter; `None` to search for one.
    pub python: Option<OsString>,
    /// Name of the environment variable that may name an interpreter.
    pub interpreter_variable: Option<OsString>,
    /// Python module that each worker loads as a plugin.
    pub plugin: Option<String>,
    /// The whole environment of the workers.
    pub env: Vec<(OsString, OsString)>,
    /// Working directory of the workers; `None` for the host's.
    pub cwd: Option<PathBuf>,
    /// Arguments for the interpreter, before the script.
    pub python_args: Vec<OsString>,
    /// Bound on importing the script.
    pub startup_timeout: Duration,
    /// Crashes in a row that retire a worker.
    pub max_crashes: u32,
    /// How many calls may wait for a worker.
    pub max_queue: usize,
    /// Bound on the time a call may wait for a worker; `None` for no bound.
    pub queue_timeout: Option<Duration>,
    /// Bound on the size of a request or a reply in bytes.
    pub max_payload: u32,
    /// Whether calls are traced; `None` leaves it to the environment of the workers.
    pub tracing: Option<bool>,
    /// The package's folder with `start.py` and `guardian.py`.
    pub python_dir: PathBuf,
}
