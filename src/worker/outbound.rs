//! Host -> worker: writes at once what the pipe takes, and the rest when it takes more.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::process::Sender;

/// The sending half of a worker's channel.
#[derive(Debug)]
pub(super) struct Outbound {
    state: Mutex<State>,
    /// Wakes the flusher: there is a backlog, or the channel was closed.
    wake: Notify,
}

#[derive(Debug)]
enum State {
    Open {
        pipe: Arc<Sender>,
        backlog: VecDeque<Vec<u8>>,
        /// Bytes of the first frame in the backlog that are already written.
        written: usize,
    },
    Closed,
}

enum Flushed {
    /// Nothing is left to write.
    All,
    /// The pipe is full.
    Blocked(Arc<Sender>),
    Closed,
}

impl Outbound {
    /// Takes the pipe and starts the task that writes what does not fit at once.
    pub(super) fn start(pipe: Sender) -> Arc<Self> {
        let state = State::Open {
            pipe: Arc::new(pipe),
            backlog: VecDeque::new(),
            written: 0,
        };
        let outbound = Arc::new(Self {
            state: Mutex::new(state),
            wake: Notify::new(),
        });
        tokio::spawn(flush_when_possible(Arc::clone(&outbound)));
        outbound
    }

    /// Sends a frame after those before it. Never blocks. To a closed or broken pipe it sends
    /// nothing: the end of the process is seen, and reported, by others.
    pub(super) fn send(&self, frame: Vec<u8>) {
        let mut state = self.state.lock();
        let State::Open { backlog, .. } = &mut *state else {
            return;
        };
        let idle = backlog.is_empty();
        backlog.push_back(frame);
        if idle && matches!(state.flush(), Flushed::Blocked(_)) {
            self.wake.notify_one();
        }
    }

    /// Closes the pipe, with or without a backlog.
    pub(super) fn close(&self) {
        *self.state.lock() = State::Closed;
        self.wake.notify_one();
    }
}

impl State {
    fn flush(&mut self) -> Flushed {
        let Self::Open {
            pipe,
            backlog,
            written,
        } = self
        else {
            return Flushed::Closed;
        };
        while let Some(frame) = backlog.front() {
            match pipe.try_write(&frame[*written..]) {
                Ok(count) => {
                    *written += count;
                    if *written == frame.len() {
                        backlog.pop_front();
                        *written = 0;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Flushed::Blocked(Arc::clone(pipe));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    *self = Self::Closed;
                    return Flushed::Closed;
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
