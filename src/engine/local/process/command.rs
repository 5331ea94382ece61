//! What a process is started with.

use std::ffi::OsString;
use std::path::PathBuf;

/// A program, its arguments and all that it inherits.
#[derive(Debug, Clone)]
pub struct Command {
    /// Absolute path: no search path is looked at.
    pub program: PathBuf,
    /// The arguments after the program's own name.
    pub args: Vec<OsString>,
    /// The whole environment: nothing of the host's is added to it.
    pub env: Vec<(OsString, OsString)>,
    /// The working directory; the host's when absent.
    pub cwd: Option<PathBuf>,
}
