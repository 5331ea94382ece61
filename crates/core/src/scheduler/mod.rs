//! The pool's decisions as a pure state machine: when workers start and end, which call goes to which
//! worker, what becomes of the calls of a worker that dies.
//!
//! `(event, now) -> effects`: it does no I/O, reads no clock and starts no thread, so a test can drive it
//! through millions of event orders. Effects go out one by one, in order, to an [`Effects`].
//!
//! Invariants:
//! 1. a call has exactly one outcome: its record is moved out once, with the outcome;
//! 2. a call is sent to a worker at most once, unless it provably never started;
//! 3. calls are sent in the order of submission; prefetched calls come back when the call before
//!    them turns out to be long;
//! 4. no call waits while a ready worker is idle;
//! 5. restarts are bounded and backed off; a completed call restores the budget;
//! 6. when no worker is left and none can start, queued and new calls fail at once;
//! 7. a slot has at most one process: its successor starts once it has been reaped;
//! 8. `closed` and a failed `initialized` come when every process is gone, unless a shutdown
//!    interrupts the start;
//! 9. a request to initialize or to shut down is answered exactly once;
//! 10. timeouts, aborts and kills happen when they are due, and not before;
//! 11. calls wait while a start is pending, and fail with it;
//! 12. a drain takes no call, ends none before its limit, and closes the pool after the last one.

mod abort;
mod calls;
mod deadlines;
mod drain;
mod effects;
mod event;
mod invariants;
mod lifecycle;
mod machine;
mod placement;
mod protocol_errors;
mod queue;
mod settings;
mod sizing;
mod slot;
mod start_stop;
#[cfg(test)]
mod tests;
mod timing;
mod workers;

pub use effects::Effects;
pub use event::Event;
pub use machine::Scheduler;
pub use settings::Settings;
