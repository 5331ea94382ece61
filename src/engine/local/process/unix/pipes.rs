//! The five pipes between the host and a worker.

use std::array;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::Arc;

use super::{Claims, Process, Receiver, Sender};
use crate::engine::local::process::Child;

/// A worker finds its ends at 0 (input), 1 (output), 2 (stderr), 3 (stdout log), 4 (trace) and 5
/// (claims).
const WORKER_ENDS: usize = 6;
const LOG_FD: i64 = 3;
const TRACE_FD: i64 = 4;
const CLAIMS_FD: i64 = 5;

/// Descriptors below this number are never ours, see [`lift`].
pub(super) const FIRST_FREE_FD: i32 = 6;

/// The host's ends.
pub(super) struct Pipes {
    input: Sender,
    output: Receiver,
    stderr: Receiver,
    stdout_log: Receiver,
    trace: Receiver,
    claims: Claims,
}

/// The worker's ends, each at the index that is to be its number.
pub(super) struct WorkerEnds([OwnedFd; WORKER_ENDS]);

impl Pipes {
    pub(super) fn open() -> io::Result<(Self, WorkerEnds)> {
        let (worker_input, input) = pipe()?;
        let (output, worker_output) = pipe()?;
        let (stderr, worker_stderr) = pipe()?;
        let (stdout_log, worker_log) = pipe()?;
        let (trace, worker_trace) = pipe()?;
        let (claims, worker_claims) = Claims::open()?;
        let pipes = Self {
            input: Sender::from_owned_fd(input)?,
            output: Receiver::from_owned_fd(output)?,
            stderr: Receiver::from_owned_fd(stderr)?,
            stdout_log: Receiver::from_owned_fd(stdout_log)?,
            trace: Receiver::from_owned_fd(trace)?,
            claims,
        };
        let worker = [
            worker_input,
            worker_output,
            worker_stderr,
            worker_log,
            worker_trace,
            worker_claims,
        ];
        Ok((pipes, WorkerEnds(worker)))
    }

    pub(super) fn into_child(self, process: Arc<Process>) -> Child {
        Child {
            process,
            input: self.input,
            output: self.output,
            stderr: self.stderr,
            stdout_log: self.stdout_log,
            trace: Some(self.trace),
            claims: self.claims,
            log_handle: LOG_FD,
            trace_handle: TRACE_FD,
            claims_handle: CLAIMS_FD,
        }
    }
}

impl WorkerEnds {
    pub(super) fn borrow(&self) -> [BorrowedFd<'_>; WORKER_ENDS] {
        array::from_fn(|number| self.0[number].as_fd())
    }
}

/// What is in a pipe, at most so much. Does not ask the reactor, who may not have looked since.
#[must_use]
pub fn read_rest(pipe: Receiver, most: usize) -> Vec<u8> {
    let mut rest = Vec::new();
    if let Ok(pipe) = pipe.into_nonblocking_fd() {
        // An error says that the pipe is empty, and that somebody else holds its other end.
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let _ = File::from(pipe).take(most).read_to_end(&mut rest);
    }
    rest
}

/// The read and the write end of a pipe; neither is inherited by any process.
pub(super) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    Ok((lift(reader.into())?, lift(writer.into())?))
}

/// The null device, open for writing.
pub(super) fn null_device() -> io::Result<OwnedFd> {
    lift(File::options().write(true).open("/dev/null")?.into())
}

/// Moves a descriptor above those that a worker is given.
///
/// A host that was started with its standard streams closed gets their numbers for our pipes:
/// what it prints would go to a worker, and `dup2` in the child would overwrite an end that it
/// still has to copy.
pub(super) fn lift(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() >= FIRST_FREE_FD {
        return Ok(fd);
    }
    // SAFETY: `fd` is open, and F_DUPFD_CLOEXEC touches no memory.
    let lifted = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, FIRST_FREE_FD) };
    if lifted < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: `fcntl` has just made this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(lifted) })
}

/// Makes writing to a full pipe, or reading from an empty one, fail instead of wait.
pub(super) fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: `fd` is open, and neither operation touches memory.
    let changed = unsafe {
        let flags = libc::fcntl(fd.as_raw_fd(), libc::F_GETFL);
        flags >= 0 && libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) == 0
    };
    if changed {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
