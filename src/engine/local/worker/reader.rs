//! One task reads everything that a process writes, until its exit.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pool_core::exit::ExitStatus;
use pool_core::failure::DeathCause;
use pool_core::wire::Message;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::call_output::CallOutput;
use super::channel::Channel;
use super::post_mortem::PostMortem;
use super::printed::Printed;
use super::source::{MAX_PER_TURN, ReadOutcome, Source};
use super::stacks::Dump;
use crate::engine::local::process::{Exit, Process, Receiver};
use crate::engine::{Report, Stream};

const READ_SIZE: usize = 64 * 1024;
const PRINTED_READ_SIZE: usize = 16 * 1024;
/// A stack dump without a recognisable end is complete after this long without output.
const DUMP_PAUSE: Duration = Duration::from_millis(20);
/// How long a process may take to exit once its channel has ended.
const EXIT_PAUSE: Duration = Duration::from_millis(50);
const GIVEN_UP: &str = "the process may not be killed (has Node.js dropped its privileges?) and was \
                        given up: it exits when its call is over";
const NO_CHANNEL: &str = "the process lives on without its channel: the script has replaced the \
                          process (os.exec), or closed every descriptor";

/// The reading ends of a process.
pub(super) struct Pipes {
    pub(super) channel: Channel,
    pub(super) stderr: Receiver,
    pub(super) stdout: Receiver,
    pub(super) trace: Option<Receiver>,
}

/// Reads one process.
pub(super) struct Reader<F> {
    channel: Channel,
    call_output: CallOutput,
    stderr: Printed,
    stdout: Printed,
    trace: Source,
    dump: Dump,
    /// When the dump that is being received counts as complete.
    dump_complete_at: Option<Instant>,
    /// When a process whose channel has ended must have exited.
    exit_due_at: Option<Instant>,
    /// Set at HELLO.
    handles_interrupts: Arc<AtomicBool>,
    process: Arc<Process>,
    post_mortem: PostMortem,
    exit: oneshot::Receiver<Exit>,
    report: F,
    buffer: Box<[u8]>,
    printed_buffer: Box<[u8]>,
}

impl<F: Fn(Report) + Send> Reader<F> {
    pub(super) fn new(
        pipes: Pipes,
        exit: oneshot::Receiver<Exit>,
        handles_interrupts: Arc<AtomicBool>,
        process: Arc<Process>,
        report: F,
    ) -> Self {
        Self {
            channel: pipes.channel,
            call_output: CallOutput::default(),
            stderr: Printed::new(Stream::Stderr, pipes.stderr),
            stdout: Printed::new(Stream::Stdout, pipes.stdout),
            trace: Source::new(pipes.trace),
            dump: Dump::default(),
            dump_complete_at: None,
            exit_due_at: None,
            handles_interrupts,
            process,
            post_mortem: PostMortem::new(),
            exit,
            report,
            buffer: vec![0; READ_SIZE].into_boxed_slice(),
            printed_buffer: vec![0; PRINTED_READ_SIZE].into_boxed_slice(),
        }
    }

    pub(super) async fn run(mut self) {
        let exit = loop {
            let (dump_complete_at, exit_due_at) = (self.dump_complete_at, self.exit_due_at);
            tokio::select! {
                () = self.channel.readable() => self.read_channel(),
                () = self.stderr.readable() => drop(self.read_stderr()),
                () = self.stdout.readable() => drop(self.read_stdout()),
                () = self.trace.readable() => self.read_trace(),
                () = tokio::time::sleep_until(dump_complete_at.unwrap_or_else(Instant::now)),
                    if dump_complete_at.is_some() => self.report_stacks(),
                () = tokio::time::sleep_until(exit_due_at.unwrap_or_else(Instant::now)),
                    if exit_due_at.is_some() => self.report_lost_channel(),
                exit = &mut self.exit => break exit,
            }
        };
        self.read_rest().await;
        if exit.as_ref().is_ok_and(|exit| exit.is_given_up) {
            (self.report)(Report::Warning(GIVEN_UP.into()));
        }
        let status = exit.map_or(ExitStatus::Unknown, |exit| exit.status);
        let death = self.post_mortem.death(DeathCause::Exited(status));
        (self.report)(Report::Exited(death));
    }

    /// Reads what the pipes still hold after the exit: a reply may be in it.
    async fn read_rest(&mut self) {
        let rest = self.channel.take_rest().await;
        self.on_channel(&rest);
        let lines = self.call_output.finish();
        if !lines.is_empty() {
            (self.report)(Report::Messages(lines));
        }
        let rest = self.stderr.take_rest().await;
        self.on_stderr(&rest);
        let rest = self.stdout.take_rest().await;
        self.on_stdout(&rest);
        self.stderr.finish(&self.report);
        self.stdout.finish(&self.report);
    }

    fn read_channel(&mut self) {
        let mut buffer = mem::take(&mut self.buffer);
        match self.channel.read(&mut buffer) {
            ReadOutcome::Bytes(count) => self.on_channel(&buffer[..count]),
            ReadOutcome::WouldBlock => {}
            ReadOutcome::End => self.exit_due_at = Some(Instant::now() + EXIT_PAUSE),
        }
        self.buffer = buffer;
    }

    fn on_channel(&mut self, bytes: &[u8]) {
        let (messages, result) = self.channel.decode(bytes);
        let count = messages.len();
        // Before what follows in the pipe, such as a fatal error.
        let post_mortem = &mut self.post_mortem;
        let on_stderr = |bytes: &[u8]| post_mortem.feed_stderr(bytes);
        let messages = self.call_output.lines_of(messages, on_stderr);
        self.read_printed(count);
        if !messages.is_empty() {
            if matches!(messages[0], Message::Hello) {
                self.handles_interrupts.store(true, Ordering::Relaxed);
            }
            (self.report)(Report::Messages(messages));
        }
        if let Err(error) = result {
            self.channel.close();
            let cause = DeathCause::ProtocolError(error.to_string());
            (self.report)(Report::ProtocolError(self.post_mortem.death(cause)));
        }
    }

    /// It will never answer: to the pool, it is as good as dead.
    fn report_lost_channel(&mut self) {
        self.exit_due_at = None;
        if !self.process.is_alive() {
            return; // its exit is about to be reported
        }
        let cause = DeathCause::ProtocolError(NO_CHANNEL.into());
        (self.report)(Report::ProtocolError(self.post_mortem.death(cause)));
    }

    /// Reads what was printed before these messages. A worker flushes before it replies, so it is here by
    /// now, and belongs to the calls that are about to end.
    ///
    /// The reactor has seen it if it was there before the first message. Then a pipe with nothing in it
    /// costs no system call.
    fn read_printed(&mut self, messages: usize) {
        if messages > 1 {
            self.stderr.mark_stale();
            self.stdout.mark_stale();
        }
        self.read_all(Self::read_stderr);
        self.read_all(Self::read_stdout);
    }

    /// Reads a pipe until it is empty, or seems endless.
    fn read_all(&mut self, read: fn(&mut Self) -> ReadOutcome) {
        let mut total = 0;
        while let ReadOutcome::Bytes(count) = read(self) {
            total += count;
            if total > MAX_PER_TURN {
                break;
            }
        }
    }

    fn read_stderr(&mut self) -> ReadOutcome {
        let mut buffer = mem::take(&mut self.printed_buffer);
        let outcome = self.stderr.read(&mut buffer);
        if let ReadOutcome::Bytes(count) = outcome {
            self.on_stderr(&buffer[..count]);
        }
        self.printed_buffer = buffer;
        outcome
    }

    fn on_stderr(&mut self, bytes: &[u8]) {
        self.post_mortem.feed_stderr(bytes);
        self.stderr.feed(bytes, &self.report);
    }

    fn read_stdout(&mut self) -> ReadOutcome {
        let mut buffer = mem::take(&mut self.printed_buffer);
        let outcome = self.stdout.read(&mut buffer);
        if let ReadOutcome::Bytes(count) = outcome {
            self.on_stdout(&buffer[..count]);
        }
        self.printed_buffer = buffer;
        outcome
    }

    fn on_stdout(&mut self, bytes: &[u8]) {
        self.stdout.feed(bytes, &self.report);
    }

    fn read_trace(&mut self) {
        if let ReadOutcome::Bytes(count) = self.trace.read(&mut self.buffer) {
            self.dump.feed(&self.buffer[..count]);
            self.dump_complete_at = Some(Instant::now() + DUMP_PAUSE);
            if self.dump.is_complete() {
                self.report_stacks();
            }
        }
    }

    fn report_stacks(&mut self) {
        self.dump_complete_at = None;
        let stacks = self.dump.take();
        (self.report)(Report::Stacks(stacks));
    }
}
