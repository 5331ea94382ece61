//! One child: a process, its channel and what it prints.
//!
//! [`Worker`] is what the pool holds: it sends frames and asks the process to end. A task on the
//! reactor reads everything the process says and reports it ([`Report`]) to the pool, up to and
//! with its end. It knows processes and the protocol; which call goes where is not its business.

mod lines;
mod outbound;
mod stacks;
mod task;

/// From this size on a message, in bytes, is worth a larger pipe: it fills the usual one.
const LARGE: usize = 64 * 1024;

use std::sync::Arc;

pub use task::{Report, Stream};

use crate::engine::local::process::{self, Claims, Command, Guardian, Process};
use outbound::Outbound;
use pool_core::failure::Failure;
use pool_core::wire::{Decoder, Init, PREAMBLE_LEN, Request, SLACK};

/// What a worker process needs to know.
#[derive(Debug)]
pub struct Blueprint {
    /// How to start it.
    pub command: Command,
    /// The script it is to import, as the operating system spells it.
    pub script: Vec<u8>,
    /// Bound on a payload in bytes.
    pub max_payload: u32,
    /// Whether calls are traced; `None` leaves it to the environment.
    pub tracing: Option<bool>,
    /// Name of the Python package with hooks for the callers' conventions; empty for none.
    pub plugin: String,
}

/// A running worker process.
#[derive(Debug)]
pub struct Worker {
    process: Arc<Process>,
    outbound: Arc<Outbound>,
    claims: Claims,
    /// What is to be sent with the next [`Self::flush`].
    unsent: Unsent,
}

#[derive(Debug, Default)]
struct Unsent {
    calls: Vec<u64>,
    frames: Vec<Arc<Vec<u8>>>,
}

impl Worker {
    /// Starts a process and the task that reports what it says.
    ///
    /// To be called on the reactor. Nothing is reported before it has returned.
    pub async fn start(
        blueprint: &Blueprint,
        guardian: &Guardian,
        report: impl Fn(Report) + Send + 'static,
    ) -> Result<Self, Failure> {
        let preamble = unguessable()?;
        let (exited, exit) = tokio::sync::oneshot::channel();
        let child = process::spawn(&blueprint.command, guardian, move |exit| {
            // The task may be gone with the runtime; then nobody waits for the news.
            let _ = exited.send(exit);
        })
        .await?;
        let outbound = Outbound::start(child.input);
        let init = Init {
            preamble,
            script: &blueprint.script,
            max_payload: blueprint.max_payload.into(),
            stdout_log: child.log_handle,
            trace: child.trace_handle,
            claims: child.claims_handle,
            tracing: blueprint.tracing,
            plugin: &blueprint.plugin,
        };
        outbound.send([Arc::new(init.into_frame())]);
        let worker = Self {
            process: child.process,
            outbound,
            claims: child.claims,
            unsent: Unsent::default(),
        };
        let task = task::Task::new(
            task::Pipes {
                channel: child.output,
                stderr: child.stderr,
                stdout: child.stdout_log,
                trace: child.trace,
            },
            Decoder::new(
                preamble,
                blueprint.max_payload.saturating_add(SLACK) as usize,
            ),
            blueprint.max_payload.into(),
            exit,
            report,
        );
        tokio::spawn(task.run());
        Ok(worker)
    }

    /// The operating system's number of the process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Sends a call with the next [`Self::flush`].
    pub fn send(&mut self, call: u64, request: Request) {
        self.unsent.calls.push(call);
        self.unsent.frames.push(request.into_frame());
    }

    /// Sends what is to be sent: at once as far as the pipe has room, the rest by the reactor.
    pub fn flush(&mut self) {
        if self.unsent.calls.is_empty() {
            return;
        }
        // First: a worker takes a call without a token for one that was taken back.
        if self.claims.grant(&self.unsent.calls).is_err() {
            self.process.kill();
        }
        self.unsent.calls.clear();
        self.outbound.send(self.unsent.frames.drain(..));
    }

    /// Takes back the calls it has not started, which it never will.
    #[must_use]
    pub fn take_back(&mut self) -> Vec<u64> {
        self.flush();
        self.claims.take_back()
    }

    /// Closes the channel: the worker ends when it is idle.
    pub fn close(&self) {
        self.process.ask_to_end();
        self.outbound.close();
    }

    /// Notes that the host ends: what the script started is to end with the worker.
    pub fn host_ends(&self) {
        self.process.host_ends();
    }

    /// Interrupts the user's code and closes the channel. No further call starts.
    pub fn interrupt(&mut self) {
        let _ = self.take_back();
        self.process.interrupt();
        self.outbound.close();
    }

    /// Kills the process and those it started.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Asks for the stacks, which are reported, if at all, as [`Report::Stacks`].
    pub fn dump_stacks(&self) {
        self.process.request_stack_dump();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.outbound.close();
    }
}

fn unguessable() -> Result<[u8; PREAMBLE_LEN], Failure> {
    let mut bytes = [0; PREAMBLE_LEN];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::system(
            "start a worker process",
            "getrandom",
            &std::io::Error::other(error),
        )
    })?;
    Ok(bytes)
}
