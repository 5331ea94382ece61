//! Log levels.
//!
//! The addon's runtime gives printed lines theirs; records of Python's `logging` arrive with one.

use serde::Deserialize;

/// How urgent a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Details for debugging the pool.
    Debug,
    /// What the script printed to stdout.
    Info,
    /// A crash, a restart, or what the script printed to stderr.
    Warn,
    /// A worker that is not restarted any more.
    Error,
}

impl Level {
    /// The name of the logger's method.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}
