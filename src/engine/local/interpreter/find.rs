//! The search itself.

use std::path::{self, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::cache;
use super::candidates::{self, Candidate, Step};
use super::error::{Attempt, NotFound, ProbeError, SearchError};
use super::probe::ProbeResult;
use super::reason::Reason;
use super::search::Search;

/// How long an interpreter may take to report its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// One that was named, or is the last: a cold one on a network disk is slow.
    pub last: Duration,
    /// While there are others to try.
    pub others_left: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            last: Duration::from_secs(10),
            others_left: Duration::from_millis(2500),
        }
    }
}

/// A Python that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// What to start: shims of version managers are resolved, virtual environments and wrappers kept.
    pub path: PathBuf,
    /// Major, minor and micro version; at least 3.7.
    pub version: (u8, u8, u8),
    /// Why this one.
    pub reason: Reason,
}

/// Finds an interpreter. Blocks, because probing runs the interpreter; results are cached.
pub fn find(search: &Search) -> Result<Interpreter, SearchError> {
    find_within(search, Limits::default(), &mut |_| {})
}

/// Like [`find`], with other limits. Reports each candidate that it passes over, at once.
pub fn find_within(
    search: &Search,
    limits: Limits,
    passed_over: &mut dyn FnMut(&Attempt),
) -> Result<Interpreter, SearchError> {
    // Candidates run in this directory, where a relative path would lead elsewhere.
    let cwd = path::absolute(&search.cwd).unwrap_or_else(|_| search.cwd.clone());
    let search = Search {
        cwd,
        ..search.clone()
    };
    let mut run = Run {
        search: &search,
        limits,
        passed_over,
        attempts: Vec::new(),
        slow: None,
    };
    if let Some(found) = run.through(candidates::list(&search))? {
        return Ok(found);
    }
    if let Some(found) = run.slow_again()? {
        return Ok(found);
    }
    Err(SearchError::NotFound(NotFound {
        attempts: run.attempts,
        interpreter_variable: search.interpreter_variable.clone(),
    }))
}

/// A search that is under way.
struct Run<'a> {
    search: &'a Search,
    limits: Limits,
    passed_over: &'a mut dyn FnMut(&Attempt),
    attempts: Vec<Attempt>,
    /// The best candidate that might have answered if it had had the time of the last one, and the index
    /// of its attempt.
    slow: Option<(Candidate, usize)>,
}

impl Run<'_> {
    fn through(&mut self, steps: Vec<Step>) -> Result<Option<Interpreter>, SearchError> {
        let last = steps.iter().rposition(|step| matches!(step, Step::Try(_)));
        for (at, step) in steps.into_iter().enumerate() {
            if self.search.is_cancelled() {
                break;
            }
            let candidate = match step {
                Step::Try(candidate) => candidate,
                Step::Ask(query) => match query.ask(self.search, self.limits.others_left) {
                    Ok(python) => Candidate::new(python, Reason::ScriptEnvironment),
                    Err(error) => {
                        self.pass_over(Attempt {
                            candidate: query.display(),
                            reason: Reason::ScriptEnvironment,
                            error,
                        })?;
                        continue;
                    }
                },
                Step::PassOver(attempt) => {
                    self.pass_over(attempt)?;
                    continue;
                }
            };
            let has_time = candidate.reason.is_named() || last.is_none_or(|last| at >= last);
            if let Some(found) = self.attempt(&candidate, has_time)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn attempt(
        &mut self,
        candidate: &Candidate,
        has_time: bool,
    ) -> Result<Option<Interpreter>, SearchError> {
        let error = match self.probe(candidate, has_time) {
            Ok(result) => return Ok(Some(interpreter(candidate, result))),
            Err(error) => error,
        };
        if error.is_timeout() {
            if has_time {
                self.slow = None; // all are slow, and more patience would take long
            } else if self.slow.is_none() {
                self.slow = Some((candidate.clone(), self.attempts.len()));
            }
        }
        self.pass_over(candidate.failed(error))?;
        Ok(None)
    }

    /// There is no other candidate left after all.
    fn slow_again(&mut self) -> Result<Option<Interpreter>, SearchError> {
        let Some((candidate, at)) = self.slow.take() else {
            return Ok(None);
        };
        if self.search.is_cancelled() {
            return Ok(None);
        }
        match self.probe(&candidate, true) {
            Ok(result) => return Ok(Some(interpreter(&candidate, result))),
            Err(error) => self.attempts[at] = own_failure(candidate.failed(error))?,
        }
        Ok(None)
    }

    fn probe(&self, candidate: &Candidate, has_time: bool) -> Result<ProbeResult, ProbeError> {
        let timeout = if has_time {
            self.limits.last
        } else {
            self.limits.others_left
        };
        cache::probe(candidate, self.search, timeout)
    }

    fn pass_over(&mut self, attempt: Attempt) -> Result<(), SearchError> {
        let attempt = own_failure(attempt)?;
        if !self.search.is_cancelled() {
            (self.passed_over)(&attempt);
        }
        self.attempts.push(attempt);
        Ok(())
    }
}

/// Fails if the reason is none of the candidate's.
fn own_failure(attempt: Attempt) -> Result<Attempt, SearchError> {
    match attempt.error.exhaustion() {
        Some(error) => Err(SearchError::Exhausted {
            program: attempt.candidate.clone(),
            error: Arc::clone(error),
        }),
        None => Ok(attempt),
    }
}

fn interpreter(candidate: &Candidate, result: ProbeResult) -> Interpreter {
    Interpreter {
        path: result.path,
        version: result.version,
        reason: candidate.reason.clone(),
    }
}
