//! Frames to the worker: writes as much as the pipe has room for, and the rest when it has more.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::mem;
use std::sync::Arc;

use parking_lot::Mutex;
use pool_core::wire::call_of;
use tokio::sync::Notify;

use crate::engine::local::process::{EnlargedPipe, Sender};

/// Maximum number of frames per write.
const MAX_FRAMES: usize = 64;

/// The sending half of a worker's channel.
#[derive(Debug)]
pub(super) struct Outbound {
    state: Mutex<State>,
    /// Wakes the flusher: there is a backlog, or the channel was closed.
    wake: Notify,
}

#[derive(Debug)]
struct State {
    connection: Connection,
    backlog: VecDeque<Arc<Vec<u8>>>,
    /// Bytes of the first frame in the backlog that are already written.
    written: usize,
    /// Kept while the pipe is enlarged, from the first long frame on.
    enlarged: Option<EnlargedPipe>,
}

#[derive(Debug)]
enum Connection {
    Open(Arc<Sender>),
    /// Closed, or the worker no longer reads it. The reader reports the exit of the process.
    Closed,
}

enum Flushed {
    /// Nothing is left to write.
    All,
    /// The pipe is full.
    Blocked(Arc<Sender>),
    /// The connection is closed.
    Closed,
}

impl Outbound {
    /// Takes the pipe and starts the task that writes what does not fit immediately.
    pub(super) fn start(pipe: Sender) -> Arc<Self> {
        let state = State {
            connection: Connection::Open(Arc::new(pipe)),
            backlog: VecDeque::new(),
            written: 0,
            enlarged: None,
        };
        let outbound = Arc::new(Self {
            state: Mutex::new(state),
            wake: Notify::new(),
        });
        tokio::spawn(flush_when_possible(Arc::clone(&outbound)));
        outbound
    }

    /// Sends frames in order. Never blocks. Does nothing once the pipe is closed.
    pub(super) fn send(&self, frames: impl IntoIterator<Item = Arc<Vec<u8>>>) {
        let mut state = self.state.lock();
        if matches!(state.connection, Connection::Closed) {
            return;
        }
        let idle = state.backlog.is_empty();
        state.backlog.extend(frames);
        if idle && matches!(state.flush(), Flushed::Blocked(_)) {
            self.wake.notify_one();
        }
    }

    /// Drops the frames of these calls that are not even written in part.
    pub(super) fn drop_unwritten(&self, calls: &[u64]) {
        let mut state = self.state.lock();
        if calls.is_empty() || state.backlog.is_empty() {
            return;
        }
        let mut is_begun = state.written > 0;
        state
            .backlog
            .retain(|frame| mem::take(&mut is_begun) || !calls.contains(&call_of(frame)));
    }

    /// Closes the pipe, and drops the backlog.
    pub(super) fn close(&self) {
        self.state.lock().close();
        self.wake.notify_one();
    }
}

impl State {
    fn close(&mut self) {
        self.connection = Connection::Closed;
        self.enlarged = None;
        self.backlog = VecDeque::new();
    }

    fn flush(&mut self) -> Flushed {
        let Connection::Open(pipe) = &self.connection else {
            return Flushed::Closed;
        };
        if self.enlarged.is_none()
            && self
                .backlog
                .front()
                .is_some_and(|frame| frame.len() > EnlargedPipe::MIN_MESSAGE)
        {
            self.enlarged = EnlargedPipe::of(&**pipe);
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
                    return Flushed::Closed;
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

/// Writes frames, the first of them from its byte `start` on, and returns how many bytes were written.
fn write(pipe: &Sender, frames: &VecDeque<Arc<Vec<u8>>>, start: usize) -> io::Result<usize> {
    if frames.len() == 1 {
        return pipe.try_write(&frames[0][start..]);
    }
    let mut slices = [IoSlice::new(&[]); MAX_FRAMES];
    let count = frames.len().min(MAX_FRAMES);
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
            Flushed::Closed => return,
            Flushed::Blocked(pipe) => {
                tokio::select! {
                    _ = pipe.writable() => {}
                    () = outbound.wake.notified() => {}
                }
            }
        }
    }
}
