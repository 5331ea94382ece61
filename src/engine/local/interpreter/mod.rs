//! Finds a Python to run workers with.
//!
//! ```text
//! find(search)
//!   ├─ candidates   what to try, in which order, and why
//!   ├─ cache        what is known of a file already; one probe at a time for each
//!   └─ probe        runs a candidate, bounded in time, and asks for its version and real path
//! ```
//!
//! An interpreter that was named (`pythonPath`, `PROMPTFOO_PYTHON`) is the only one tried: to run a
//! script with another one in silence would be worse than to say why the named one does not work.

mod cache;
mod candidates;
mod error;
mod probe;
mod run;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as platform;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as platform;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{self, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use error::{Attempt, NotFound};

use candidates::Found;

/// How long an interpreter may take to say its version: a cold one on a network disk is slow.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// Where to look.
#[derive(Debug, Clone)]
pub struct Search {
    /// The `pythonPath` option: a path (a relative one from `cwd`, `~` is not expanded), or a name to
    /// look up on `PATH`. Empty counts as absent.
    pub explicit: Option<OsString>,
    /// The environment of the workers to be: it is searched, and candidates run in it.
    pub env: Vec<(OsString, OsString)>,
    /// The user's script: a virtual environment beside it is taken.
    pub script: PathBuf,
    /// The working directory of the workers to be.
    pub cwd: PathBuf,
    /// Set from elsewhere, it ends the search within a moment, with no interpreter found.
    pub cancelled: Arc<AtomicBool>,
}

/// A Python that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// The interpreter itself: shims are resolved, virtual environments kept.
    pub path: PathBuf,
    /// Major, minor and micro version; at least 3.7.
    pub version: (u8, u8, u8),
    /// Why this one.
    pub reason: Reason,
}

/// Why an interpreter was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The `pythonPath` option.
    PythonPath,
    /// The environment variable of that name.
    PromptfooPython,
    /// The active virtual environment.
    VirtualEnv,
    /// A virtual environment beside the script: the name of its directory.
    BesideScript(&'static str),
    /// A virtual environment in the working directory: the name of its directory.
    InCwd(&'static str),
    /// A name on `PATH`.
    OnPath(&'static str),
    /// The `py` launcher of Windows.
    Launcher,
}

/// Finds an interpreter. Blocks, as to try one is to run it; once found, it is remembered.
pub fn find(search: &Search) -> Result<Interpreter, NotFound> {
    find_within(search, PROBE_TIMEOUT)
}

/// As [`find`], with another bound on the time that one interpreter may take to answer.
pub fn find_within(search: &Search, probe_timeout: Duration) -> Result<Interpreter, NotFound> {
    // Candidates run in this directory, where a relative path would lead somewhere else.
    let cwd = path::absolute(&search.cwd).unwrap_or_else(|_| search.cwd.clone());
    let search = Search {
        cwd,
        ..search.clone()
    };
    let mut attempts = Vec::new();
    for found in candidates::list(&search) {
        if search.is_cancelled() {
            break;
        }
        match found {
            Found::Candidate(candidate) => match cache::probe(&candidate, &search, probe_timeout) {
                Ok(answer) => {
                    let (path, version) = (answer.path, answer.version);
                    return Ok(Interpreter {
                        path,
                        version,
                        reason: candidate.reason,
                    });
                }
                Err(why) => attempts.push(candidate.failed(why)),
            },
            Found::Nothing(attempt) => attempts.push(attempt),
        }
    }
    Err(NotFound { attempts })
}

impl Search {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The value of a variable; none when it is unset or empty.
    fn var(&self, name: &str) -> Option<&OsStr> {
        let (_, value) = self
            .env
            .iter()
            .find(|(n, _)| platform::is_same_variable(n, name))?;
        (!value.is_empty()).then_some(value)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PythonPath => f.write_str("pythonPath"),
            Self::PromptfooPython => f.write_str("PROMPTFOO_PYTHON"),
            Self::VirtualEnv => f.write_str("VIRTUAL_ENV"),
            Self::BesideScript(directory) => write!(f, "{directory} beside the script"),
            Self::InCwd(directory) => write!(f, "{directory} in the working directory"),
            Self::OnPath(name) => write!(f, "{name} on PATH"),
            Self::Launcher => f.write_str("the py launcher"),
        }
    }
}
