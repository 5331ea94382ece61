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

    /// The index of the slot for a call: of those with room, the one with the fewest calls.
    pub(super) fn choose(self, is_small: bool) -> Option<usize> {
        let slots = self.slots.iter().enumerate();
        slots
            .filter(|(_, slot)| slot.has_room(is_small))
            .min_by_key(|(_, slot)| slot.calls.len())
            .map(|(index, _)| index)
    }

    /// The slots whose prefetched calls another worker could run at once.
    pub(super) fn imbalanced(self) -> impl Iterator<Item = usize> + use<'a> {
        let has_idle_worker = self.slots.iter().any(Slot::is_free);
        let slots = self.slots.iter().enumerate();
        slots
            .filter(move |(_, slot)| has_idle_worker && slot.has_prefetched_calls())
            .map(|(index, _)| index)
    }
}
