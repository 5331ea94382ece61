//! The thread that reaps a guardian and starts the next one.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use rustix::process::Pid;
use tokio::sync::oneshot;

use super::connection::Connection;
use super::shared::Shared;
use crate::engine::local::process::command::Command;
use crate::engine::local::process::error::{Operation, SpawnError};
use crate::engine::local::process::unix::{thread, wait};

/// A guardian that lived this long did not die because of how it was started.
const HEALTHY: Duration = Duration::from_secs(5);
const MIN_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(5);

/// Starts a guardian and its supervisor, which ends after both the last handle and the guardian.
pub(super) fn start(command: Command) -> Result<Arc<Shared>, SpawnError> {
    let (in_use, released) = channel();
    let (ended_tx, ended) = oneshot::channel();
    let (tx, rx) = channel::<(Weak<Shared>, Pid, Command)>();
    let supervise = move || {
        if let Ok((shared, pid, command)) = rx.recv() {
            let supervisor = Supervisor {
                command,
                shared,
                released,
                delay: Duration::ZERO,
            };
            supervisor.run(pid);
        }
        drop(ended_tx);
    };
    // Before the process, so that no guardian is ever without a supervisor.
    thread::start("python-guardian", supervise)
        .map_err(|source| SpawnError::new(Operation::Thread, &command.program, source))?;

    let (pid, connection) = Connection::start(&command)?;
    let shared = Shared::new(connection, in_use, ended);
    let sent = tx.send((Arc::downgrade(&shared), pid, command));
    debug_assert!(sent.is_ok(), "the thread waits for its guardian first");
    Ok(shared)
}

struct Supervisor {
    command: Command,
    shared: Weak<Shared>,
    /// Disconnected when the last handle is dropped.
    released: Receiver<()>,
    /// The back-off before the next start: none at first, then doubling while guardians die early.
    delay: Duration,
}

impl Supervisor {
    fn run(mut self, first: Pid) {
        let mut current = Some(first);
        while let Some(pid) = current {
            let started = Instant::now();
            // `None` means that something else has reaped it: it is gone all the same.
            let status = wait::reap_continuing(pid);
            if status.is_some_and(rustix::process::WaitStatus::signaled) {
                // It was able to run, so what killed it is no reason for a long back-off.
                self.delay = self.delay.min(MIN_DELAY);
            }
            if started.elapsed() >= HEALTHY {
                self.delay = Duration::ZERO;
            }
            current = self.start_next();
        }
    }

    /// The next guardian; `None` if no handle is left.
    fn start_next(&mut self) -> Option<Pid> {
        loop {
            let delay = self.next_delay();
            if self.released.recv_timeout(delay) == Err(RecvTimeoutError::Disconnected) {
                return None;
            }
            if let Ok((pid, connection)) = Connection::start(&self.command) {
                // Without a handle left, it ends at once.
                if let Some(shared) = self.shared.upgrade() {
                    shared.adopt(connection);
                }
                return Some(pid);
            }
        }
    }

    fn next_delay(&mut self) -> Duration {
        let delay = self.delay;
        self.delay = (delay * 2).clamp(MIN_DELAY, MAX_DELAY);
        delay
    }
}
