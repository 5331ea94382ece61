//! What was tried in vain.

use std::fmt;

use super::Reason;

/// No usable interpreter. Displays every attempt, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// In the order in which they were tried.
    pub attempts: Vec<Attempt>,
}

/// One interpreter that is not there, does not run, or is too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// A path, or the name that was looked up.
    pub candidate: String,
    /// Why it was tried.
    pub reason: Reason,
    /// Why it can not be used.
    pub why: String,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.candidate, self.reason, self.why)
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Python 3 not found")?;
        for attempt in &self.attempts {
            write!(f, "\n  {attempt}")?;
        }
        f.write_str(
            "\nInstall Python 3.7 or newer, or name an interpreter with the pythonPath option or \
             the PROMPTFOO_PYTHON environment variable.",
        )
    }
}

impl std::error::Error for NotFound {}
