//! The scheduler's output.

use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::wire::{Credit, Output};

/// Carries out what the scheduler decides, one effect after the other and each before the next.
///
/// That order matters to the two questions among them, [`Self::revoke_unstarted`] and
/// [`Self::count_unstarted`]: their answers cover the calls that were sent a moment before. For the same
/// reason no effect may call the scheduler.
pub trait Effects {
    /// Find the interpreter and everything else that workers need; answered by `Prepared` or `PrepareFailed`.
    fn prepare(&mut self);

    /// Stop preparing; answered by `Prepared` or `PrepareFailed` all the same.
    fn cancel_prepare(&mut self);

    /// Start a process for this worker; answered by `Ready`, `LoadFailed`, `Exited` or `StartFailed`.
    fn start(&mut self, worker: WorkerId);

    /// Send a call to a worker, which may start it once it has answered those before.
    fn send(&mut self, worker: WorkerId, call: &Call);

    /// Send several calls of a function, of one shape, as one: this id stands for them until the worker has answered
    /// each.
    fn send_batch(&mut self, worker: WorkerId, batch: CallId, calls: &[&Call]);

    /// Revoke the calls that a worker has not started, and return them: it will never start them.
    #[must_use]
    fn revoke_unstarted(&mut self, worker: WorkerId) -> Vec<CallId>;

    /// How many of its calls a worker has not started: the last ones it was sent.
    #[must_use]
    fn count_unstarted(&mut self, worker: WorkerId) -> usize;

    /// Ask a worker whether it responds; answered by `Pong`, or not at all.
    fn ping(&mut self, worker: WorkerId);

    /// Hand a call back with its outcome.
    fn settle(&mut self, call: Call, outcome: Outcome);

    /// Hand an item of a stream to its consumer, before the outcome of the stream.
    fn item(&mut self, call: CallId, item: Output);

    /// Tell a worker that the consumer of a stream has taken so much.
    fn credit(&mut self, worker: WorkerId, call: CallId, taken: Credit);

    /// Ask a worker to cancel a call: its task, or its code if a [`Self::signal`] follows. Answered by `Cancelling`,
    /// or not at all, and then by `Replied`.
    fn cancel(&mut self, worker: WorkerId, call: CallId);

    /// Interrupt what a worker runs, if it is to be cancelled; the worker is to go on.
    fn signal(&mut self, worker: WorkerId);

    /// Ask a worker for its stacks; answered by `Stacks`, or not at all.
    fn dump_stacks(&mut self, worker: WorkerId);

    /// Close a worker's channel: it exits when it is idle.
    fn close(&mut self, worker: WorkerId);

    /// Interrupt a worker's user code and close its channel. It starts no further call.
    fn interrupt(&mut self, worker: WorkerId);

    /// Kill a worker and the processes it started.
    fn kill(&mut self, worker: WorkerId);

    /// A worker has become ready, for the first time or after a restart.
    fn ready(&mut self, worker: WorkerId);

    /// Write a line to the log.
    fn log(&mut self, level: Level, worker: Option<WorkerId>, message: String);

    /// Answer all pending requests to initialize: all workers are ready, or the reason why not.
    fn initialized(&mut self, result: Result<(), Failure>);

    /// Answer all pending requests to shut down: every process is gone.
    fn closed(&mut self);
}
