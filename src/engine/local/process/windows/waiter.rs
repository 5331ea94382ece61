//! The thread of a process: waits for its exit.

use std::process::{Command as StdCommand, Stdio};
use std::sync::Arc;
use std::thread::Builder;

use process_wrap::std::{ChildWrapper, CommandWrap, CreationFlags, JobObject};
use windows::Win32::System::Console::GetConsoleCP;
use windows::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, PROCESS_CREATION_FLAGS,
};

use super::super::command::Command;
use super::super::error::{Operation, SpawnError};
use super::super::exit::Exit;
use super::guardian::Guardian;
use super::job::{HostJob, InHostJob};
use super::pipes::WorkerEnds;
use super::process::Process;

/// It uses almost no stack, and there is one such thread for each worker.
const STACK_SIZE: usize = 64 * 1024;

/// Starts a process in a job object and its own console process group.
///
/// Blocks for as long as `CreateProcess` does. `on_exit` is called on the process's thread.
#[expect(clippy::unused_async, reason = "as on unix, where it waits")]
pub(in super::super) async fn start(
    command: &Command,
    worker_ends: WorkerEnds,
    _guardian: &Guardian,
    on_exit: impl FnOnce(Exit) + Send + 'static,
) -> Result<Arc<Process>, SpawnError> {
    let failed = |operation| move |source| SpawnError::new(operation, &command.program, source);
    let job = Arc::new(HostJob::new().map_err(failed(Operation::Bind))?);
    let child = launch(command, worker_ends, Arc::clone(&job))?;
    let process = Process::new(child, job).map_err(failed(Operation::Bind))?;
    let process = Arc::new(process);
    let waited = Arc::clone(&process);
    Builder::new()
        .name("python-wait".into())
        .stack_size(STACK_SIZE)
        .spawn(move || on_exit(waited.reap()))
        .map_err(|source| {
            process.kill();
            failed(Operation::Thread)(source)
        })?;
    Ok(process)
}

fn launch(
    command: &Command,
    worker_ends: WorkerEnds,
    job: Arc<HostJob>,
) -> Result<Box<dyn ChildWrapper>, SpawnError> {
    let mut start = StdCommand::new(&command.program);
    start
        .args(&command.args)
        .env_clear()
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::from(worker_ends.input))
        .stdout(Stdio::from(worker_ends.output))
        .stderr(Stdio::from(worker_ends.stderr));
    if let Some(cwd) = &command.cwd {
        start.current_dir(cwd);
    }
    let child = CommandWrap::from(start)
        .wrap(CreationFlags(creation_flags()))
        .wrap(InHostJob(job))
        .wrap(JobObject)
        .spawn();
    // The child has a copy of its own.
    drop(worker_ends.log);
    child.map_err(|source| match &command.cwd {
        Some(cwd) if !cwd.is_dir() => SpawnError::new(Operation::ChangeDirectory, cwd, source),
        _ => SpawnError::new(Operation::Spawn, &command.program, source),
    })
}

/// A console event reaches a process only on the console that it shares with the host. If the host
/// has none to share, the process would open a window.
fn creation_flags() -> PROCESS_CREATION_FLAGS {
    // SAFETY: takes no arguments and touches no memory.
    let has_console = unsafe { GetConsoleCP() } != 0;
    if has_console {
        CREATE_NEW_PROCESS_GROUP
    } else {
        CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW
    }
}
