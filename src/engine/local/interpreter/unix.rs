//! The parts of the search that are specific to Linux and macOS.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process_group};

use super::error::ProbeError;

/// There is no launcher.
pub(super) const LAUNCHER: Option<&str> = None;
pub(super) const LAUNCHER_ARGS: &[&str] = &[];

pub(super) fn is_same_variable(name: &OsStr, wanted: &str) -> bool {
    name == wanted
}

/// Where the C library looks if `PATH` is not set.
pub(super) const DEFAULT_SEARCH_PATH: Option<&str> = Some("/bin:/usr/bin");

pub(super) fn venv_python(venv: &Path) -> PathBuf {
    venv.join("bin").join("python")
}

/// Finds a clearer reason than the operating system's, where it can be known before the start.
pub(super) fn check_runnable(program: &Path) -> Result<(), ProbeError> {
    match program.metadata() {
        Err(_) if program.is_symlink() => Err(ProbeError::DanglingLink),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ProbeError::Missing),
        Err(error) => Err(ProbeError::run(error)),
        Ok(metadata) if metadata.is_dir() => Err(ProbeError::Directory),
        Ok(metadata) if metadata.permissions().mode() & 0o111 == 0 => {
            Err(ProbeError::NotExecutable)
        }
        Ok(_) => Ok(()),
    }
}

/// Nothing is known here beyond what the program printed.
pub(super) fn explain_silence(_program: &Path) -> Option<ProbeError> {
    None
}

pub(super) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    OsStr::from_bytes(bytes).into()
}

/// A group of its own, so that what a wrapper starts can be killed with it.
pub(super) fn prepare(command: &mut Command) {
    command.process_group(0);
}

pub(super) fn kill_group(child: &mut Child) {
    // `child` is not reaped, so the group is still its own. An error means that the group is empty.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
}
