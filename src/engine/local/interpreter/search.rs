//! Where to look for an interpreter.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::platform;

/// Where to look for an interpreter, and for whom.
#[derive(Debug, Clone)]
pub struct Search {
    /// The `pythonPath` option: the path of an interpreter or of a virtual environment (a relative one
    /// starts from `cwd`, `~` is not expanded), or a name to look up on `PATH`. Empty counts as absent.
    pub explicit: Option<OsString>,
    /// Name of the environment variable that may name an interpreter, in the same way.
    pub interpreter_variable: Option<String>,
    /// The environment of the future workers: it is searched, and candidates run in it.
    pub env: Vec<(OsString, OsString)>,
    /// The user's script, if it is a file: its project's virtual environment is used.
    pub script: Option<PathBuf>,
    /// The working directory of the future workers; empty if it is the host's, and that is not known.
    pub cwd: PathBuf,
    /// Whether `cwd` is the host's. Candidates then inherit it: the host may be in a directory that it
    /// may not enter.
    pub inherits_cwd: bool,
    /// Ends the search shortly after it is set from elsewhere, with no interpreter found.
    pub cancelled: Arc<AtomicBool>,
}

impl Search {
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The value of an environment variable; `None` if it is unset or empty.
    pub(super) fn var(&self, name: &str) -> Option<&OsStr> {
        let (_, value) = self
            .env
            .iter()
            .find(|(known, _)| platform::is_same_variable(known, name))?;
        (!value.is_empty()).then_some(value)
    }
}
