//! What local workers are made from.

use std::ffi::OsString;
use std::path::PathBuf;

use super::script::Script;

/// The fixed properties of a local engine.
#[derive(Clone, Debug)]
pub struct LocalConfig {
    /// The user's script.
    pub script: Script,
    /// Name or path of the interpreter; `None` to search for one.
    pub python: Option<OsString>,
    /// Name of the environment variable that may name an interpreter.
    pub interpreter_variable: Option<String>,
    /// Python module that each worker loads as a plugin.
    pub plugin: Option<String>,
    /// The function that calls are expected to name.
    pub function: Option<String>,
    /// Working directory of the workers; `None` for the host's.
    pub cwd: Option<PathBuf>,
    /// Arguments for the interpreter, before the script.
    pub python_args: Vec<OsString>,
    /// Maximum size of a request or a reply in bytes.
    pub max_payload: u32,
    /// Whether calls are traced; `None` leaves it to the environment of the workers.
    pub tracing: Option<bool>,
    /// Whether workers report the files of the user's project that they load.
    pub reports_files: bool,
    /// How many async calls a worker runs at a time.
    pub concurrency: u64,
    /// How many plain calls a worker runs at a time.
    pub threads: u64,
    /// The package's folder with `start.py` and `guardian.py`.
    pub python_dir: PathBuf,
}
