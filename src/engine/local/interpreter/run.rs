//! Runs a program for its output, bounded in time and memory.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::output::{Output, Stream};
use super::platform::Program;
use super::search::Search;

/// Number of bytes kept of the end of each stream, and of its beginning. What is between is read and
/// dropped, so that the program does not block.
const KEPT_END: usize = 64 * 1024;
const KEPT_BEGINNING: usize = 4 * 1024;
/// How long a program may take to exit once its answer is complete, or can no longer come.
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
    /// As `TimedOut`, but early: it had closed its standard output.
    ClosedOutput,
}

/// Runs `program` without input.
///
/// It runs in the search's environment and directory, and is killed when the search is cancelled.
/// Once `is_enough` accepts its standard output, it has only a moment left to exit. What it leaves
/// running is killed, unless that has left its process group.
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
        .envs(search.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if !search.inherits_cwd {
        command.current_dir(&search.cwd);
    }
    let running = Running {
        program: Program::start(&mut command)?,
        deadline: Instant::now() + timeout,
        cancelled: &search.cancelled,
        stopped: None,
    };
    running.finish(is_enough)
}

/// Appends output, and drops what is in the middle of very much of it.
fn keep(kept: &mut Vec<u8>, chunk: &[u8]) {
    kept.extend_from_slice(chunk);
    if kept.len() > KEPT_BEGINNING + 2 * KEPT_END {
        kept.drain(KEPT_BEGINNING..kept.len() - KEPT_END);
    }
}

struct Running<'a> {
    program: Program,
    deadline: Instant,
    cancelled: &'a AtomicBool,
    stopped: Option<Stop>,
}

impl Running<'_> {
    fn finish(mut self, is_enough: impl Fn(&[u8]) -> bool) -> io::Result<Outcome> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (mut open, mut has_answered, mut is_closed) = (2, false, false);
        while open > 0 && !self.time_left().is_zero() {
            match self.program.read(self.time_left().min(EXIT_POLL))? {
                Output::Chunk(Stream::Stdout, chunk) => {
                    keep(&mut stdout, &chunk);
                    if !has_answered && is_enough(&stdout) {
                        has_answered = true;
                        self.hurry(EXIT_GRACE);
                    }
                }
                Output::Chunk(Stream::Stderr, chunk) => keep(&mut stderr, &chunk),
                Output::Closed(stream) => {
                    open -= 1;
                    is_closed |= stream == Stream::Stdout;
                    if is_closed {
                        self.hurry(EXIT_GRACE);
                    }
                }
                // A process that it has left behind may hold its streams open.
                Output::Silence if self.has_stopped() => {
                    if has_answered {
                        break;
                    }
                    self.hurry(EXIT_POLL * 5);
                }
                Output::Silence => {}
            }
        }
        let stop = match self.wait() {
            Stop::TimedOut if is_closed && !self.is_cancelled() => Stop::ClosedOutput,
            stop => stop,
        };
        Ok(Outcome {
            stdout,
            stderr,
            stop,
        })
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn time_left(&self) -> Duration {
        if self.is_cancelled() {
            return Duration::ZERO;
        }
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn hurry(&mut self, grace: Duration) {
        self.deadline = self.deadline.min(Instant::now() + grace);
    }

    fn has_stopped(&mut self) -> bool {
        if self.stopped.is_none() {
            self.stopped = match self.program.try_wait() {
                Ok(status) => status.map(Stop::Exited),
                Err(_) => Some(Stop::StatusLost),
            };
        }
        self.stopped.is_some()
    }

    /// Waits for the exit in what is left of its time.
    fn wait(&mut self) -> Stop {
        let mut pause = FIRST_EXIT_POLL;
        while !self.has_stopped() && !self.time_left().is_zero() {
            thread::sleep(pause);
            pause = EXIT_POLL.min(pause * 2);
        }
        self.stopped.take().unwrap_or(Stop::TimedOut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_of_much_output_are_kept() {
        let mut kept = Vec::new();
        keep(&mut kept, b"begin");
        for _ in 0..1000 {
            keep(&mut kept, &[b'.'; 1000]);
        }
        keep(&mut kept, b"end");
        assert!(kept.len() <= KEPT_BEGINNING + 2 * KEPT_END);
        assert!(kept.starts_with(b"begin.") && kept.ends_with(b".end"));
    }
}
