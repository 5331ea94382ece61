//! The parts of the search that are specific to Windows.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use super::error::ProbeError;
use super::verbatim;

mod program;

pub(super) use program::Program;

/// Without links.
pub(super) fn real_path(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize().map(verbatim::simplify)
}

/// Installed with every Python from python.org, whether that is on `PATH` or not.
pub(super) const LAUNCHER: Option<&str> = Some("py");
pub(super) const LAUNCHER_ARGS: &[&str] = &["-3"];

/// Names of variables are case-insensitive here: it is often `Path`.
pub(super) fn is_same_variable(name: &OsStr, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

/// Without `PATH`, there is nowhere to look.
pub(super) const DEFAULT_SEARCH_PATH: Option<&str> = None;

pub(super) fn venv_python(venv: &Path) -> PathBuf {
    python_in(&venv.join("Scripts"))
}

/// The interpreter in a folder of programs.
pub(super) fn python_in(programs: &Path) -> PathBuf {
    programs.join("python.exe")
}

/// Conda has no folder for programs here.
pub(super) fn conda_python(prefix: &Path) -> PathBuf {
    python_in(prefix)
}

/// The environment that an interpreter is in, if its path is that of one.
pub(super) fn prefix_of(interpreter: &Path) -> Option<&Path> {
    let folder = interpreter.parent()?;
    let is_scripts = folder.file_name()?.eq_ignore_ascii_case("Scripts");
    if is_scripts {
        folder.parent()
    } else {
        Some(folder)
    }
}

/// Only a start can show more: a suffix may be missing, and a link of the Store cannot be inspected.
pub(super) fn check_runnable(program: &Path) -> Result<(), ProbeError> {
    if program.is_dir() {
        Err(ProbeError::Directory)
    } else {
        Ok(())
    }
}

/// Recognises the placeholder on `PATH` that advertises the Store, in any language.
pub(super) fn explain_silence(program: &Path) -> Option<ProbeError> {
    let in_store = program
        .components()
        .any(|part| part.as_os_str().eq_ignore_ascii_case("WindowsApps"));
    in_store.then_some(ProbeError::StorePlaceholder)
}

/// The encoding of the file system is UTF-8 here.
pub(super) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// Owners say little here: files of an administrator belong to a group.
pub(super) fn is_owner_trusted(_path: &Path, _script: &Path) -> bool {
    true
}
