//! What Linux and macOS need of their own to find a Python.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process_group};

/// There is no launcher.
pub(super) const LAUNCHER: Option<&str> = None;
pub(super) const LAUNCHER_ARGS: &[&str] = &[];

pub(super) fn is_same_variable(name: &OsStr, wanted: &str) -> bool {
    name == wanted
}

/// Where the C library looks when `PATH` is not set.
pub(super) const DEFAULT_SEARCH_PATH: Option<&str> = Some("/bin:/usr/bin");

pub(super) fn venv_python(venv: &Path) -> PathBuf {
    venv.join("bin").join("python")
}

/// Clearer words than those of the operating system, for what can be known before a start.
pub(super) fn why_not_runnable(program: &Path) -> Option<String> {
    match program.metadata() {
        Err(_) if program.is_symlink() => Some("is a symbolic link to nothing".into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some("does not exist".into()),
        Err(error) => Some(format!("can not be run: {error}")),
        Ok(metadata) if metadata.is_dir() => Some("is a directory".into()),
        Ok(metadata) if metadata.permissions().mode() & 0o111 == 0 => {
            Some("is not executable".into())
        }
        Ok(_) => None,
    }
}

pub(super) fn why_silent(_program: &Path) -> Option<&'static str> {
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
