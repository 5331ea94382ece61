//! What every worker of a pool is started from.

use crate::engine::local::process::Command;
use crate::engine::local::script::Script;

/// What a worker process needs to know.
#[derive(Debug)]
pub struct WorkerSpec {
    /// How to start it.
    pub command: Command,
    /// The script to import.
    pub script: Script,
    /// The largest payload, in bytes.
    pub max_payload: u32,
    /// Whether calls are traced; `None` leaves it to the environment.
    pub tracing: Option<bool>,
    /// Name of the Python package with hooks for the callers' conventions; empty for none.
    pub plugin: String,
}
