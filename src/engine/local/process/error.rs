//! Why a process could not be started.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use pool_core::failure::Failure;

/// A process was not started; nothing of the attempt is left.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed for {}: {source}", path.display())]
pub struct SpawnError {
    operation: Operation,
    path: PathBuf,
    source: io::Error,
}

/// The step of a start that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Opening the pipes to the process.
    Pipe,
    /// Starting the thread that waits for its exit.
    Thread,
    /// Entering its working directory.
    ChangeDirectory,
    /// Starting the program.
    Spawn,
    /// Binding its lifetime to the host's (on Windows: the job object).
    Bind,
}

impl SpawnError {
    pub(super) fn new(operation: Operation, path: &Path, source: io::Error) -> Self {
        Self {
            operation,
            path: path.to_owned(),
            source,
        }
    }

    /// The step that failed.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The program, or the directory that could not be entered.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The operating system's error number, if the error came from it.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        self.source.raw_os_error()
    }

    /// The error as the operating system reported it.
    #[must_use]
    pub fn io_error(&self) -> &io::Error {
        &self.source
    }
}

impl From<SpawnError> for Failure {
    fn from(error: SpawnError) -> Self {
        let operation = format!("start {}", error.path().display());
        Self::system(operation, error.operation().as_str(), error.io_error())
    }
}

impl Operation {
    /// The stable name that the `syscall` field of an error carries.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pipe => "pipe",
            Self::Thread => "thread",
            Self::ChangeDirectory => "chdir",
            Self::Spawn => "spawn",
            Self::Bind => "bind",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
