//! The parts of the search that are specific to Linux and macOS.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::ProbeError;

mod program;
mod watchdog;

pub(super) use program::Program;

/// Without links.
pub(super) fn real_path(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}

/// There is no launcher.
pub(super) const LAUNCHER: Option<&str> = None;
pub(super) const LAUNCHER_ARGS: &[&str] = &[];

pub(super) fn is_same_variable(name: &OsStr, wanted: &str) -> bool {
    name == wanted
}

/// Where the C library looks if `PATH` is not set.
pub(super) const DEFAULT_SEARCH_PATH: Option<&str> = Some("/bin:/usr/bin");

pub(super) fn venv_python(venv: &Path) -> PathBuf {
    python_in(&venv.join("bin"))
}

/// The interpreter in a folder of programs: `python`, or `python3` if there is only that.
pub(super) fn python_in(programs: &Path) -> PathBuf {
    let [python, python3] = ["python", "python3"].map(|name| programs.join(name));
    let exists = |path: &Path| path.symlink_metadata().is_ok();
    if exists(&python3) && !exists(&python) {
        python3
    } else {
        python
    }
}

/// Conda's layout is that of a virtual environment.
pub(super) fn conda_python(prefix: &Path) -> PathBuf {
    venv_python(prefix)
}

/// The environment that an interpreter is in, if its path is that of one.
pub(super) fn prefix_of(interpreter: &Path) -> Option<&Path> {
    interpreter.parent()?.parent()
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

/// Whether both belong to the same user, or the first one to root or to the user of this process.
pub(super) fn is_owner_trusted(path: &Path, script: &Path) -> bool {
    let owner = |path: &Path| path.metadata().map(|metadata| metadata.uid());
    let user = rustix::process::geteuid().as_raw();
    match owner(path) {
        Ok(uid) if uid == 0 || uid == user => true,
        Ok(uid) => owner(script).is_ok_and(|of_script| of_script == uid),
        Err(_) => true, // it will not run, and says why
    }
}
