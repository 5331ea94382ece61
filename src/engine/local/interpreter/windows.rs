//! What Windows needs of its own to find a Python.

use std::ffi::OsStr;
use std::os::windows::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use windows::Win32::System::Threading::CREATE_NO_WINDOW;

/// Installed with every Python from python.org, beside PATH or not.
pub(super) const LAUNCHER: Option<&str> = Some("py");
pub(super) const LAUNCHER_ARGS: &[&str] = &["-3"];

/// Names of variables have no case here: it is often `Path`.
pub(super) fn is_same_variable(name: &OsStr, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

/// Without `PATH` there is nowhere to look.
pub(super) const DEFAULT_SEARCH_PATH: Option<&str> = None;

pub(super) fn venv_python(venv: &Path) -> PathBuf {
    venv.join("Scripts").join("python.exe")
}

/// A start tells best: a suffix may be missing, and a link of the Store can not be looked into.
pub(super) fn why_not_runnable(program: &Path) -> Option<String> {
    program.is_dir().then(|| "is a directory".into())
}

/// The placeholder that Windows puts on PATH says where to buy a Python, in any language.
pub(super) fn why_silent(program: &Path) -> Option<&'static str> {
    let in_store = program
        .components()
        .any(|part| part.as_os_str().eq_ignore_ascii_case("WindowsApps"));
    in_store.then_some(
        "is the Microsoft Store's placeholder, not Python: install Python, or switch the alias \
         off under \"App execution aliases\"",
    )
}

/// The encoding of the file system is UTF-8 here.
pub(super) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

pub(super) fn prepare(command: &mut Command) {
    command.creation_flags(CREATE_NO_WINDOW.0);
}

/// Only the process: a wrapper's own children end when they find their pipes closed.
pub(super) fn kill_group(child: &mut Child) {
    // An error means that it has ended.
    let _ = child.kill();
}
