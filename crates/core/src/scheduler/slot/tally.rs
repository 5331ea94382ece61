//! What a worker's calls amount to, so that no event has to look at each of them.

use std::time::Instant;

use super::in_flight::InFlight;
use crate::scheduler::kind::Kind;

/// The calls of a worker that has several at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) asynchronous: usize,
    pub(super) plain: usize,
    /// Those whose items are sent one by one.
    pub(super) streams: usize,
    /// Those that are to end before their time.
    pub(super) cancelling: usize,
    /// No call is late before then; none may be late then either, if the one that would have been is over.
    pub(super) first_deadline: Option<Instant>,
}

impl Tally {
    pub(super) fn of<'a>(calls: impl IntoIterator<Item = &'a InFlight>) -> Self {
        let mut tally = Self::default();
        for call in calls {
            tally.add(call);
        }
        tally
    }

    pub(super) fn add(&mut self, call: &InFlight) {
        match call.kind {
            Kind::Async => self.asynchronous += 1,
            Kind::Plain => self.plain += 1,
        }
        self.streams += usize::from(call.is_stream());
        self.cancelling += usize::from(call.cancel.is_some());
        let deadline = call.first_deadline();
        self.first_deadline = deadline.into_iter().chain(self.first_deadline).min();
    }

    pub(super) fn remove(&mut self, call: &InFlight) {
        match call.kind {
            Kind::Async => self.asynchronous -= 1,
            Kind::Plain => self.plain -= 1,
        }
        self.streams -= usize::from(call.is_stream());
        self.cancelling -= usize::from(call.cancel.is_some());
    }
}
