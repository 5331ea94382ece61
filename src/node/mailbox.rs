//! Notifications for the JS thread of an environment: posted from any thread, taken with one signal,
//! but no more in one turn of the event loop than leaves it responsive.

use std::collections::VecDeque;
use std::mem;

use napi::Env;
use napi::bindgen_prelude::Result;
use parking_lot::Mutex;

use super::cut::cut;
use super::items::Items;
use super::napi_sys::{OnSignal, Signal};
use crate::runtime::{CallOutcome, LogLine};
use pool_core::stats::WorkerState;
use pool_core::wire::{Output, ProjectFile};
use pool_core::{CallId, CallTimes, Failure};

/// Maximum number of log lines that wait while the JS thread is busy; more are only counted.
const MAX_LINES: usize = 10_000;

/// Maximum size of their text in bytes, likewise.
const MAX_TEXT: usize = 64 << 20;

/// Maximum length of one of them in bytes; the rest is cut. A record of Python's `logging` is as long as the
/// script likes, and V8 takes no string above 512 MiB.
const MAX_LINE: usize = 16 << 20;

/// Log lines that are delivered with one signal. Node.js handles at most 1000 signals before it lets the
/// event loop turn, so a script that prints without a pause takes at most 10 000 lines a turn.
const LINES_PER_SIGNAL: usize = 10;

/// Bytes of results after which the event loop turns before the next, as `ts/pool` has to parse them.
/// A signal that is sent while one is handled is handled before the loop turns, so the rest waits for
/// a `setImmediate`.
const BYTES_PER_TURN: usize = 256 * 1024;

/// The number of a pool, unique in its environment.
pub(super) type PoolKey = u64;

/// A notification of a pool.
#[derive(Debug)]
pub(super) struct Message(pub(super) PoolKey, pub(super) Notification);

#[derive(Debug)]
pub(super) enum Notification {
    Settled(Settled),
    /// Consecutive items of a stream.
    Items(Items),
    /// The outcome of a stream, behind its items.
    Ended(Settled),
    Event(PoolEvent),
}

/// A call with its outcome, and its times if they are reported.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) call: CallId,
    pub(super) outcome: CallOutcome,
    pub(super) times: Option<Box<CallTimes>>,
}

#[derive(Debug)]
pub(super) enum PoolEvent {
    /// A worker has become ready.
    Ready,
    /// A worker has another state.
    WorkerChanged(usize, Option<u32>, WorkerState),
    /// A worker loads a file of the user's project.
    Loads(ProjectFile),
    /// The answer to this number of requests to initialize.
    Initialized(usize, std::result::Result<(), Failure>),
    /// The answer to this number of requests to shut down.
    Closed(usize),
    /// JavaScript has dropped the pool.
    Dropped,
    Log(LogLine),
}

/// The part of an environment that other threads reach.
#[derive(Debug)]
pub(super) struct Mailbox {
    signal: Signal,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Message>,
    lines: usize,
    text: usize,
    lines_dropped: usize,
    /// A drain is under way: with a signal, or in the next turn.
    is_awaited: bool,
    /// The environment is gone: nothing can be delivered any more.
    is_closed: bool,
}

/// What one drain delivers.
pub(super) struct Batch {
    pub(super) messages: Vec<Message>,
    pub(super) lines_dropped: usize,
    pub(super) rest: Rest,
}

/// What a drain leaves, and when that must be drained.
pub(super) enum Rest {
    None,
    ThisTurn,
    NextTurn,
}

impl Mailbox {
    /// A mailbox whose signal calls `F`.
    pub(super) fn new<F: OnSignal>(env: Env) -> Result<Self> {
        Ok(Self {
            signal: Signal::new::<F>(env)?,
            queue: Mutex::default(),
        })
    }

    /// Adds a message; signals if the mailbox was empty.
    pub(super) fn post(&self, mut message: Message) {
        if let Notification::Event(PoolEvent::Log(line)) = &mut message.1 {
            line.message = cut(mem::take(&mut line.message), MAX_LINE);
        }
        let mut queue = self.queue.lock();
        if queue.is_closed {
            return;
        }
        if let Notification::Event(PoolEvent::Log(line)) = &message.1 {
            if queue.lines >= MAX_LINES || queue.text >= MAX_TEXT {
                queue.lines_dropped += 1;
                return;
            }
            queue.lines += 1;
            queue.text += text_of(line);
        }
        self.push(&mut queue, message);
    }

    /// As [`Self::post`], for an item of a stream, which joins those in front of it.
    pub(super) fn post_item(&self, pool: PoolKey, stream: CallId, item: Output) {
        let mut queue = self.queue.lock();
        let item = match queue.messages.back_mut() {
            Some(Message(key, Notification::Items(items)))
                if *key == pool && items.stream == stream =>
            {
                match items.add(item) {
                    Ok(()) => return,
                    Err(item) => item,
                }
            }
            _ => item,
        };
        let items = Notification::Items(Items::new(stream, item));
        self.push(&mut queue, Message(pool, items));
    }

    fn push(&self, queue: &mut Queue, message: Message) {
        if queue.is_closed {
            return;
        }
        queue.messages.push_back(message);
        if !queue.is_awaited {
            queue.is_awaited = true;
            // Under the lock, so that no signal follows the closing.
            self.signal.send();
        }
    }

    /// Takes the next batch of messages.
    pub(super) fn take(&self) -> Batch {
        let mut queue = self.queue.lock();
        let mut messages = Vec::with_capacity(queue.messages.len().min(MAX_LINES));
        let (mut lines, mut bytes) = (0, 0);
        let mut has_started = false;
        while lines < LINES_PER_SIGNAL
            && bytes < BYTES_PER_TURN
            && !has_started
            && let Some(message) = queue.messages.pop_front()
        {
            match &message.1 {
                Notification::Event(PoolEvent::Log(line)) => {
                    lines += 1;
                    queue.text -= text_of(line);
                }
                Notification::Items(items) => bytes += items.size,
                Notification::Settled(Settled {
                    outcome: Ok(output),
                    ..
                })
                | Notification::Ended(Settled {
                    outcome: Ok(output),
                    ..
                }) => bytes += output.size(),
                // JavaScript learns this before it gets the outcomes of calls that waited for it.
                Notification::Event(PoolEvent::Initialized(..)) => has_started = true,
                _ => {}
            }
            messages.push(message);
        }
        queue.lines -= lines;
        queue.is_awaited = !queue.messages.is_empty();
        let rest = match queue.is_awaited {
            false => Rest::None,
            true if has_started || bytes >= BYTES_PER_TURN => Rest::NextTurn,
            true => Rest::ThisTurn,
        };
        Batch {
            messages,
            lines_dropped: mem::take(&mut queue.lines_dropped),
            rest,
        }
    }

    /// Has the rest drained with a signal.
    pub(super) fn signal_rest(&self) {
        let queue = self.queue.lock();
        if !queue.is_closed {
            self.signal.send();
        }
    }

    /// Drops everything that is posted from now on.
    pub(super) fn close(&self) {
        self.queue.lock().is_closed = true;
    }

    pub(super) fn signal(&self) -> &Signal {
        &self.signal
    }
}

/// The size of a line's text in bytes.
fn text_of(line: &LogLine) -> usize {
    let further = [&line.logger, &line.details].into_iter().flatten();
    line.message.len() + further.map(String::len).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pool_core::Level;

    #[test]
    fn the_name_of_the_logger_and_the_details_count_as_text() {
        let own = LogLine::new(Level::Warn, "text".into());
        let record = LogLine {
            logger: Some("root".into()),
            details: Some("{}".into()),
            ..own.clone()
        };
        assert_eq!((text_of(&own), text_of(&record)), (4, 10));
    }
}
