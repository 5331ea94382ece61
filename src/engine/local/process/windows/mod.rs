//! Windows: a job object for each process, named pipes, and console events.

mod claims;
mod guardian;
mod job;
mod large;
mod pipes;
mod process;

use std::os::windows::io::{AsHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{Command as StdCommand, Stdio};
use std::sync::Arc;
use std::thread;

use windows_sys::Win32::System::Console::GetConsoleCP;
use windows_sys::Win32::System::Threading::{CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW};

use super::{Child, Command, Exit, Operation, SpawnError};
use job::Job;
use pipes::{Pipes, WorkerEnds};

pub use claims::Claims;
pub use guardian::Guardian;
pub use large::LargePipe;
pub use pipes::{Receiver, Sender, read_rest};
pub use process::Process;

/// It does next to nothing on its stack, and there is one for each worker.
const WAITER_STACK_SIZE: usize = 64 * 1024;

/// Starts a process in a job object and a console process group of its own.
///
/// Blocks for as long as `CreateProcess` does.
///
/// `on_exit` is called exactly once, on a thread of its own with a small stack.
///
/// # Panics
///
/// Outside of a tokio runtime with I/O enabled, as the pipes register with it.
#[expect(
    clippy::unused_async,
    reason = "as on the other platforms, where it waits"
)]
pub async fn spawn(
    command: &Command,
    _guardian: &Guardian,
    on_exit: impl FnOnce(Exit) + Send + 'static,
) -> Result<Child, SpawnError> {
    let failed = |operation| move |source| SpawnError::new(operation, &command.program, source);

    let (pipes, worker) = Pipes::open().map_err(failed(Operation::Pipe))?;
    let job = Job::new().map_err(failed(Operation::Bind))?;
    let (id, handle) = start(command, worker)?;
    // The start-up hooks of an interpreter may run before this, user code may not: it waits for
    // its first frame.
    if let Err(error) = job.assign(handle.as_handle()) {
        process::terminate(handle.as_handle());
        return Err(failed(Operation::Bind)(error));
    }
    let process = Arc::new(Process::new(id, handle, job));

    let waited = Arc::clone(&process);
    thread::Builder::new()
        .name("python-wait".into())
        .stack_size(WAITER_STACK_SIZE)
        .spawn(move || on_exit(waited.wait()))
        .map_err(|source| {
            process.kill();
            failed(Operation::Thread)(source)
        })?;
    Ok(pipes.into_child(process))
}

fn start(command: &Command, worker: WorkerEnds) -> Result<(u32, OwnedHandle), SpawnError> {
    let mut start = StdCommand::new(&command.program);
    start
        .args(&command.args)
        .env_clear()
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::from(worker.input))
        .stdout(Stdio::from(worker.output))
        .stderr(Stdio::from(worker.stderr))
        .creation_flags(creation_flags());
    if let Some(cwd) = &command.cwd {
        start.current_dir(cwd);
    }
    let child = start.spawn().map_err(|source| match &command.cwd {
        Some(cwd) if !cwd.is_dir() => SpawnError::new(Operation::ChangeDirectory, cwd, source),
        _ => SpawnError::new(Operation::Spawn, &command.program, source),
    })?;
    // The child has a copy of its own.
    drop(worker.log);
    Ok((child.id(), OwnedHandle::from(child)))
}

/// A console event reaches a process only on the console that it shares with the host. Without one
/// to share, the process would open a window.
fn creation_flags() -> u32 {
    // SAFETY: takes no arguments and touches no memory.
    let has_console = unsafe { GetConsoleCP() } != 0;
    if has_console {
        CREATE_NEW_PROCESS_GROUP
    } else {
        CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW
    }
}
