//! There is nothing to guard: the system closes the jobs of a host that dies, which kills their
//! processes.

use std::ffi::OsString;
use std::path::Path;

use super::super::error::SpawnError;

/// Stands in for the guardian process of the other platforms.
#[derive(Debug, Clone)]
pub struct Guardian(());

impl Guardian {
    /// Starts nothing and does not fail.
    pub fn global(
        interpreter: &Path,
        script: &Path,
        env: &[(OsString, OsString)],
    ) -> Result<Self, SpawnError> {
        Self::start(interpreter, script, env)
    }

    /// Starts nothing and does not fail.
    pub fn start(
        _interpreter: &Path,
        _script: &Path,
        _env: &[(OsString, OsString)],
    ) -> Result<Self, SpawnError> {
        Ok(Self(()))
    }

    /// `None`: there is no process.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        None
    }

    /// There is no process to wait for.
    #[expect(clippy::unused_async, reason = "as on unix, where it waits")]
    pub async fn release(self) {}
}
