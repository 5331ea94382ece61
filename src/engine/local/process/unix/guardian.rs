//! The guardian: a small process that outlives a dying host by a moment, to end what it leaves.
//!
//! It reads lines from a pipe whose only write end is the host's: `+<group>` announces a process
//! group, `-<group>` withdraws it, `t<path>` names a temporary directory. At the end of file,
//! however the host died, it kills every group still announced and removes the directories.
//!
//! The guardian itself may die too (somebody's `kill`, the out-of-memory killer). A keeper thread
//! waits for that, starts another one and announces again all that lives.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use super::launch::launch;
use super::outbox::{Delivery, Outbox};
use super::pipes::{null_device, pipe};
use super::waiter::STACK_SIZE;
use crate::engine::local::process::{Command, Operation, SpawnError};

mod keeper;

/// How often a guardian that has stopped reading is offered what it has not got yet.
const REDELIVERY: Duration = Duration::from_millis(50);

/// A handle to a guardian, which ends when the last handle is dropped.
///
/// Every process that was spawned with it holds one until it is reaped.
#[derive(Debug, Clone)]
pub struct Guardian(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// How to start it, and start it again.
    command: Command,
    state: Mutex<State>,
    /// Nothing is ever sent: its drop is what the keeper hears.
    _in_use: Sender<()>,
}

/// What the guardian has to know, and whether there is one to tell.
#[derive(Debug)]
struct State {
    groups: BTreeSet<u32>,
    temp_dirs: BTreeSet<PathBuf>,
    link: Link,
}

#[derive(Debug)]
enum Link {
    /// It died; the keeper is about to start another one and will tell it everything.
    Down,
    /// It runs, and has been sent everything.
    Up { id: u32, outbox: Outbox },
    /// It runs, but its pipe was full: a thread hands over the rest.
    Slow { id: u32, outbox: Outbox },
}

/// One guardian process, just started.
struct Started {
    id: u32,
    outbox: Outbox,
}

impl Guardian {
    /// The guardian of this host process, started when there is none.
    ///
    /// `interpreter` runs `script` (`python/guardian.py`) with `env` as its whole environment.
    /// They matter to the caller who starts it; later ones share what is there.
    pub fn global(
        interpreter: &Path,
        script: &Path,
        env: &[(OsString, OsString)],
    ) -> Result<Self, SpawnError> {
        static GLOBAL: Mutex<Weak<Shared>> = Mutex::new(Weak::new());
        let mut global = GLOBAL.lock();
        if let Some(shared) = global.upgrade() {
            return Ok(Self(shared));
        }
        let guardian = Self::start(interpreter, script, env)?;
        *global = Arc::downgrade(&guardian.0);
        Ok(guardian)
    }

    /// A guardian apart from that of the host process.
    pub fn start(
        interpreter: &Path,
        script: &Path,
        env: &[(OsString, OsString)],
    ) -> Result<Self, SpawnError> {
        let args = [OsStr::new("-I"), OsStr::new("-S"), script.as_os_str()];
        let command = Command {
            program: interpreter.to_owned(),
            args: args.map(OsStr::to_owned).into(),
            env: env.to_owned(),
            cwd: None,
        };
        keeper::start(command).map(Self)
    }

    /// The process id, while one is running.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        match &self.0.state.lock().link {
            Link::Down => None,
            Link::Up { id, .. } | Link::Slow { id, .. } => Some(*id),
        }
    }

    /// Names a directory that is to be removed when the host is gone. Never blocks.
    pub fn announce_temp_dir(&self, directory: &Path) {
        if let Some(line) = temp_dir_line(directory) {
            let mut state = self.0.state.lock();
            state.temp_dirs.insert(directory.to_owned());
            self.tell(&mut state, &line);
        }
    }

    /// Announces a process group, to be killed when the host is gone. Never blocks.
    pub(super) fn announce(&self, group: u32) {
        let mut state = self.0.state.lock();
        state.groups.insert(group);
        self.tell(&mut state, &group_line('+', group));
    }

    /// Withdraws a group; called before its id can become another's. Never blocks.
    pub(super) fn withdraw(&self, group: u32) {
        let mut state = self.0.state.lock();
        state.groups.remove(&group);
        self.tell(&mut state, &group_line('-', group));
    }

    fn tell(&self, state: &mut State, lines: &[u8]) {
        if state.link.send(lines) == Delivery::Pending {
            self.0.hand_over_later(&mut state.link);
        }
    }
}

impl Shared {
    /// Makes a just started guardian the current one and tells it everything.
    fn adopt(self: &Arc<Self>, started: Started) {
        let mut state = self.state.lock();
        let lines = state.everything();
        state.link = Link::Up {
            id: started.id,
            outbox: started.outbox,
        };
        if state.link.send(&lines) == Delivery::Pending {
            self.hand_over_later(&mut state.link);
        }
    }

    /// A thread of its own for what should never happen: a guardian that does not read (stopped,
    /// or starved) while thousands of lines pile up.
    fn hand_over_later(self: &Arc<Self>, link: &mut Link) {
        let Link::Up { .. } = link else { return };
        let shared = Arc::downgrade(self);
        let hand_over = move || {
            loop {
                thread::sleep(REDELIVERY);
                let Some(shared) = shared.upgrade() else {
                    return;
                };
                if shared.state.lock().link.catch_up() != Delivery::Pending {
                    return;
                }
            }
        };
        let builder = thread::Builder::new()
            .name("python-guard".into())
            .stack_size(STACK_SIZE);
        // Without a thread the next line tries again, which is all that can be done.
        if builder.spawn(hand_over).is_ok() {
            link.slow_down();
        }
    }
}

impl State {
    fn everything(&self) -> Vec<u8> {
        let groups = self.groups.iter().map(|group| group_line('+', *group));
        groups
            .chain(self.temp_dirs.iter().filter_map(|dir| temp_dir_line(dir)))
            .flatten()
            .collect()
    }
}

impl Link {
    fn send(&mut self, lines: &[u8]) -> Delivery {
        let delivery = match self {
            Self::Down => Delivery::Done,
            Self::Up { outbox, .. } | Self::Slow { outbox, .. } => outbox.send(lines),
        };
        if delivery == Delivery::Broken {
            *self = Self::Down;
        }
        delivery
    }

    /// Tries again to send the rest, and is up again once there is none.
    fn catch_up(&mut self) -> Delivery {
        let delivery = self.send(&[]);
        if delivery == Delivery::Done {
            self.replace(|id, outbox| Self::Up { id, outbox });
        }
        delivery
    }

    fn slow_down(&mut self) {
        self.replace(|id, outbox| Self::Slow { id, outbox });
    }

    fn replace(&mut self, with: impl FnOnce(u32, Outbox) -> Self) {
        *self = match mem::replace(self, Self::Down) {
            Self::Down => Self::Down,
            Self::Up { id, outbox } | Self::Slow { id, outbox } => with(id, outbox),
        };
    }
}

fn start_process(command: &Command) -> Result<Started, SpawnError> {
    let failed = |source: io::Error| SpawnError::new(Operation::Pipe, &command.program, source);
    let (input, outbox) = pipe().map_err(failed)?;
    let outbox = Outbox::new(outbox).map_err(failed)?;
    // Nobody reads what it says: its death is what matters, and the keeper sees that.
    let null = null_device().map_err(failed)?;
    let id = launch(command, &[input.as_fd(), null.as_fd(), null.as_fd()])?;
    Ok(Started { id, outbox })
}

fn group_line(sign: char, group: u32) -> Vec<u8> {
    format!("{sign}{group}\n").into_bytes()
}

/// None for a path that no line can carry.
fn temp_dir_line(directory: &Path) -> Option<Vec<u8>> {
    let path = directory.as_os_str().as_bytes();
    (!path.contains(&b'\n')).then(|| [b"t", path, b"\n"].concat())
}
