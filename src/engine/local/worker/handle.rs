//! The handle to a running worker process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pool_core::CallId;
use pool_core::failure::Failure;
use pool_core::wire::{Credit, Decoder, Init, PREAMBLE_LEN, Request, SLACK, cancel, credit, ping};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::channel::Channel;
use super::outbound::Outbound;
use super::reader::{Pipes, Reader};
use super::spec::WorkerSpec;
use crate::engine::local::process::{self, Cancels, Guardian, Process, StartTokens};
use crate::engine::{NewWorker, Report, WorkerLink};

/// The token of a ping, in the place of a call's number.
const PING: u64 = 0;

/// When to nudge a worker that was interrupted, each after the one before.
const NUDGES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(900)];

/// A running worker process.
#[derive(Debug)]
pub struct Worker {
    process: Arc<Process>,
    reactor: Handle,
    outbound: Arc<Outbound>,
    start_tokens: StartTokens,
    cancels: Cancels,
    /// Set once it has said HELLO: from then on it handles an interrupt.
    handles_interrupts: Arc<AtomicBool>,
    /// What the next [`WorkerLink::flush`] sends.
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
        worker: NewWorker,
        guardian: &Guardian,
        report: impl Fn(Report) + Send + 'static,
    ) -> Result<Self, Failure> {
        let preamble = random_preamble()?;
        let (exit_tx, exit_rx) = oneshot::channel();
        let child = process::spawn(&spec.command_for(worker), guardian, move |exit| {
            // The task, which receives it, may be gone with the runtime.
            let _ = exit_tx.send(exit);
        })
        .await?;
        let outbound = Outbound::start(child.input);
        let init = Init {
            preamble,
            script: spec.script.on_wire(),
            max_payload: spec.max_payload.into(),
            stdout_log: child.log_handle,
            trace: child.trace_handle,
            start_tokens: child.tokens_handle,
            tracing: spec.tracing,
            plugin: &spec.plugin,
            function: &spec.function,
            concurrency: spec.concurrency,
            threads: spec.threads,
            cancels: child.cancels_handle,
            reports_files: spec.reports_files,
        };
        outbound.send([Arc::new(init.into_frame())]);
        let handles_interrupts = Arc::<AtomicBool>::default();
        let worker = Self {
            process: Arc::clone(&child.process),
            reactor: Handle::current(),
            outbound,
            start_tokens: child.start_tokens,
            cancels: child.cancels,
            handles_interrupts: Arc::clone(&handles_interrupts),
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
        let reader = Reader::new(pipes, exit_rx, handles_interrupts, child.process, report);
        tokio::spawn(reader.run());
        Ok(worker)
    }

    /// Makes Python see an interrupt that a blocking call of its main thread has hidden: one that came just before
    /// the call, or that another thread was given. Any other signal ends such a call, and then it looks.
    fn nudge_later(&self) {
        let process = Arc::clone(&self.process);
        self.reactor.spawn(async move {
            for wait in NUDGES {
                sleep(wait).await;
                process.request_stack_dump();
            }
        });
    }
}

impl WorkerLink for Worker {
    fn pid(&self) -> u32 {
        self.process.id()
    }

    fn resident_memory(&self) -> impl Fn() -> Option<u64> + use<> {
        let process = Arc::clone(&self.process);
        move || process.resident_memory()
    }

    fn send(&mut self, call: CallId, request: Request) {
        self.unsent.calls.push(call.0);
        self.unsent.frames.push(request.into_frame());
    }

    fn flush(&mut self) {
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

    fn revoke_unstarted(&mut self) -> Vec<CallId> {
        self.flush();
        let mut revoked = self.start_tokens.revoke_unstarted();
        revoked.retain(|call| *call != PING);
        self.outbound.drop_unwritten(&revoked);
        revoked.into_iter().map(CallId).collect()
    }

    fn count_unstarted(&mut self) -> usize {
        self.unsent.calls.len() + self.start_tokens.count()
    }

    /// Its token ends the worker's wait for one, should the script have made that pipe blocking.
    fn ping(&mut self) {
        self.unsent.calls.push(PING);
        self.unsent.frames.push(Arc::new(ping()));
        self.flush();
    }

    fn credit(&mut self, call: CallId, taken: Credit) {
        self.outbound.send([Arc::new(credit(call.0, taken))]);
    }

    fn cancel(&mut self, call: CallId) {
        if !self.cancels.send(call.0) {
            self.outbound.send([Arc::new(cancel(call.0))]);
        }
    }

    fn signal(&self) {
        self.process.interrupt_code();
    }

    fn close(&mut self) {
        self.process.request_exit();
        self.start_tokens.close();
        self.outbound.close();
    }

    fn interrupt(&mut self) {
        let _ = self.revoke_unstarted();
        // Whatever runs is to end.
        self.cancels.close();
        if self.handles_interrupts.load(Ordering::Relaxed) {
            self.process.interrupt();
            self.nudge_later();
        } else {
            // Python itself is starting, and would print a traceback. There is nothing to clean up.
            self.process.kill();
        }
        self.start_tokens.close();
        self.outbound.close();
    }

    fn kill(&self) {
        self.process.kill();
    }

    fn dump_stacks(&self) {
        self.process.request_stack_dump();
    }

    fn on_host_exit(&self) {
        self.process.on_host_exit();
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
