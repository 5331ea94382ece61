//! The four pipes between the host and a worker.
//!
//! Named pipes, because anonymous ones cannot be waited for. A name cannot be guessed, allows one
//! instance only, and is connected before any other process could learn it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IoSlice};
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::pin::{Pin, pin};
use std::process;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};
use tokio::time;
use windows::Win32::Foundation::{HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation};

use super::cancels::Cancels;
use super::start_tokens::StartTokens;

const BUFFER_SIZE: u32 = 64 * 1024;
const NO_HANDLE: i64 = -1;
/// Some process still holds a pipe that has not ended after this long without output.
const SILENCE: Duration = Duration::from_millis(50);

/// The host's end of a pipe to the worker.
#[derive(Debug)]
pub struct Sender(NamedPipeServer);

/// The host's end of a pipe from the worker.
#[derive(Debug)]
pub struct Receiver(NamedPipeServer);

impl AsyncRead for Receiver {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

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

/// The worker's ends; the first three become its standard streams.
pub(in super::super) struct WorkerEnds {
    pub(super) input: OwnedHandle,
    pub(super) output: OwnedHandle,
    pub(super) stderr: OwnedHandle,
    /// Inheritable: the worker finds it under the same number.
    pub(super) log: OwnedHandle,
}

enum Direction {
    ToWorker,
    FromWorker,
}

impl HostPipes {
    pub(in super::super) fn open() -> io::Result<(Self, WorkerEnds)> {
        let (input, worker_input) = pipe(&Direction::ToWorker)?;
        let (output, worker_output) = pipe(&Direction::FromWorker)?;
        let (stderr, worker_stderr) = pipe(&Direction::FromWorker)?;
        let (stdout_log, worker_log) = pipe(&Direction::FromWorker)?;
        let worker = WorkerEnds {
            input: worker_input.into(),
            output: worker_output.into(),
            stderr: worker_stderr.into(),
            log: inheritable(worker_log)?,
        };
        let pipes = Self {
            input: Sender(input),
            output: Receiver(output),
            stderr: Receiver(stderr),
            stdout_log: Receiver(stdout_log),
            trace: None,
            start_tokens: StartTokens,
            cancels: Cancels,
            log_handle: worker.log.as_raw_handle() as i64,
            trace_handle: NO_HANDLE,
            tokens_handle: NO_HANDLE,
            cancels_handle: NO_HANDLE,
        };
        Ok((pipes, worker))
    }
}

impl Sender {
    /// Waits until there may be room.
    pub async fn writable(&self) -> io::Result<()> {
        self.0.writable().await
    }

    /// Writes as much as there is room for; `WouldBlock` if there is none.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    /// As `try_write`, from several buffers.
    pub fn try_write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(buffers)
    }
}

/// Reads what there is, as the reactor knows it: here the system reads ahead. Returns 0 at the end, and
/// `WouldBlock` if there is nothing.
pub fn read_now(pipe: &Receiver, buffer: &mut [u8]) -> io::Result<usize> {
    pipe.try_read(buffer)
}

/// Reads what is left in a pipe, up to `limit` bytes. Waits for its end: the system reads ahead, a little at
/// a time, and reports each part later.
pub async fn read_rest(pipe: Receiver, limit: usize) -> Vec<u8> {
    let mut rest = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    while rest.len() < limit {
        match pipe.try_read(&mut buffer) {
            Ok(count @ 1..) => rest.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let Ok(Ok(())) = time::timeout(SILENCE, pipe.readable()).await else {
                    break;
                };
            }
            Ok(0) | Err(_) => break,
        }
    }
    rest
}

impl Receiver {
    /// Waits until there may be something to read.
    pub async fn readable(&self) -> io::Result<()> {
        self.0.readable().await
    }

    /// Reads what there is; 0 at the end, `WouldBlock` if there is nothing yet.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.try_read(buffer) {
            // What other platforms call the end of a pipe.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(0),
            result => result,
        }
    }
}

/// The host's end and the worker's, which is a plain synchronous handle.
fn pipe(direction: &Direction) -> io::Result<(NamedPipeServer, File)> {
    let to_worker = matches!(direction, Direction::ToWorker);
    let name = random_name()?;
    let server = ServerOptions::new()
        .access_outbound(to_worker)
        .access_inbound(!to_worker)
        .first_pipe_instance(true)
        .max_instances(1)
        .reject_remote_clients(true)
        .in_buffer_size(BUFFER_SIZE)
        .out_buffer_size(BUFFER_SIZE)
        .create(&name)?;
    let client = OpenOptions::new()
        .read(to_worker)
        .write(!to_worker)
        .open(&name)?;
    accept(&server)?;
    Ok((server, client))
}

/// Completes immediately, because the client is already there.
fn accept(server: &NamedPipeServer) -> io::Result<()> {
    match pin!(server.connect()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(ErrorKind::NotConnected.into()),
    }
}

fn random_name() -> io::Result<String> {
    let random = || getrandom::u64().map_err(io::Error::other);
    let (high, low) = (random()?, random()?);
    let host = process::id();
    Ok(format!(
        r"\\.\pipe\python-worker-pool.{host}.{high:016x}{low:016x}"
    ))
}

/// Any process that the host starts at this very moment inherits the handle too. That is harmless:
/// the exit of a worker is not detected by its pipes.
fn inheritable(file: File) -> io::Result<OwnedHandle> {
    let handle = OwnedHandle::from(file);
    // SAFETY: the handle is open.
    unsafe {
        let flag = HANDLE_FLAG_INHERIT;
        SetHandleInformation(HANDLE(handle.as_raw_handle()), flag.0, flag)
    }?;
    Ok(handle)
}
