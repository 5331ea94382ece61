//! The calls of a batch that a worker has; a call that is alone is the only one.

use std::collections::HashSet;
use std::iter;
use std::mem;
use std::time::Instant;

use super::batch::Batch;
use super::in_flight::InFlight;
use super::member::{Deadline, Member};
use crate::call::Call;
use crate::id::CallId;
use crate::scheduler::effects::Effects;
use crate::scheduler::kind::Kind;
use crate::scheduler::queue::Queued;

/// What a worker's answer to a call has ended.
#[derive(Debug)]
pub(in crate::scheduler) enum Answered {
    /// That call of a batch, which has others that are to be answered.
    OneOfBatch(Member),
    /// The call, or the batch with it.
    All(InFlight),
}

impl InFlight {
    /// A batch of these calls, of which there is at least one.
    pub(in crate::scheduler) fn of_batch(
        id: CallId,
        mut calls: Vec<Queued>,
        kind: Kind,
    ) -> Option<Self> {
        let unanswered = calls.iter().map(|queued| queued.call.id()).collect();
        let is_rescuable = |queued: &Queued| queued.call.request().is_rescuable();
        let is_rescuable = calls.iter().all(is_rescuable);
        let last = calls.pop()?;
        let others = calls.into_iter().map(Member::new).collect();
        Some(Self {
            id,
            is_small: false,
            is_rescuable,
            batch: Some(Box::new(Batch {
                others,
                unanswered,
                has_ended: false,
            })),
            ..Self::new(last, kind)
        })
    }

    /// Whether it stands for a batch.
    pub(in crate::scheduler) fn is_batch(&self) -> bool {
        self.batch.is_some()
    }

    fn others(&self) -> &[Member] {
        self.batch.as_ref().map_or(&[], |batch| &batch.others)
    }

    /// Its call, or those of its calls that have no outcome.
    pub(in crate::scheduler) fn members(&self) -> impl Iterator<Item = &Member> {
        self.others().iter().chain(iter::once(&self.last))
    }

    /// The same, the one that may take longest last.
    pub(in crate::scheduler) fn into_members(self) -> impl Iterator<Item = Member> {
        let others = self.batch.map(|batch| batch.others).unwrap_or_default();
        others.into_iter().chain(iter::once(self.last))
    }

    /// Its calls that have no outcome.
    pub(in crate::scheduler) fn pending(&self) -> impl Iterator<Item = &Call> {
        self.members().filter_map(Member::call)
    }

    /// Whether the worker owes an answer to this call.
    pub(in crate::scheduler) fn is_to_answer(&self, call: CallId) -> bool {
        match &self.batch {
            None => self.id == call,
            Some(batch) => batch.unanswered.contains(&call),
        }
    }

    /// How many answers the worker owes: an aborted or late call of a batch runs on with the others.
    pub(in crate::scheduler) fn answers_owed(&self) -> usize {
        self.batch
            .as_ref()
            .map_or(1, |batch| batch.unanswered.len())
    }

    /// Whether one of these calls is in it.
    pub(in crate::scheduler) fn has_any_of(&self, ids: &HashSet<CallId>) -> bool {
        match &self.batch {
            None => ids.contains(&self.id),
            Some(_) => self.pending().any(|call| ids.contains(&call.id())),
        }
    }

    /// The worker has answered this call of a batch: takes it out. `None` if it owes no other answer.
    pub(super) fn take_answered(&mut self, call: CallId) -> Option<Member> {
        let batch = self.batch.as_mut()?;
        batch.unanswered.retain(|other| *other != call);
        if batch.unanswered.is_empty() {
            return None;
        }
        batch.has_ended = true;
        if let Some(index) = batch.others.iter().position(|other| other.is(call)) {
            return Some(batch.others.remove(index));
        }
        if !self.last.is(call) {
            return Some(Member::settled()); // it was aborted, or late
        }
        let next = batch.others.pop().unwrap_or_else(Member::settled);
        Some(mem::replace(&mut self.last, next))
    }

    /// Whether the worker is about to answer it.
    pub(super) fn has_ended(&self) -> bool {
        self.batch.as_ref().is_some_and(|batch| batch.has_ended)
    }

    /// The callers of these calls abort them.
    pub(in crate::scheduler) fn abort(
        &mut self,
        ids: &HashSet<CallId>,
        is_unstarted: bool,
        fx: &mut impl Effects,
    ) {
        let mut aborts =
            |member: &mut Member, id| ids.contains(&id) && member.abort(is_unstarted, fx);
        let Some(batch) = &mut self.batch else {
            aborts(&mut self.last, self.id);
            return;
        };
        let mut is_over = |member: &mut Member| {
            let id = member.call().map(Call::id);
            id.is_some_and(|id| aborts(member, id))
        };
        batch.others.retain_mut(|other| !is_over(other));
        if is_over(&mut self.last)
            && let Some(next) = batch.others.pop()
        {
            self.last = next;
        }
    }

    /// Gives the late calls of a batch their outcomes, unless all of them are late: those wait for the stack, too.
    pub(in crate::scheduler) fn time_out_others(&mut self, now: Instant, fx: &mut impl Effects) {
        let is_revoked = self.is_revoked;
        if let Some(batch) = self.batch.as_mut().filter(|_| !self.last.is_late(now)) {
            batch.others.retain_mut(|other| {
                let is_late = other.is_late(now);
                if is_late {
                    other.time_out(None, is_revoked, fx);
                }
                !is_late
            });
        }
    }

    /// Gives its late calls their outcomes.
    pub(in crate::scheduler) fn time_out_late(&mut self, now: Instant, fx: &mut impl Effects) {
        self.time_out_others(now, fx);
        if self.last.is_late(now) {
            self.end_time();
            self.time_out(None, fx);
        }
    }

    /// Fails what has no outcome because it took too long.
    pub(in crate::scheduler) fn time_out(&mut self, stack: Option<String>, fx: &mut impl Effects) {
        let is_revoked = self.is_revoked;
        if let Some(batch) = &mut self.batch {
            for mut other in batch.others.drain(..) {
                other.time_out(stack.clone(), is_revoked, fx);
            }
        }
        self.last.time_out(stack, is_revoked, fx);
    }

    /// Its time is over, and it has its outcome soon.
    pub(in crate::scheduler) fn end_time(&mut self) {
        self.last.deadline = None;
        if let Some(batch) = &mut self.batch {
            for other in &mut batch.others {
                other.deadline = None;
            }
        }
    }

    /// When the first of its calls is late.
    pub(in crate::scheduler) fn first_deadline(&self) -> Option<Instant> {
        let deadlines = self.members().filter_map(|member| member.deadline);
        deadlines.map(Deadline::at).min()
    }

    /// They have their place: the one that may take longest becomes the last.
    pub(super) fn begin_others(&mut self, is_timed: bool, now: Instant) {
        let Some(batch) = &mut self.batch else {
            return;
        };
        for other in &mut batch.others {
            other.begin(is_timed, now);
        }
        // None is later than any.
        let lateness = |member: &Member| {
            let at = member.deadline.map(Deadline::at);
            (at.is_none(), at)
        };
        batch.others.sort_by_key(lateness);
        if let Some(other) = batch.others.last_mut()
            && lateness(other) > lateness(&self.last)
        {
            mem::swap(other, &mut self.last);
            batch.others.sort_by_key(lateness);
        }
    }
}

/// For a scheduler that is broken on purpose.
#[cfg(test)]
impl InFlight {
    /// Seems to run although its worker has answered calls of it.
    pub(in crate::scheduler) fn forget_end(&mut self) {
        if let Some(batch) = &mut self.batch {
            batch.has_ended = false;
        }
    }

    /// Is over with its first answer.
    pub(in crate::scheduler) fn forget_other_answers(&mut self) {
        if let Some(batch) = &mut self.batch {
            batch.unanswered.truncate(1);
        }
    }

    /// Gives its other calls the time of the last, or all of them that of the first.
    pub(in crate::scheduler) fn time_as_one(&mut self, is_as_last: bool) {
        let first = self.first_deadline();
        let deadline = self.last.deadline;
        if let Some(batch) = &mut self.batch {
            let is_timed = first.filter(|_| !is_as_last).map(Deadline::Finish);
            let one = is_timed.or(deadline);
            for member in batch.others.iter_mut().chain([&mut self.last]) {
                member.deadline = one;
            }
        }
    }
}
