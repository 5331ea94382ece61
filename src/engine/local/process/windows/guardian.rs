//! Nothing to guard: the system closes the job objects of a host that dies, and that ends them.

use std::ffi::OsString;
use std::path::Path;

use crate::engine::local::process::SpawnError;

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

    /// There is no process.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        None
    }

    /// Does nothing: files to be removed with the host are opened delete-on-close.
    pub fn announce_temp_dir(&self, _directory: &Path) {}
}
