//! A place for one worker process, filled by one process after another.

mod batch;
mod cancel;
mod flow;
mod heartbeat;
mod in_flight;
mod look;
mod member;
mod members;
mod places;
mod prefetch;
mod rescue;
mod restart;
mod running;
mod state;
mod tally;
mod watch;
mod watching;

pub(super) use cancel::Cancel;
pub(super) use flow::Flow;
pub(super) use heartbeat::Heartbeat;
pub(super) use in_flight::InFlight;
pub(super) use member::{CallState, Deadline, Unstarted};
pub(super) use members::Answered;
#[cfg(test)]
pub(super) use rescue::Rescue;
pub(super) use restart::RestartDecision;
pub(super) use state::{AfterExit, Slot, State, TimedOut};
