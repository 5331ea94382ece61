//! Runs a program for its output, bounded in time and memory.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::platform;
use super::search::Search;

/// Maximum number of bytes kept of each stream; the rest is read and dropped, so that the program does not
/// block.
const MAX_CAPTURE: usize = 64 * 1024;
/// How many chunks may be read before the first of them is looked at.
const MAX_CHUNKS_AHEAD: usize = 16;
/// How long a program may take to exit after it has printed everything that is needed.
const EXIT_GRACE: Duration = Duration::from_secs(1);
/// How often to check for an exit that no end of file announces.
const EXIT_POLL: Duration = Duration::from_millis(20);
/// Before the first check once both streams have ended: the program exits within microseconds then.
const FIRST_EXIT_POLL: Duration = Duration::from_millis(1);

pub(super) struct Outcome {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) stop: Stop,
}

/// How the program ended.
pub(super) enum Stop {
    Exited(ExitStatus),
    /// Something else in the host took its status: an ignored SIGCHLD, or another `wait`.
    StatusLost,
    /// It was killed, with its group.
    TimedOut,
}

enum Stream {
    Stdout,
    Stderr,
}

/// Runs `program` without input.
///
/// It runs in the search's environment and directory, and is killed when the search is cancelled.
/// Once `is_enough` accepts its standard output, it has only a moment left to exit.
pub(super) fn run(
    program: &Path,
    args: &[OsString],
    search: &Search,
    timeout: Duration,
    is_enough: impl Fn(&[u8]) -> bool,
) -> io::Result<Outcome> {
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .envs(search.env.iter().map(|(name, value)| (name, value)));
    command.current_dir(&search.cwd);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    platform::prepare(&mut command);
    let child = command.spawn()?;
    let mut running = Running {
        child,
        deadline: Instant::now() + timeout,
        cancelled: &search.cancelled,
        stopped: None,
    };
    let chunks = running.read()?;

    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    while let Some((stream, chunk)) = running.next_chunk(&chunks) {
        match stream {
            Stream::Stdout if keep(&mut stdout, &chunk) && is_enough(&stdout) => running.hurry(),
            Stream::Stdout => {}
            Stream::Stderr => _ = keep(&mut stderr, &chunk),
        }
    }
    Ok(Outcome {
        stdout,
        stderr,
        stop: running.stop(),
    })
}

/// False if there was no room for any of it.
fn keep(kept: &mut Vec<u8>, chunk: &[u8]) -> bool {
    let room = MAX_CAPTURE - kept.len();
    kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
    room > 0
}

/// A program that is killed, with its group, if it is dropped alive.
struct Running<'a> {
    child: Child,
    deadline: Instant,
    cancelled: &'a AtomicBool,
    /// Once set, its id may belong to another process.
    stopped: Option<Stop>,
}

impl Running<'_> {
    fn read(&mut self) -> io::Result<Receiver<(Stream, Vec<u8>)>> {
        let (tx, chunks) = sync_channel(MAX_CHUNKS_AHEAD);
        if let Some(stdout) = self.child.stdout.take() {
            pump(stdout, || Stream::Stdout, tx.clone())?;
        }
        if let Some(stderr) = self.child.stderr.take() {
            pump(stderr, || Stream::Stderr, tx)?;
        }
        Ok(chunks)
    }

    /// The next chunk of output; `None` once both streams have ended, or it is time to stop.
    fn next_chunk(&mut self, chunks: &Receiver<(Stream, Vec<u8>)>) -> Option<(Stream, Vec<u8>)> {
        loop {
            let left = self.time_left();
            match chunks.recv_timeout(left.min(EXIT_POLL)) {
                Ok(chunk) if !left.is_zero() => return Some(chunk),
                Ok(_) | Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return None,
                Err(RecvTimeoutError::Timeout) => {
                    // A process that it left behind may hold its streams open.
                    if self.stopped.is_none() && self.has_stopped() {
                        self.deadline = self.deadline.min(Instant::now() + EXIT_POLL * 5);
                    }
                }
            }
        }
    }

    fn time_left(&self) -> Duration {
        if self.cancelled.load(Ordering::Relaxed) {
            return Duration::ZERO;
        }
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn hurry(&mut self) {
        self.deadline = self.deadline.min(Instant::now() + EXIT_GRACE);
    }

    fn has_stopped(&mut self) -> bool {
        if self.stopped.is_none() {
            self.stopped = match self.child.try_wait() {
                Ok(status) => status.map(Stop::Exited),
                Err(_) => Some(Stop::StatusLost),
            };
        }
        self.stopped.is_some()
    }

    /// Waits for the exit in what is left of its time, then kills it.
    fn stop(mut self) -> Stop {
        let mut pause = FIRST_EXIT_POLL;
        while !self.has_stopped() && !self.time_left().is_zero() {
            thread::sleep(pause);
            pause = EXIT_POLL.min(pause * 2);
        }
        self.stopped.take().unwrap_or(Stop::TimedOut)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.has_stopped() {
            platform::kill_group(&mut self.child);
            // It was killed, so this does not take long; an error means that it was reaped.
            let _ = self.child.wait();
        }
    }
}

/// Reads a stream on a thread of its own, because not every platform can read a pipe with a time limit.
fn pump(
    mut from: impl Read + Send + 'static,
    stream: fn() -> Stream,
    tx: SyncSender<(Stream, Vec<u8>)>,
) -> io::Result<()> {
    let copy = move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if tx.send((stream(), buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("python-probe".into())
        .spawn(copy)?;
    Ok(())
}
