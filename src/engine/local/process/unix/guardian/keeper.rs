//! The thread that reaps a guardian and starts the next one.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Link, Shared, State, start_process};
use crate::engine::local::process::unix::process::wait;
use crate::engine::local::process::unix::waiter::STACK_SIZE;
use crate::engine::local::process::{Command, Operation, SpawnError};

/// A guardian that lived this long did not die of how it was started.
const HEALTHY: Duration = Duration::from_secs(5);
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Starts a guardian and its keeper, which ends after both the last handle and the guardian.
pub(super) fn start(command: Command) -> Result<Arc<Shared>, SpawnError> {
    let (in_use, released) = channel();
    let (hand_in, guardian) = channel::<(Weak<Shared>, u32)>();
    let keep = move || {
        if let Ok((shared, id)) = guardian.recv() {
            Keeper {
                shared,
                released,
                delay: Duration::ZERO,
            }
            .run(id);
        }
    };
    // Before the process, so that no guardian can ever be without a keeper.
    thread::Builder::new()
        .name("python-keep".into())
        .stack_size(STACK_SIZE)
        .spawn(keep)
        .map_err(|source| SpawnError::new(Operation::Thread, &command.program, source))?;

    let first = start_process(&command)?;
    let id = first.id;
    let shared = Arc::new(Shared {
        command,
        state: Mutex::new(State {
            groups: [].into(),
            temp_dirs: [].into(),
            link: Link::Up {
                id,
                outbox: first.outbox,
            },
        }),
        _in_use: in_use,
    });
    let received = hand_in.send((Arc::downgrade(&shared), id));
    debug_assert!(
        received.is_ok(),
        "the thread waits for its guardian before all else"
    );
    Ok(shared)
}

struct Keeper {
    shared: Weak<Shared>,
    /// Disconnected when the last handle is gone.
    released: Receiver<()>,
    /// Before the next start: none at first, then doubling while starts come to nothing.
    delay: Duration,
}

impl Keeper {
    fn run(mut self, first: u32) {
        let mut current = Some(first);
        while let Some(id) = current {
            let started = Instant::now();
            // An error means that it was reaped by something else: gone all the same.
            let _ = wait(id.cast_signed());
            if started.elapsed() >= HEALTHY {
                self.delay = Duration::ZERO;
            }
            current = self.start_next();
        }
    }

    /// The id of the next guardian; none when nobody needs one any more.
    fn start_next(&mut self) -> Option<u32> {
        loop {
            let wait = self.next_delay();
            if self.released.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
                return None;
            }
            let shared = self.shared.upgrade()?;
            if let Ok(next) = start_process(&shared.command) {
                let id = next.id;
                shared.adopt(next);
                return Some(id);
            }
        }
    }

    fn next_delay(&mut self) -> Duration {
        let delay = self.delay;
        self.delay = (delay * 2).clamp(FIRST_DELAY, LONGEST_DELAY);
        delay
    }
}
