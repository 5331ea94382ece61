//! Streams: calls whose items are sent one by one, no further ahead of the consumer than their window.

use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{Flow, InFlight, Slot};
use crate::failure::{ClosedWhile, Death, DeathCause, Failure};
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::wire::{Credit, Output};

impl Scheduler {
    /// A worker sent an item, or what cannot be one.
    pub(super) fn item(
        &mut self,
        worker: WorkerId,
        id: CallId,
        item: Result<Output, Failure>,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        if !slot.is_serving() {
            return; // a late item: its stream has failed already, or is about to
        }
        let stream = slot.call_mut(id).filter(|call| call.is_stream());
        if stream.as_ref().is_some_and(|call| call.call().is_none()) {
            return; // it is being cancelled
        }
        let size = item.as_ref().map_or(0, Output::size);
        let flow = stream.and_then(|call| call.flow.as_mut());
        let added = match flow.map(|flow| flow.add(size, now)) {
            Some(Some(index)) => Ok(index),
            Some(None) => Err(format!("an item of {id} beyond its window")),
            None => Err(format!(
                "an item of {id}, which is no stream of this worker"
            )),
        };
        match (added, item) {
            (Err(reason), _) => {
                let death = Death::of(DeathCause::ProtocolError(reason));
                self.kill_for_protocol_error(worker, death, fx);
            }
            (Ok(_), Ok(item)) => fx.item(id, item),
            (Ok(index), Err(failure)) => {
                self.fail_running(worker, id, failure.of_item(index), now, fx);
            }
        }
    }

    /// The consumer of a stream has taken so much.
    pub(super) fn taken(&mut self, id: CallId, taken: Credit, fx: &mut impl Effects) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let worker = slot.worker(index);
            let stream = slot.call_mut(id).filter(|call| call.call().is_some());
            if let Some(flow) = stream.and_then(|call| call.flow.as_mut()) {
                flow.take(taken);
                fx.credit(worker, id, taken);
            }
        }
    }

    /// When to do something about a stream whose consumer takes nothing.
    pub(super) fn next_stall(&self) -> Option<Instant> {
        if self.queue.is_empty() && self.drain.is_none() {
            return None;
        }
        let streams = self.slots.iter().flat_map(Slot::streams);
        streams.filter_map(|flow| self.stall_end(flow)).min()
    }

    fn stall_end(&self, flow: &Flow) -> Option<Instant> {
        let warning = flow.warn_at().filter(|_| !self.queue.is_empty());
        let end = flow.give_up_at().filter(|_| self.drain.is_some());
        warning.into_iter().chain(end).min()
    }

    /// Tells the owner about streams whose consumers keep calls waiting, and ends those that a drain waits for.
    pub(super) fn check_stalled_streams(&mut self, now: Instant, fx: &mut impl Effects) {
        if self.next_stall().is_none_or(|at| at > now) {
            return;
        }
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let (waiting, is_draining) = (self.queue.len(), self.drain.is_some());
        let mut given_up = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let worker = slot.worker(index);
            for call in slot.calls.iter_mut().filter(|call| call.call().is_some()) {
                let name = function_of(call);
                let Some(flow) = &mut call.flow else {
                    continue;
                };
                if is_draining && is_due(flow.give_up_at()) {
                    given_up.push((worker, call.id));
                } else if waiting > 0 && is_due(flow.warn_at()) {
                    flow.is_told = true;
                    fx.log(
                        Level::Warn,
                        Some(worker),
                        stall_warning(&name, flow, waiting, now),
                    );
                }
            }
        }
        for (worker, id) in given_up {
            let failure = Failure::Closed(ClosedWhile::Running { started: true });
            self.fail_running(worker, id, failure, now, fx);
        }
    }

    /// Fails a stream, and has its worker end it.
    fn fail_running(
        &mut self,
        worker: WorkerId,
        id: CallId,
        failure: Failure,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let call = self.slot_mut(worker).and_then(|slot| slot.call_mut(id));
        if let Some(call) = call {
            call.fail(failure, fx);
            if call.cancel.is_none() {
                self.cancel(worker, id, now, fx);
            }
        }
    }
}

fn function_of(call: &InFlight) -> String {
    let name = call.call().map(|call| call.request().function());
    String::from_utf8_lossy(name.unwrap_or_default()).into_owned()
}

fn stall_warning(function: &str, flow: &Flow, waiting: usize, now: Instant) -> String {
    let seconds = flow.stalled_for(now).as_secs();
    let calls = if waiting == 1 {
        "call waits"
    } else {
        "calls wait"
    };
    format!(
        "The consumer of a stream of {function} has taken nothing for {seconds} s, and the stream keeps its place \
         in the worker, while {waiting} {calls}. Take its items, leave it, or add workers."
    )
}
