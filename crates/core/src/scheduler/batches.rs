//! Calls that are passed to Python as one.

use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::placement::Placement;
use super::slot::InFlight;
use crate::call::Call;
use crate::id::CallId;

impl Scheduler {
    /// Sends the calls of a line that fit into one batch.
    pub(super) fn send_batch(
        &mut self,
        line: usize,
        index: usize,
        fx: &mut impl Effects,
    ) -> Option<InFlight> {
        let mut batch = self.queue.pop_batch(line);
        let kind = self.kinds.of(&batch.first()?.call);
        let worker = self.slots[index].worker(index);
        for queued in &mut batch {
            queued.call.assign(worker);
        }
        self.batches += 1;
        let id = CallId::of_batch(self.batches);
        let calls: Vec<&Call> = batch.iter().map(|queued| &queued.call).collect();
        fx.send_batch(worker, id, &calls);
        InFlight::of_batch(id, batch, kind)
    }

    /// When calls have waited long enough for others, although there is a place for them.
    pub(super) fn next_batch(&self) -> Option<Instant> {
        if !self.is_running() {
            return None;
        }
        let placement = Placement::of(&self.slots);
        let waits = self.queue.gathering().filter_map(|(until, next)| {
            let kind = self.kinds.of(&next.call);
            placement.choose(kind, false, true).map(|_| until)
        });
        waits.min()
    }
}
