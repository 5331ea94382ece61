//! Ends a probe with its host, however that ends.
//!
//! A small shell leads the process group of the probe and reads a pipe whose other end only the host
//! holds. The end of that pipe is the end of the host, and the shell then kills its group, itself
//! included. As the group exists before the probe does, there is no moment at which the probe is alone.
//! (`PR_SET_PDEATHSIG` would not do: macOS lacks it, and it does not reach what a wrapper starts.)

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

const SHELL: &str = "/bin/sh";
const CODE: &str = "read -r line || kill -KILL 0";

/// Dropping it kills the group.
#[derive(Debug)]
pub(super) struct Watchdog(Child);

impl Watchdog {
    /// `None` on a system without a shell, such as a container with Node.js only.
    pub(super) fn start() -> io::Result<Option<Self>> {
        let shell = Command::new(SHELL)
            .args(["-c", CODE])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match shell {
            Ok(shell) => Ok(Some(Self(shell))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The group that the probe joins.
    pub(super) fn group(&self) -> Pid {
        Pid::from_child(&self.0)
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
    )
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // The shell is not reaped, so the group is still its own. An error means that the group is empty.
        let _ = kill_process_group(self.group(), Signal::KILL);
        // It was killed, so this does not take long; an error means that it was reaped.
        let _ = self.0.wait();
    }
}
