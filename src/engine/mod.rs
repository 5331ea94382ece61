//! Where workers run: what the runtime needs from an engine and from a worker, and nothing more.
//!
//! | module | workers are |
//! | --- | --- |
//! | [`local`] | processes on this machine |

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub use pool_core::Stream;
use pool_core::failure::{Death, Failure, InterpreterNote};
use pool_core::wire::{Credit, Message, Request};
use pool_core::{CallId, Level};

pub mod local;

/// The environment variables of workers.
pub type Environment = Vec<(OsString, OsString)>;

/// A worker that is about to start.
#[derive(Clone, Debug)]
pub struct NewWorker {
    /// Its index in the pool, from 0.
    pub index: usize,
    /// Its own environment variables, beside those of all workers.
    pub variables: Environment,
}

/// Starts workers.
pub trait Engine: Send + Sync + 'static {
    /// What [`Self::prepare`] finds: every worker is started from it.
    type Spec: Send + Sync + 'static;
    /// A running worker.
    type Link: WorkerLink;

    /// Finds everything that workers in this environment need.
    ///
    /// Setting `cancelled` ends the search soon, with any failure. `log` gets a line for each candidate that
    /// is not used, and why.
    fn prepare(
        &self,
        environment: Environment,
        cancelled: Arc<AtomicBool>,
        log: impl Fn(Level, String) + Send + 'static,
    ) -> impl Future<Output = Result<Prepared<Self::Spec>, Failure>> + Send;

    /// Starts a worker. Called on the reactor; `report` is not called before this has returned.
    fn start(
        &self,
        spec: &Self::Spec,
        worker: NewWorker,
        report: impl Fn(Report) + Send + 'static,
    ) -> impl Future<Output = Result<Self::Link, Failure>> + Send;

    /// Every worker of `spec` is gone and none will be started: ends what else they needed. Called on
    /// the reactor.
    fn release(&self, spec: Self::Spec) -> impl Future<Output = ()> + Send;
}

/// The result of [`Engine::prepare`].
#[derive(Debug)]
pub struct Prepared<S> {
    /// What workers are started from.
    pub spec: S,
    /// The interpreter they run.
    pub interpreter: InterpreterNote,
}

/// A running worker. Dropping it closes its channel.
pub trait WorkerLink: Send + 'static {
    /// The id of its process.
    fn pid(&self) -> u32;

    /// What reads the resident memory of its process in bytes, as long as it has one and the system tells.
    fn resident_memory(&self) -> impl Fn() -> Option<u64> + use<Self>;

    /// Sends a call with the next [`Self::flush`].
    fn send(&mut self, call: CallId, request: Request);

    /// Sends everything that is unsent. Never blocks.
    fn flush(&mut self);

    /// Revokes the calls that the worker has not started, and returns them: it will never start them.
    #[must_use]
    fn revoke_unstarted(&mut self) -> Vec<CallId>;

    /// How many of its calls the worker has not started: the last ones it was sent.
    #[must_use]
    fn count_unstarted(&mut self) -> usize;

    /// Asks the worker whether it responds; it answers with [`Message::Pong`].
    fn ping(&mut self);

    /// Tells the worker what the consumer of a stream has taken.
    fn credit(&mut self, call: CallId, taken: Credit);

    /// Asks the worker to cancel a call: its task, or a stream; it answers with [`Message::Cancelling`].
    fn cancel(&mut self, call: CallId);

    /// Interrupts the user's code; the worker is to go on.
    fn signal(&self);

    /// Closes the channel: the worker exits when it is idle.
    fn close(&mut self);

    /// Interrupts the user's code and closes the channel. No further call starts.
    fn interrupt(&mut self);

    /// Kills the worker and the processes it started.
    fn kill(&self);

    /// Requests the stacks, which are reported, if at all, as [`Report::Stacks`].
    fn dump_stacks(&self);

    /// The host is about to exit: processes that the script started exit with the worker.
    fn on_host_exit(&self);
}

/// What a worker did.
#[derive(Debug)]
pub enum Report {
    /// Messages on its channel; what calls printed, line by line.
    Messages(Vec<Message>),
    /// It printed a line, outside of calls or to a descriptor.
    Line(Stream, String),
    /// The owner of the pool should know this of it.
    Warning(String),
    /// Its stacks, innermost call last.
    Stacks(String),
    /// It violated the protocol.
    ProtocolError(Death),
    /// It is gone, and its process is reaped. The last report.
    Exited(Death),
}
