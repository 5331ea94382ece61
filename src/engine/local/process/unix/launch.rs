//! Starts a program with `posix_spawn`, whose cost does not grow with the host, unlike that of `fork`.

use std::env;
use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::process::Pid;

use super::super::command::Command;
use super::super::error::{Operation, SpawnError};
use super::descriptors::FIRST_FREE_FD;
use super::posix_spawn::{self, FileActions, c_string};

/// Starts `command` with `fds[n]` as its descriptor `n`, every signal unblocked and at its
/// default. Returns its id, which is also that of its group and session.
///
/// The descriptors come from [`descriptors`](super::descriptors): their numbers lie above those
/// that they are copied to, or copying one would overwrite another.
pub(super) fn launch(command: &Command, fds: &[BorrowedFd<'_>]) -> Result<Pid, SpawnError> {
    debug_assert!(fds.iter().all(|fd| fd.as_raw_fd() >= FIRST_FREE_FD));
    start(command, fds).map_err(|source| match &command.cwd {
        // The system has one error for both, so find out which of the two is to blame.
        Some(cwd) if !cwd.is_dir() => SpawnError::new(Operation::ChangeDirectory, cwd, source),
        _ => SpawnError::new(Operation::Spawn, &command.program, source),
    })
}

fn start(command: &Command, fds: &[BorrowedFd<'_>]) -> io::Result<Pid> {
    let program = c_string(command.program.as_os_str())?;
    let args: io::Result<Vec<_>> = command.args.iter().map(|arg| c_string(arg)).collect();
    let env = command.env.iter().map(|(k, v)| assignment(k, v));
    let env: io::Result<Vec<_>> = env.collect();

    let mut actions = FileActions::new()?;
    for (target, fd) in (0..).zip(fds) {
        actions.add_dup2(*fd, target)?;
    }
    if let Some(cwd) = command.cwd.as_ref().filter(|cwd| !is_current(cwd)) {
        actions.add_chdir(cwd)?;
    }
    posix_spawn::spawn(&program, &args?, &env?, &actions)
}

/// Whether the host is there: to inherit it takes no permission to enter it.
fn is_current(directory: &Path) -> bool {
    env::current_dir().is_ok_and(|current| current == directory)
}

fn assignment(name: &OsStr, value: &OsStr) -> io::Result<CString> {
    Ok(CString::new(
        [name.as_bytes(), b"=", value.as_bytes()].concat(),
    )?)
}
