//! The search itself.

use std::path::{self, PathBuf};
use std::time::Duration;

use super::cache;
use super::candidates::{self, Found};
use super::error::NotFound;
use super::reason::Reason;
use super::search::Search;

/// How long an interpreter may take to report its version: a cold one on a network disk is slow.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

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

/// Finds an interpreter. Blocks, because probing runs the interpreter; results are cached.
pub fn find(search: &Search) -> Result<Interpreter, NotFound> {
    find_within(search, PROBE_TIMEOUT)
}

/// Like [`find`], with another limit on the time that one interpreter may take to answer.
pub fn find_within(search: &Search, probe_timeout: Duration) -> Result<Interpreter, NotFound> {
    // Candidates run in this directory, where a relative path would lead elsewhere.
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
                Ok(result) => {
                    return Ok(Interpreter {
                        path: result.path,
                        version: result.version,
                        reason: candidate.reason,
                    });
                }
                Err(error) => attempts.push(candidate.failed(error)),
            },
            Found::NotFound(attempt) => attempts.push(attempt),
        }
    }
    Err(NotFound {
        attempts,
        interpreter_variable: search.interpreter_variable,
    })
}
