//! A pipe that is read until its end of file.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead as _, ReadBuf};

use crate::engine::local::process::{self, Receiver};

/// Maximum number of bytes read from one pipe before the others get a turn, in case it never ends.
pub(super) const MAX_PER_TURN: usize = 4 << 20;

/// A pipe until its end of file.
pub(super) struct Source {
    pipe: Option<Receiver>,
    /// The reactor may not have seen the newest bytes yet.
    is_stale: bool,
}

/// The outcome of one read.
pub(super) enum ReadOutcome {
    Bytes(usize),
    WouldBlock,
    End,
}

impl Source {
    pub(super) fn new(pipe: Option<Receiver>) -> Self {
        Self {
            pipe,
            is_stale: false,
        }
    }

    pub(super) fn pipe(&self) -> Option<&Receiver> {
        self.pipe.as_ref()
    }

    /// Reads nothing more.
    pub(super) fn close(&mut self) {
        self.pipe = None;
    }

    /// Waits until there is something to read; forever once the pipe has ended.
    pub(super) async fn readable(&self) {
        match &self.pipe {
            Some(pipe) if pipe.readable().await.is_ok() => {}
            _ => std::future::pending().await,
        }
    }

    /// Has the next reads ask the system instead of the reactor, until they have found the pipe empty.
    pub(super) fn mark_stale(&mut self) {
        self.is_stale = true;
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> ReadOutcome {
        let Some(pipe) = &mut self.pipe else {
            return ReadOutcome::End;
        };
        if self.is_stale {
            let result = process::read_now(pipe, buffer);
            return self.outcome(result);
        }
        // Not `try_read`: after a read that did not fill the buffer, this one takes the pipe for
        // empty until the system says otherwise, which saves a read that finds nothing.
        let mut buffer = ReadBuf::new(buffer);
        let poll = Pin::new(pipe).poll_read(&mut Context::from_waker(Waker::noop()), &mut buffer);
        let count = buffer.filled().len();
        match poll {
            Poll::Pending => ReadOutcome::WouldBlock,
            Poll::Ready(result) => self.outcome(result.map(|()| count)),
        }
    }

    fn outcome(&mut self, result: io::Result<usize>) -> ReadOutcome {
        match result {
            Ok(count @ 1..) => ReadOutcome::Bytes(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => ReadOutcome::Bytes(0),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.is_stale = false;
                ReadOutcome::WouldBlock
            }
            Ok(0) | Err(_) => {
                self.pipe = None;
                ReadOutcome::End
            }
        }
    }

    /// Reads what is left in the pipe of a process that has exited. A process that it started may
    /// still write to it.
    pub(super) async fn take_rest(&mut self) -> Vec<u8> {
        match self.pipe.take() {
            Some(pipe) => process::read_rest(pipe, MAX_PER_TURN).await,
            None => Vec::new(),
        }
    }
}
