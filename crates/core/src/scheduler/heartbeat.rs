//! Calls that block the event loop of a worker, and with it all other calls there.

use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{Heartbeat, Slot};
use super::timing::HEARTBEAT_INTERVAL;
use crate::id::WorkerId;
use crate::level::Level;

impl Scheduler {
    /// Pings a worker with several calls, or tells its owner that it has not answered.
    pub(super) fn beat(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let Some(due) = slot.heartbeat.filter(|heartbeat| heartbeat.is_due(now)) else {
            return;
        };
        slot.heartbeat = match due {
            Heartbeat::PingAt(_) if slot.calls.len() > 1 => {
                fx.ping(worker);
                Some(Heartbeat::pinged(now))
            }
            Heartbeat::PingAt(_) => None,
            // A plain call may take its time.
            Heartbeat::Pinged { .. } if slot.is_blocked() => Some(Heartbeat::pinged(now)),
            Heartbeat::Pinged { .. } => {
                fx.dump_stacks(worker);
                Some(Heartbeat::blocked(now))
            }
            Heartbeat::Blocked { .. } => {
                tell(worker, None, fx);
                Some(Heartbeat::Told)
            }
            Heartbeat::Told => Some(Heartbeat::Told),
        };
    }

    /// The stacks of a worker: if its event loop is blocked, they say by what.
    pub(super) fn stacks_of_blocked(
        &mut self,
        worker: WorkerId,
        stacks: Option<&str>,
        fx: &mut impl Effects,
    ) {
        if let Some(slot) = self.slot_mut(worker)
            && let Some(Heartbeat::Blocked { .. }) = slot.heartbeat
        {
            slot.heartbeat = Some(Heartbeat::Told);
            tell(worker, stacks, fx);
        }
    }
}

impl Slot {
    /// A worker has answered a ping; returns whether there was one.
    pub(super) fn answers_heartbeat(&mut self, now: Instant) -> bool {
        let is_expected = self.heartbeat.is_some_and(Heartbeat::awaits_pong);
        if is_expected {
            self.heartbeat = Some(Heartbeat::next_ping(now));
        }
        is_expected
    }
}

fn tell(worker: WorkerId, stacks: Option<&str>, fx: &mut impl Effects) {
    let seconds = HEARTBEAT_INTERVAL.as_secs();
    let mut text = format!(
        "An async call has blocked its event loop for {seconds} s: no other call of this worker runs meanwhile"
    );
    if let Some(stacks) = stacks {
        text = format!("{text}. It is at:\n{stacks}");
    }
    fx.log(Level::Warn, Some(worker), text);
}
