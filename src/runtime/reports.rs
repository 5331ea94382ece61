//! What the engine and its workers report -> events.

use std::sync::Arc;

use pool_core::failure::{Failure, InterpreterNote};
use pool_core::scheduler::Event;
use pool_core::wire::Message;
use pool_core::{Level, WorkerId};

use super::driver::{Driver, now};
use super::observer::{LogLine, Observer};
use crate::engine::{Engine, Prepared, Report, Stream};

/// From this many prefetched calls on, reading replies in batches is worthwhile.
const MANY: usize = 8;

/// From this many items at once on, reading those that follow in batches is worthwhile.
const MANY_ITEMS: usize = 2;

impl<E: Engine, O: Observer> Driver<E, O> {
    pub(super) fn on_prepared(self: &Arc<Self>, prepared: Result<Prepared<E::Spec>, Failure>) {
        let mut state = self.lock();
        let event = match prepared {
            Ok(Prepared { spec, interpreter }) => {
                let InterpreterNote {
                    path,
                    version,
                    reason,
                    ..
                } = &interpreter;
                let text = format!("uses {path} (Python {version}, chosen by {reason})");
                self.log(Level::Debug, None, text);
                state.workers.set_spec(spec);
                Event::Prepared(interpreter)
            }
            Err(failure) => Event::PrepareFailed(failure),
        };
        self.step_locked(&mut state, event);
    }

    pub(super) fn on_report(self: &Arc<Self>, worker: WorkerId, report: Report) {
        match report {
            Report::Messages(messages) => self.on_messages(worker, messages),
            Report::Line(stream, text) => self.on_line(worker, stream, text),
            Report::Warning(text) => self.log(Level::Warn, Some(worker), text),
            Report::Stacks(stacks) => self.step(Event::Stacks(worker, stacks)),
            Report::ProtocolError(death) => self.step(Event::ProtocolError(worker, death)),
            Report::Exited(death) => {
                // Must be atomic: a call sent in between would be lost.
                let mut state = self.lock();
                let unstarted = state.workers.remove(worker);
                let event = Event::Exited {
                    worker,
                    death,
                    unstarted,
                };
                self.step_locked(&mut state, event);
            }
        }
    }

    /// Handles all messages in one step: a reply that frees the worker is followed by its next calls.
    fn on_messages(self: &Arc<Self>, worker: WorkerId, messages: Vec<Message>) {
        let mut state = self.lock();
        let now = now();
        let mut items = 0;
        for message in messages {
            match message {
                Message::Reply(call, outcome) => {
                    self.decide_at(&mut state, Event::Replied(worker, call, outcome), now);
                }
                Message::Ready { warning, is_async } => {
                    if let Some(warning) = warning
                        && state.workers.is_new_warning(&warning)
                    {
                        self.log(Level::Warn, None, warning);
                    }
                    if is_async {
                        self.decide_at(&mut state, Event::IsAsync(worker, None), now);
                    }
                    self.decide_at(&mut state, Event::Ready(worker), now);
                }
                Message::LoadFailed(error) => {
                    self.decide_at(&mut state, Event::LoadFailed(worker, error), now);
                }
                Message::Item(call, item) => {
                    items += 1;
                    self.decide_at(&mut state, Event::Item(worker, call, item), now);
                }
                Message::Pong => self.decide_at(&mut state, Event::Pong(worker), now),
                Message::IsAsync(call) => {
                    self.decide_at(&mut state, Event::IsAsync(worker, Some(call)), now);
                }
                Message::Cancelling(call, stack) => {
                    self.decide_at(&mut state, Event::Cancelling(worker, call, stack), now);
                }
                Message::Hello | Message::BatchEnded(_) => {}
                Message::Loads(file) => self.observer.loads(file),
                Message::Log(record) => self.observer.log(LogLine {
                    worker: Some(worker.slot),
                    calls: record
                        .call
                        .map_or_else(Vec::new, |call| state.scheduler.calls_of(worker, call)),
                    logger: Some(record.logger),
                    time: record.time,
                    details: record.details,
                    ..LogLine::new(record.level, record.message)
                }),
                Message::Printed { call, stream, text } => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    self.observer.log(LogLine {
                        worker: Some(worker.slot),
                        calls: state.scheduler.calls_of(worker, call),
                        stream: Some(stream),
                        ..LogLine::new(stream.level(), text)
                    });
                }
            }
        }
        self.conclude(&mut state);
        if state.scheduler.prefetched_calls(worker) >= MANY || items >= MANY_ITEMS {
            state.workers.expect_many();
        }
    }

    /// Logs a line that no call is known to have printed, with the call that was running if there is only one.
    fn on_line(&self, worker: WorkerId, stream: Stream, text: String) {
        let calls = self.lock().scheduler.running_calls(worker);
        self.observer.log(LogLine {
            worker: Some(worker.slot),
            calls,
            stream: Some(stream),
            ..LogLine::new(stream.level(), text)
        });
    }
}
