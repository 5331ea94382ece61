//! Which worker gets the next call.

use super::slot::Slot;

/// A view of the slots that answers who has room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement<'a> {
    slots: &'a [Slot],
}

impl<'a> Placement<'a> {
    pub(super) fn of(slots: &'a [Slot]) -> Self {
        Self { slots }
    }

    /// The index of the slot for a call: of those with room, the one with the fewest calls. `may_wait`: whether
    /// the queue has room for one more, as behind the very first call of a worker a call counts as waiting.
    pub(super) fn choose(self, is_small: bool, may_wait: bool) -> Option<usize> {
        let slots = self.slots.iter().enumerate();
        slots
            .filter(|(_, slot)| slot.has_room(is_small, may_wait))
            .min_by_key(|(_, slot)| slot.calls.len())
            .map(|(index, _)| index)
    }

    /// How many calls lie behind the very first calls of their workers.
    pub(super) fn unproven_second_calls(self) -> usize {
        let slots = self.slots.iter();
        slots.filter(|slot| slot.has_unproven_second_call()).count()
    }
}
