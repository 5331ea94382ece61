//! The scheduler's input.

use std::collections::HashSet;
use std::time::Duration;

use crate::call::Call;
use crate::failure::{Death, Failure, InterpreterNote, PythonError};
use crate::id::{CallId, WorkerId};
use crate::outcome::Outcome;
use crate::wire::{Credit, Output};

/// Something happened.
#[derive(Debug)]
pub enum Event {
    /// Start the pool; answered once by [`Effects::initialized`](super::Effects::initialized), together
    /// with all other requests of the same start.
    Initialize,
    /// Close the pool: fail all calls, ask all workers to exit, kill what is left after `grace`. Answered
    /// once by [`Effects::closed`](super::Effects::closed), together with all other such requests.
    Shutdown {
        /// How long workers may take to exit by themselves.
        grace: Duration,
    },
    /// Close the pool once every call has its outcome, or as with [`Self::Shutdown`] after `limit`. Until then
    /// it takes no calls. Answered as a shutdown.
    Drain {
        /// Maximum time to wait for the calls; `None` for no limit.
        limit: Option<Duration>,
        /// How long workers may take to exit by themselves afterwards.
        grace: Duration,
    },
    /// The owner dropped the pool: close it as soon as it runs and every call has its outcome.
    Abandon {
        /// How long workers may take to exit by themselves.
        grace: Duration,
    },
    /// Everything that workers need was found: the answer to [`Effects::prepare`](super::Effects::prepare).
    Prepared(InterpreterNote),
    /// There is no interpreter, or something else that workers need is missing: the other answer.
    PrepareFailed(Failure),
    /// A new call.
    Submit(Call),
    /// The callers abort these calls. Ids of calls that already have their outcome are ignored.
    Abort(HashSet<CallId>),
    /// A worker has imported the script.
    Ready(WorkerId),
    /// A worker has found out that a function is async: that of this call, or the expected one of all calls.
    IsAsync(WorkerId, Option<CallId>),
    /// A worker failed to import the script; the process is about to exit.
    LoadFailed(WorkerId, PythonError),
    /// A worker answered a call.
    Replied(WorkerId, CallId, Outcome),
    /// A worker sent an item of a stream, or what cannot be one.
    Item(WorkerId, CallId, Result<Output, Failure>),
    /// The consumer of a stream has taken so much. Ignored if the stream has its outcome.
    Taken(CallId, Credit),
    /// A worker has cancelled the task of a call, as asked by [`Effects::cancel`](super::Effects::cancel), and
    /// says where it was.
    Cancelling(WorkerId, CallId, Option<String>),
    /// A worker answered a [`Effects::ping`](super::Effects::ping).
    Pong(WorkerId),
    /// A worker's stacks, requested with [`Effects::dump_stacks`](super::Effects::dump_stacks).
    Stacks(WorkerId, String),
    /// A worker violated the protocol.
    ProtocolError(WorkerId, Death),
    /// A worker process has exited and has been reaped.
    Exited {
        /// The process.
        worker: WorkerId,
        /// How it ended.
        death: Death,
        /// The calls that were sent to it and that it provably never started.
        unstarted: Vec<CallId>,
    },
    /// A worker process could not be started.
    StartFailed(WorkerId, Failure),
    /// Time has passed; see [`Scheduler::next_deadline`](super::Scheduler::next_deadline).
    Tick,
}
