//! The seven pipes between the host and a worker.

use std::array;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use tokio::net::unix::pipe::{Receiver, Sender};

use super::cancels::Cancels;
use super::descriptors::pipe;
use super::start_tokens::StartTokens;

/// A worker finds its ends at 0 (input), 1 (output), 2 (stderr), 3 (stdout log), 4 (trace), 5 (start tokens) and
/// 6 (cancels).
const WORKER_ENDS: usize = 7;
const LOG_FD: i64 = 3;
const TRACE_FD: i64 = 4;
const TOKENS_FD: i64 = 5;
const CANCELS_FD: i64 = 6;

/// The host's ends, and the worker's numbers for some of its own.
pub(in super::super) struct HostPipes {
    pub(in super::super) input: Sender,
    pub(in super::super) output: Receiver,
    pub(in super::super) stderr: Receiver,
    pub(in super::super) stdout_log: Receiver,
    pub(in super::super) trace: Option<Receiver>,
    pub(in super::super) start_tokens: StartTokens,
    pub(in super::super) cancels: Cancels,
    pub(in super::super) log_handle: i64,
    pub(in super::super) trace_handle: i64,
    pub(in super::super) tokens_handle: i64,
    pub(in super::super) cancels_handle: i64,
}

/// The worker's ends, each at the index that becomes its number.
pub(in super::super) struct WorkerEnds([OwnedFd; WORKER_ENDS]);

impl HostPipes {
    pub(in super::super) fn open() -> io::Result<(Self, WorkerEnds)> {
        let (worker_input, input) = pipe()?;
        let (output, worker_output) = pipe()?;
        let (stderr, worker_stderr) = pipe()?;
        let (stdout_log, worker_log) = pipe()?;
        let (trace, worker_trace) = pipe()?;
        let (start_tokens, worker_tokens) = StartTokens::open()?;
        let (cancels, worker_cancels) = Cancels::open()?;
        let pipes = Self {
            input: Sender::from_owned_fd(input)?,
            output: Receiver::from_owned_fd(output)?,
            stderr: Receiver::from_owned_fd(stderr)?,
            stdout_log: Receiver::from_owned_fd(stdout_log)?,
            trace: Some(Receiver::from_owned_fd(trace)?),
            start_tokens,
            cancels,
            log_handle: LOG_FD,
            trace_handle: TRACE_FD,
            tokens_handle: TOKENS_FD,
            cancels_handle: CANCELS_FD,
        };
        let worker = [
            worker_input,
            worker_output,
            worker_stderr,
            worker_log,
            worker_trace,
            worker_tokens,
            worker_cancels,
        ];
        Ok((pipes, WorkerEnds(worker)))
    }
}

impl WorkerEnds {
    pub(super) fn borrow(&self) -> [BorrowedFd<'_>; WORKER_ENDS] {
        array::from_fn(|number| self.0[number].as_fd())
    }
}

/// Reads what there is without asking the reactor, which may not have looked since it was written.
/// Returns 0 at the end, and `WouldBlock` if there is nothing.
pub fn read_now(pipe: &Receiver, buffer: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(pipe, buffer)?)
}

/// Reads what is left in a pipe, up to `limit` bytes, without asking the reactor, which may not
/// have looked since it was written. Waits only on Windows.
pub async fn read_rest(pipe: Receiver, limit: usize) -> Vec<u8> {
    let mut rest = Vec::new();
    if let Ok(pipe) = pipe.into_nonblocking_fd() {
        // An error means that the pipe is empty, and that another process holds its other end.
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let _ = File::from(pipe).take(limit).read_to_end(&mut rest);
    }
    rest
}
