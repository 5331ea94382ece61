//! Host -> worker: writes at once what the pipe takes, and the rest when it takes more.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::LARGE;
use crate::engine::local::process::{EnlargedPipe, Sender};

/// How many frames are written at once at most.
const MOST_AT_ONCE: usize = 64;

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
    backlog: VecDeque<Arc<Vec<u8>>>,
    /// Bytes of the first frame in the backlog that are already written.
    written: usize,
    /// Kept while the pipe is large, from the first long frame on.
    large: Option<EnlargedPipe>,
}

#[derive(Debug)]
enum Link {
    Open(Arc<Sender>),
    /// Closed, or nobody reads it any more: the end of the process is seen, and reported, by others.
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
            large: None,
        };
        let outbound = Arc::new(Self {
            state: Mutex::new(state),
            wake: Notify::new(),
        });
        tokio::spawn(flush_when_possible(Arc::clone(&outbound)));
        outbound
    }

    /// Sends frames after those before them. Never blocks. A closed pipe takes nothing.
    pub(super) fn send(&self, frames: impl IntoIterator<Item = Arc<Vec<u8>>>) {
        let mut state = self.state.lock();
        if matches!(state.link, Link::Closed) {
            return;
        }
        let idle = state.backlog.is_empty();
        state.backlog.extend(frames);
        if idle && matches!(state.flush(), Flushed::Blocked(_)) {
            self.wake.notify_one();
        }
    }

    /// Closes the pipe, with or without a backlog.
    pub(super) fn close(&self) {
        self.state.lock().close();
        self.wake.notify_one();
    }
}

impl State {
    fn close(&mut self) {
        self.link = Link::Closed;
        self.large = None;
        self.backlog = VecDeque::new();
    }

    fn flush(&mut self) -> Flushed {
        let Link::Open(pipe) = &self.link else {
            return Flushed::Over;
        };
        if self.large.is_none()
            && self
                .backlog
                .front()
                .is_some_and(|frame| frame.len() > LARGE)
        {
            self.large = EnlargedPipe::of(&**pipe);
        }
        while !self.backlog.is_empty() {
            match write(pipe, &self.backlog, self.written) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Flushed::Blocked(Arc::clone(pipe));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.close();
                    return Flushed::Over;
                }
            }
            while let Some(first) = self
                .backlog
                .front()
                .filter(|frame| frame.len() <= self.written)
            {
                self.written -= first.len();
                self.backlog.pop_front();
            }
        }
        Flushed::All
    }
}

/// Writes frames, the first of them from its byte `start` on; how many bytes were taken.
fn write(pipe: &Sender, frames: &VecDeque<Arc<Vec<u8>>>, start: usize) -> io::Result<usize> {
    if frames.len() == 1 {
        return pipe.try_write(&frames[0][start..]);
    }
    let mut slices = [IoSlice::new(&[]); MOST_AT_ONCE];
    let count = frames.len().min(MOST_AT_ONCE);
    for (slice, frame) in slices.iter_mut().zip(frames) {
        *slice = IoSlice::new(frame);
    }
    slices[0] = IoSlice::new(&frames[0][start..]);
    pipe.try_write_vectored(&slices[..count])
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
