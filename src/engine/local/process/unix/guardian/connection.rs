//! The pipe to one guardian process, and whether it keeps up.

use std::io;
use std::mem;
use std::os::fd::AsFd;

use rustix::process::Pid;

use super::outbox::{Delivery, Outbox};
use crate::engine::local::process::command::Command;
use crate::engine::local::process::error::{Operation, SpawnError};
use crate::engine::local::process::unix::descriptors::{null_device, pipe};
use crate::engine::local::process::unix::launch::launch;

#[derive(Debug)]
pub(super) enum Connection {
    /// It died; the supervisor is about to start another one and will send it everything.
    Down,
    /// It runs, and everything is in its pipe.
    Up { pid: Pid, outbox: Outbox },
    /// It runs, but its pipe was full: a thread delivers the rest.
    Slow { pid: Pid, outbox: Outbox },
}

impl Connection {
    /// Starts a guardian process.
    pub(super) fn start(command: &Command) -> Result<(Pid, Self), SpawnError> {
        let failed = |source: io::Error| SpawnError::new(Operation::Pipe, &command.program, source);
        let (input, outbox) = pipe().map_err(failed)?;
        let outbox = Outbox::new(outbox).map_err(failed)?;
        // Its output is not read: only its death matters, and the supervisor sees that.
        let null = null_device().map_err(failed)?;
        let pid = launch(command, &[input.as_fd(), null.as_fd(), null.as_fd()])?;
        Ok((pid, Self::Up { pid, outbox }))
    }

    /// The process, while one is running.
    pub(super) fn pid(&self) -> Option<Pid> {
        match self {
            Self::Down => None,
            Self::Up { pid, .. } | Self::Slow { pid, .. } => Some(*pid),
        }
    }

    pub(super) fn send(&mut self, orders: &[u8]) -> Delivery {
        let delivery = match self {
            Self::Down => Delivery::Done,
            Self::Up { outbox, .. } | Self::Slow { outbox, .. } => outbox.send(orders),
        };
        if delivery == Delivery::Broken {
            *self = Self::Down;
        }
        delivery
    }

    /// Tries again to send the rest, and is up again once there is none.
    pub(super) fn catch_up(&mut self) -> Delivery {
        let delivery = self.send(&[]);
        if delivery == Delivery::Done {
            self.replace(|pid, outbox| Self::Up { pid, outbox });
        }
        delivery
    }

    /// A thread delivers the rest from now on.
    pub(super) fn slow_down(&mut self) {
        self.replace(|pid, outbox| Self::Slow { pid, outbox });
    }

    fn replace(&mut self, with: impl FnOnce(Pid, Outbox) -> Self) {
        *self = match mem::replace(self, Self::Down) {
            Self::Down => Self::Down,
            Self::Up { pid, outbox } | Self::Slow { pid, outbox } => with(pid, outbox),
        };
    }
}
