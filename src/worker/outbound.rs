//! Host -> worker: writes at once what the pipe takes, and the rest when it takes more; and finds out
//! what a dead worker never read.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::process::{self, Sender};

/// What a pipe holds unless it was told otherwise. A longer frame can not lie in it as a whole.
const PIPE_SIZE: usize = 64 * 1024;

/// The sending half of a worker's channel.
#[derive(Debug)]
pub(super) struct Outbound {
    state: Mutex<State>,
    /// Wakes the flusher: there is a backlog, or the channel was closed.
    wake: Notify,
}

#[derive(Debug)]
struct State {
    link: Link,
    backlog: VecDeque<Vec<u8>>,
    /// Bytes of the first frame in the backlog that are already written.
    written: usize,
    /// The frame that was written last, as long as all of it may still lie in the pipe.
    last: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Link {
    Open(Arc<Sender>),
    /// Nobody reads it any more: the end of the process is seen, and reported, by others.
    Broken(Arc<Sender>),
    Closed,
}

enum Flushed {
    /// Nothing is left to write.
    All,
    /// The pipe is full.
    Blocked(Arc<Sender>),
    /// Nothing can be written any more.
    Over,
}

impl Outbound {
    /// Takes the pipe and starts the task that writes what does not fit at once.
    pub(super) fn start(pipe: Sender) -> Arc<Self> {
        let state = State {
            link: Link::Open(Arc::new(pipe)),
            backlog: VecDeque::new(),
            written: 0,
            last: None,
        };
        let outbound = Arc::new(Self {
            state: Mutex::new(state),
            wake: Notify::new(),
        });
        tokio::spawn(flush_when_possible(Arc::clone(&outbound)));
        outbound
    }

    /// Sends a frame after those before it. Never blocks. A closed pipe takes nothing.
    pub(super) fn send(&self, frame: Vec<u8>) {
        let mut state = self.state.lock();
        if matches!(state.link, Link::Closed) {
            return;
        }
        let idle = state.backlog.is_empty();
        state.backlog.push_back(frame);
        if idle && matches!(state.flush(), Flushed::Blocked(_)) {
            self.wake.notify_one();
        }
    }

    /// Closes the pipe, with or without a backlog.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.link = Link::Closed;
        state.backlog = VecDeque::new();
        self.wake.notify_one();
    }

    /// The newest frame, if the process is gone and has provably not read a byte of it.
    pub(super) fn take_unread(&self) -> Option<Vec<u8>> {
        let mut state = self.state.lock();
        let in_pipe = match &state.link {
            Link::Open(pipe) | Link::Broken(pipe) => process::unread_bytes(pipe),
            Link::Closed => return None,
        };
        let (frame, written) = match state.backlog.pop_back() {
            Some(frame) if state.backlog.is_empty() => (frame, state.written),
            Some(frame) => (frame, 0),
            None => {
                let last = state.last.take()?;
                let written = last.len();
                (last, written)
            }
        };
        (in_pipe >= written).then_some(frame)
    }
}

impl State {
    fn flush(&mut self) -> Flushed {
        let Link::Open(pipe) = &self.link else {
            return Flushed::Over;
        };
        while let Some(frame) = self.backlog.front() {
            match pipe.try_write(&frame[self.written..]) {
                Ok(count) => {
                    self.written += count;
                    if self.written == frame.len() {
                        let frame = self.backlog.pop_front();
                        self.last = frame.filter(|frame| frame.len() <= PIPE_SIZE);
                        self.written = 0;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Flushed::Blocked(Arc::clone(pipe));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.link = Link::Broken(Arc::clone(pipe));
                    return Flushed::Over;
                }
            }
        }
        Flushed::All
    }
}

async fn flush_when_possible(outbound: Arc<Outbound>) {
    loop {
        let flushed = outbound.state.lock().flush();
        match flushed {
            Flushed::All => outbound.wake.notified().await,
            Flushed::Over => return,
            Flushed::Blocked(pipe) => {
                tokio::select! {
                    _ = pipe.writable() => {}
                    () = outbound.wake.notified() => {}
                }
            }
        }
    }
}
