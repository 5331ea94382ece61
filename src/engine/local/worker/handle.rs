//! The handle to a running worker process.

use std::io;
use std::sync::Arc;

use pool_core::failure::Failure;
use pool_core::wire::{Decoder, Init, PREAMBLE_LEN, Request, SLACK};
use tokio::sync::oneshot;

use super::channel::Channel;
use super::outbound::Outbound;
use super::reader::{Pipes, Reader};
use super::report::Report;
use super::spec::WorkerSpec;
use crate::engine::local::process::{self, Guardian, Process, StartTokens};

/// A running worker process.
#[derive(Debug)]
pub struct Worker {
    process: Arc<Process>,
    outbound: Arc<Outbound>,
    start_tokens: StartTokens,
    /// What the next [`Self::flush`] sends.
    unsent: Unsent,
}

#[derive(Debug, Default)]
struct Unsent {
    calls: Vec<u64>,
    frames: Vec<Arc<Vec<u8>>>,
}

impl Worker {
    /// Starts a process, and the task that reports everything it writes.
    ///
    /// Must be called on the reactor. Nothing is reported before this has returned.
    pub async fn start(
        spec: &WorkerSpec,
        guardian: &Guardian,
        report: impl Fn(Report) + Send + 'static,
    ) -> Result<Self, Failure> {
        let preamble = random_preamble()?;
        let (exit_tx, exit_rx) = oneshot::channel();
        let child = process::spawn(&spec.command, guardian, move |exit| {
            // The task, which receives it, may be gone with the runtime.
            let _ = exit_tx.send(exit);
        })
        .await?;
        let outbound = Outbound::start(child.input);
        let init = Init {
            preamble,
            script: &spec.script,
            max_payload: spec.max_payload.into(),
            stdout_log: child.log_handle,
            trace: child.trace_handle,
            claims: child.tokens_handle,
            tracing: spec.tracing,
        };
        outbound.send([Arc::new(init.into_frame())]);
        let worker = Self {
            process: child.process,
            outbound,
            start_tokens: child.start_tokens,
            unsent: Unsent::default(),
        };
        let max_frame = spec.max_payload.saturating_add(SLACK) as usize;
        let decoder = Decoder::new(preamble, max_frame);
        let pipes = Pipes {
            channel: Channel::new(child.output, decoder, spec.max_payload.into()),
            stderr: child.stderr,
            stdout: child.stdout_log,
            trace: child.trace,
        };
        tokio::spawn(Reader::new(pipes, exit_rx, report).run());
        Ok(worker)
    }

    /// The operating system's id of the process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Sends a call with the next [`Self::flush`].
    pub fn send(&mut self, call: u64, request: Request) {
        self.unsent.calls.push(call);
        self.unsent.frames.push(request.into_frame());
    }

    /// Sends what is unsent: as much as the pipe has room for immediately, the rest on the reactor.
    pub fn flush(&mut self) {
        if self.unsent.calls.is_empty() {
            return;
        }
        // Before the frames: to a worker, a call without a token is one that was revoked.
        if self.start_tokens.issue(&self.unsent.calls).is_err() {
            self.process.kill();
        }
        self.unsent.calls.clear();
        self.outbound.send(self.unsent.frames.drain(..));
    }

    /// Revokes the calls that it has not started, and now never will.
    #[must_use]
    pub fn revoke_unstarted(&mut self) -> Vec<u64> {
        self.flush();
        self.start_tokens.revoke_unstarted()
    }

    /// Closes the channel: the worker exits once it is idle.
    pub fn close(&self) {
        self.process.request_exit();
        self.outbound.close();
    }

    /// Records that the host is exiting: the helpers of the script are killed with the worker.
    pub fn on_host_exit(&self) {
        self.process.on_host_exit();
    }

    /// Interrupts the user's code and closes the channel. No further call starts.
    pub fn interrupt(&mut self) {
        let _ = self.revoke_unstarted();
        self.process.interrupt();
        self.outbound.close();
    }

    /// Kills the process and everything it has started.
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

/// Output that precedes the worker's first frame cannot guess it.
fn random_preamble() -> Result<[u8; PREAMBLE_LEN], Failure> {
    let mut bytes = [0; PREAMBLE_LEN];
    getrandom::fill(&mut bytes).map_err(|error| {
        let error = io::Error::other(error);
        Failure::system("start a worker process", "getrandom", &error)
    })?;
    Ok(bytes)
}
