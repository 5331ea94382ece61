//! The pool's decisions as a pure state machine: when workers start and end, which call goes to which
//! worker, what becomes of the calls of a worker that dies.
//!
//! `(event, now) -> effects`: it does no I/O, reads no clock and starts no thread, so a test can drive it
//! through millions of event orders. Effects go out one by one, in order, to an [`Effects`].
//!
//! Invariants:
//! 1. a call has exactly one outcome: its record is moved out once, with the outcome;
//! 2. a call is sent to a worker at most once, unless it provably never started, or may run again;
//! 3. calls are sent in the order of submission; those that come back return to their place;
//! 4. no call waits for more than 3 ms behind a running one (25 ms behind the first one of a worker), or 25 ms
//!    (105 ms for the first one) in a worker that does not respond, while another worker is free; frames over
//!    64 KiB excepted;
//! 5. restarts are bounded and backed off; a completed call restores the budget; slots that were given up try
//!    again one at a time;
//! 6. when no worker is left and none can start, queued and new calls fail at once;
//! 7. a slot has at most one process: its successor starts once it has been reaped;
//! 8. `closed` and a failed `initialized` come when every process is gone, unless a shutdown
//!    interrupts the start;
//! 9. a request to initialize or to shut down is answered exactly once;
//! 10. timeouts, aborts and kills happen when they are due, and not before;
//! 11. calls wait while a start is pending, and fail with it;
//! 12. a drain takes no call, ends none before its limit, and closes the pool after the last one;
//! 13. a call goes to the worker with the fewest; two workers or more have a second one each while calls are
//!     short or unknown;
//! 14. from a worker that answers, calls are taken back only behind one that is long, late or aborted;
//! 15. a call is rescued from each worker once, which then gets no other until it has answered a ping;
//! 16. a call runs again as often as its caller allows, and only after its worker was lost;
//! 17. an async call that ends early is cancelled; its worker is replaced only if it outstays its grace period;
//! 18. the calls of a batch settle one by one; it ends early only when none of them is awaited any more;
//! 19. an elastic pool has as few workers as it may, and as many as calls wait for longer than a start takes; one that
//!     is idle for long ends, the newest first.

mod abort;
mod batches;
mod call_times;
mod calls;
mod cancel;
mod deadlines;
mod drain;
mod effects;
mod elastic;
mod event;
mod heartbeat;
mod history;
mod invariants;
mod kind;
mod lifecycle;
mod machine;
mod placement;
mod protocol_errors;
mod queue;
mod rescue;
mod revival;
mod settings;
mod sizing;
mod slot;
mod start_stop;
mod stats;
mod streams;
mod suggestion;
#[cfg(test)]
mod tests;
mod timing;
mod workers;

pub use call_times::CallTimesRecord;
pub use effects::Effects;
pub use event::Event;
pub use machine::Scheduler;
pub use settings::{Elastic, Settings};
