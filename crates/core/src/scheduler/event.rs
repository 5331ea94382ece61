//! What the scheduler is told ([`Event`]) and what it asks for ([`Action`]).

use std::collections::HashSet;
use std::time::Duration;

use crate::failure::{Death, Failure, InterpreterNote, PythonError};
use crate::wire::{Output, Request};

/// A call's number, unique within its pool and rising in the order of submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What a caller knows a call by; unique within its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallKey(pub u64);

/// One worker process: the slot it fills, and how many processes that slot had before it.
/// An event about a process that was replaced meanwhile carries an old generation and is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkerId {
    /// Index of the slot, from 0.
    pub slot: usize,
    /// Rises by one with each process of the slot.
    pub generation: u64,
}

impl std::fmt::Display for WorkerId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "worker {}", self.slot)
    }
}

/// The one outcome of a call: the result, or why there is none.
pub type Reply = Result<Output, Failure>;

/// A call as it is submitted. `T` is the caller's ticket, handed back with the outcome.
#[derive(Debug)]
pub struct Call<T> {
    /// What a worker is to be sent.
    pub request: Request,
    /// Handed back, once, with the outcome.
    pub ticket: T,
    /// Bound on the time a worker may take; `None` for no bound.
    pub timeout: Option<Duration>,
    /// What its caller knows it by.
    pub key: CallKey,
    /// Whether an abort ends it even when it has started.
    pub interrupt: bool,
}

/// Something happened.
#[derive(Debug)]
pub enum Event<T> {
    /// An interpreter was found: start all workers.
    Start(InterpreterNote),
    /// There is no interpreter, or something else the pool can not do without.
    CanNotStart(Failure),
    /// A new call.
    Submit(Call<T>),
    /// The callers want these calls no more, or no more unless they have started.
    Abort(HashSet<CallKey>),
    /// The result of this call was no value, for the reason given: its worker can not be trusted.
    Distrust(CallKey, String),
    /// A worker has imported the script.
    Ready(WorkerId),
    /// A worker's import of the script failed; the process is about to exit.
    LoadFailed(WorkerId, PythonError),
    /// A worker answered a call.
    Replied(WorkerId, CallId, Reply),
    /// A worker's stacks, asked for with [`Action::DumpStacks`].
    Stacks(WorkerId, String),
    /// The calls that a worker was sent and has not started, and never will: the answer to
    /// [`Action::TakeBack`], before anything else happens.
    TakenBack(WorkerId, Vec<CallId>),
    /// A worker wrote something that is no frame, and can not be trusted any more.
    Garbled(WorkerId, Death),
    /// A worker process has ended and has been reaped.
    Exited {
        /// The process.
        worker: WorkerId,
        /// How it ended.
        death: Death,
        /// The calls that it was sent and provably has not started.
        unstarted: Vec<CallId>,
    },
    /// A worker process could not be started.
    StartFailed(WorkerId, Failure),
    /// Time has passed; see [`super::Scheduler::next_deadline`].
    Tick,
    /// Close the pool: fail all calls, end all workers, kill what is left after `grace`.
    Shutdown {
        /// How long workers may take to end by themselves.
        grace: Duration,
    },
    /// Nobody holds the pool any more: close it when it has started and the last call has its
    /// outcome.
    Abandon {
        /// How long workers may take to end by themselves.
        grace: Duration,
    },
}

/// How urgent a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For those who debug the pool.
    Debug,
    /// What the script printed to stdout.
    Info,
    /// A crash, a restart, what the script printed to stderr.
    Warn,
    /// A worker was given up.
    Error,
}

impl Level {
    /// The name of the logger's method.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// What is to be done, in order.
pub(super) type Actions<T> = Vec<Action<T>>;

/// Something is to be done.
#[derive(Debug)]
#[must_use]
pub enum Action<T> {
    /// End the search for an interpreter; answered by `Start` or `CanNotStart` all the same.
    CancelSearch,
    /// Start a process for this worker; answered by `Ready`, `LoadFailed`, `Exited` or `StartFailed`.
    Start(WorkerId),
    /// Send a call to a worker, which may start it when it has answered those before.
    Send {
        /// To which worker.
        worker: WorkerId,
        /// Under which number.
        call: CallId,
        /// What to send.
        request: Request,
    },
    /// Take the calls from a worker that it has not started; answered by `TakenBack`.
    TakeBack(WorkerId),
    /// A call has its outcome.
    Settle {
        /// The caller's ticket.
        ticket: T,
        /// The outcome.
        reply: Reply,
    },
    /// Ask a worker where it is; answered by `Stacks`, or not at all.
    DumpStacks(WorkerId),
    /// Close a worker's channel: it ends when it is idle.
    Close(WorkerId),
    /// Interrupt a worker's user code and close its channel. It starts no call any more.
    Interrupt(WorkerId),
    /// Kill a worker and the processes it started.
    Kill(WorkerId),
    /// A worker has become ready, first or again.
    Ready(WorkerId),
    /// All workers are ready; or why not, and then every process is gone, and nothing follows.
    Started(Result<(), Failure>),
    /// The pool was closed and every process is gone; nothing follows.
    Closed,
    /// A line for the log.
    Log(Level, Option<WorkerId>, String),
}
