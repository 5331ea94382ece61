//! The handle that processes hold to their guardian.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::Pid;

use super::shared::Shared;
use super::supervisor;
use crate::engine::local::process::command::Command;
use crate::engine::local::process::error::SpawnError;

/// How long to wait for the end of a guardian.
const MAX_END: Duration = Duration::from_secs(1);

/// A handle to a guardian, which exits when the last handle is dropped.
///
/// Every process that was spawned with it holds one until it is reaped.
#[derive(Debug, Clone)]
pub struct Guardian(Arc<Shared>);

impl Guardian {
    /// The guardian of this host process, started if there is none.
    ///
    /// `interpreter` runs `script` (`python/guardian.py`) with `env` as its whole environment. All
    /// three matter only if it is started; later callers share the one that runs.
    pub fn global(
        interpreter: &Path,
        script: &Path,
        env: &[(OsString, OsString)],
    ) -> Result<Self, SpawnError> {
        static GLOBAL: Mutex<Weak<Shared>> = Mutex::new(Weak::new());
        let mut global = GLOBAL.lock();
        if let Some(shared) = global.upgrade() {
            return Ok(Self(shared));
        }
        let guardian = Self::start(interpreter, script, env)?;
        *global = Arc::downgrade(&guardian.0);
        Ok(guardian)
    }

    /// A guardian apart from that of the host process.
    pub fn start(
        interpreter: &Path,
        script: &Path,
        env: &[(OsString, OsString)],
    ) -> Result<Self, SpawnError> {
        let args = [OsStr::new("-I"), OsStr::new("-S"), script.as_os_str()];
        let command = Command {
            program: interpreter.to_owned(),
            args: args.map(OsStr::to_owned).into(),
            env: env.to_owned(),
            cwd: None,
        };
        supervisor::start(command).map(Self)
    }

    /// The process id, while one is running.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.0.pid().map(|pid| pid.as_raw_pid().cast_unsigned())
    }

    /// Drops this handle. If it is the last one, waits until the guardian is gone, for a second at
    /// most.
    pub async fn release(self) {
        if let Some(shared) = Arc::into_inner(self.0) {
            // An error of the channel is the end of the supervisor, which was waited for.
            let _ = tokio::time::timeout(MAX_END, shared.end()).await;
        }
    }

    /// Announces a process group, to be killed when the host is gone. Never blocks.
    pub(in super::super) fn announce(&self, group: Pid) {
        self.0.announce(group);
    }

    /// Kills a group that the host may not signal; in vain if the guardian may not either. Never
    /// blocks.
    pub(in super::super) fn kill(&self, group: Pid) {
        self.0.kill(group);
    }

    /// Withdraws a group; called before its id can be reused. Never blocks.
    pub(in super::super) fn withdraw(&self, group: Pid) {
        self.0.withdraw(group);
    }
}
