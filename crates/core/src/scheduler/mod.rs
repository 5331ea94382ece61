//! The pool's decisions as a pure state machine: which call goes to which worker, what becomes of
//! the calls of a worker that dies, when a worker is restarted, retired or killed.
//!
//! `(event, now) -> actions`: it does no I/O, reads no clock and starts no thread, so that a test
//! can drive it through millions of event orders. [`the pool`] carries the actions out.
//!
//! Invariants:
//! 1. a call has exactly one outcome: its ticket is moved out once, with the outcome;
//! 2. a call is sent to a worker at most once, unless it provably never started;
//! 3. calls are handed out in the order they were submitted; what was handed out ahead of time comes
//!    back when the call before it turns out to be long;
//! 4. no call waits while a usable worker is idle;
//! 5. restarts are bounded and backed off; a completed call restores the budget;
//! 6. when no worker is left and none can start, queued and new calls fail at once;
//! 7. a slot has at most one process: its successor starts when it has been reaped;
//! 8. `Closed` (or a failed `Started`) is the last action, and comes when every process is gone.

mod abort;
mod calls;
mod closing;
mod event;
mod invariants;
mod machine;
mod restart;
mod slot;
#[cfg(test)]
mod tests;
mod time;
mod trust;
mod window;
mod workers;

pub use event::{Action, Call, CallId, CallKey, Event, Level, Reply, WorkerId};
pub use machine::{Scheduler, Settings};
