//! What a process is started with.

use std::ffi::OsString;
use std::path::PathBuf;

/// A program, its arguments and everything it inherits.
#[derive(Debug, Clone)]
pub struct Command {
    /// An absolute path: `PATH` is not searched.
    pub program: PathBuf,
    /// The arguments after the program's own name.
    pub args: Vec<OsString>,
    /// The whole environment: nothing of the host's is added to it.
    pub env: Vec<(OsString, OsString)>,
    /// The working directory; the host's if `None`.
    pub cwd: Option<PathBuf>,
}
