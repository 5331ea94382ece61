//! Which worker gets the next call.

use super::slot::Slot;
use crate::scheduler::kind::Kind;

/// A view of the slots that answers who has room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement<'a> {
    slots: &'a [Slot],
}

impl<'a> Placement<'a> {
    pub(super) fn of(slots: &'a [Slot]) -> Self {
        Self { slots }
    }

    /// The index of the slot for a call: of those with room, the one with the fewest calls. In a first burst of
    /// short calls, those that have been answered count, too: else the worker that is the first to answer would
    /// get the share of another. `may_wait`: whether the queue has room for one more, as behind the very first
    /// call of a worker a call counts as waiting.
    pub(super) fn choose(self, kind: Kind, is_small: bool, may_wait: bool) -> Option<usize> {
        let is_first_burst = self.is_first_burst();
        let slots = self.slots.iter().enumerate();
        slots
            .filter(|(_, slot)| slot.has_room(kind, is_small, may_wait))
            .min_by_key(|(_, slot)| (if is_first_burst { slot.sent } else { 0 }, slot.calls.len()))
            .map(|(index, _)| index)
    }

    fn is_first_burst(self) -> bool {
        let mut ready = self.slots.iter().filter(|slot| slot.is_ready());
        ready.all(Slot::is_fresh)
    }

    /// How many calls lie behind the very first calls of their workers.
    pub(super) fn unproven_second_calls(self) -> usize {
        let slots = self.slots.iter();
        slots.filter(|slot| slot.has_unproven_second_call()).count()
    }
}
