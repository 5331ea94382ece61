//! Worker -> host: one task reads all a process says, until its end.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{io, mem};

use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::LARGE;
use super::lines::{Lines, Tail};
use super::stacks::{self, Dump};
use crate::engine::local::process::{self, Exit, LargePipe, Receiver};
use crate::engine::{Report, Stream};
use pool_core::exit::ExitStatus;
use pool_core::failure::{Death, DeathCause, OutOfMemory};
use pool_core::wire::{Decoder, Handshake, Message, ProtocolError};

const READ_SIZE: usize = 64 * 1024;
const PRINT_READ_SIZE: usize = 16 * 1024;
/// A dump of the stacks whose end can not be told is over when nothing of it has come for this long.
const DUMP_PAUSE: Duration = Duration::from_millis(20);
/// How much of a pipe is read without a look at the others, in case somebody goes on writing.
const MOST_AT_ONCE: usize = 4 << 20;

/// The reading ends of a process.
pub(super) struct Pipes {
    pub(super) channel: Receiver,
    pub(super) stderr: Receiver,
    pub(super) stdout: Receiver,
    pub(super) trace: Option<Receiver>,
}

/// A pipe until its end of file.
struct Source {
    pipe: Option<Receiver>,
}

enum Got {
    Bytes(usize),
    WouldBlock,
    End,
}

impl Source {
    fn new(pipe: Option<Receiver>) -> Self {
        Self { pipe }
    }

    /// Waits until there is something to read; for ever when the pipe has ended.
    async fn readable(&self) {
        match &self.pipe {
            Some(pipe) if pipe.readable().await.is_ok() => {}
            _ => std::future::pending().await,
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Got {
        let Some(pipe) = &mut self.pipe else {
            return Got::End;
        };
        // Not `try_read`: after a read that did not fill the buffer, this one takes the pipe for
        // empty until the system says otherwise, which spares a read that finds nothing.
        let mut buffer = ReadBuf::new(buffer);
        let poll = Pin::new(pipe).poll_read(&mut Context::from_waker(Waker::noop()), &mut buffer);
        match poll {
            Poll::Pending => Got::WouldBlock,
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => Got::Bytes(buffer.filled().len()),
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => Got::Bytes(0),
            Poll::Ready(Ok(()) | Err(_)) => {
                self.pipe = None;
                Got::End
            }
        }
    }

    /// What is left in the pipe of a process that is gone. A process it started may still write to it.
    fn take_rest(&mut self) -> Vec<u8> {
        let pipe = self.pipe.take();
        pipe.map_or_else(Vec::new, |pipe| process::read_rest(pipe, MOST_AT_ONCE))
    }
}

/// Reads one process.
pub(super) struct Task<F> {
    channel: Source,
    stderr: Source,
    stdout: Source,
    trace: Source,
    decoder: Decoder,
    /// Kept while the channel's pipe is large, from the first long message on.
    large: Option<LargePipe>,
    handshake: Handshake,
    max_payload: u64,
    exit: oneshot::Receiver<Exit>,
    report: F,
    buffer: Box<[u8]>,
    print_buffer: Box<[u8]>,
    stderr_lines: Lines,
    stdout_lines: Lines,
    tail: Tail,
    dump: Dump,
    dump_over: Option<Instant>,
    oom_kills_before: Option<u64>,
}

impl<F: Fn(Report) + Send> Task<F> {
    pub(super) fn new(
        pipes: Pipes,
        decoder: Decoder,
        max_payload: u64,
        exit: oneshot::Receiver<Exit>,
        report: F,
    ) -> Self {
        Self {
            channel: Source::new(Some(pipes.channel)),
            stderr: Source::new(Some(pipes.stderr)),
            stdout: Source::new(Some(pipes.stdout)),
            trace: Source::new(pipes.trace),
            decoder,
            large: None,
            handshake: Handshake::default(),
            max_payload,
            exit,
            report,
            buffer: vec![0; READ_SIZE].into_boxed_slice(),
            print_buffer: vec![0; PRINT_READ_SIZE].into_boxed_slice(),
            stderr_lines: Lines::default(),
            stdout_lines: Lines::default(),
            tail: Tail::default(),
            dump: Dump::default(),
            dump_over: None,
            oom_kills_before: process::oom_kills(),
        }
    }

    pub(super) async fn run(mut self) {
        let exit = loop {
            let dump_over = self.dump_over;
            tokio::select! {
                () = self.channel.readable() => drop(self.read_channel()),
                () = self.stderr.readable() => drop(self.read_stderr()),
                () = self.stdout.readable() => drop(self.read_stdout()),
                () = self.trace.readable() => drop(self.read_trace()),
                () = tokio::time::sleep_until(dump_over.unwrap_or_else(Instant::now)),
                    if dump_over.is_some() => self.report_stacks(),
                exit = &mut self.exit => break exit,
            }
        };
        // Where the system reads ahead (Windows), lets the reactor learn what it has read.
        tokio::task::yield_now().await;
        self.read_rest();
        let status = exit.map_or(ExitStatus::Unknown, |exit| exit.status);
        let death = self.death(DeathCause::Exited(status));
        (self.report)(Report::Exited(death));
    }

    /// What the pipes still hold when the process is gone: a reply may be among it.
    fn read_rest(&mut self) {
        let rest = self.channel.take_rest();
        self.hear_channel(&rest);
        let rest = self.stderr.take_rest();
        self.hear_stderr(&rest);
        let rest = self.stdout.take_rest();
        self.hear_stdout(&rest);
        let report = &self.report;
        self.stderr_lines
            .finish(|line| report(Report::Line(Stream::Stderr, line)));
        self.stdout_lines
            .finish(|line| report(Report::Line(Stream::Stdout, line)));
    }

    /// Reads a pipe until there is nothing in it, or it never seems to end.
    fn read_all(&mut self, read: fn(&mut Self) -> Got) {
        let mut total = 0;
        while let Got::Bytes(count) = read(self) {
            total += count;
            if total > MOST_AT_ONCE {
                break;
            }
        }
    }

    fn read_channel(&mut self) -> Got {
        let mut buffer = mem::take(&mut self.buffer);
        let got = self.channel.read(&mut buffer);
        if self.large.is_none()
            && self.decoder.missing() > LARGE
            && let Some(pipe) = &self.channel.pipe
        {
            self.large = LargePipe::of(pipe);
        }
        // A worker flushes what was printed before it replies: it is here by now, and belongs to
        // the call that is about to end. No system call is made for a pipe with nothing in it.
        self.read_all(Self::read_stderr);
        self.read_all(Self::read_stdout);
        if let Got::Bytes(count) = got {
            self.hear_channel(&buffer[..count]);
        }
        self.buffer = buffer;
        got
    }

    fn hear_channel(&mut self, bytes: &[u8]) {
        let mut messages = Vec::new();
        let decoded = self.decode_into(bytes, &mut messages);
        if !messages.is_empty() {
            (self.report)(Report::Messages(messages));
        }
        if let Err(error) = decoded {
            self.channel.pipe = None;
            let death = self.death(DeathCause::ProtocolError(error.to_string()));
            (self.report)(Report::ProtocolError(death));
        }
    }

    fn decode_into(
        &mut self,
        mut bytes: &[u8],
        messages: &mut Vec<Message>,
    ) -> Result<(), ProtocolError> {
        while let Some(frame) = self.decoder.next_frame(&mut bytes)? {
            let message = Message::parse(frame, self.max_payload)?;
            self.handshake = self.handshake.after(&message)?;
            messages.push(message);
        }
        Ok(())
    }

    fn read_stderr(&mut self) -> Got {
        let mut buffer = mem::take(&mut self.print_buffer);
        let got = self.stderr.read(&mut buffer);
        if let Got::Bytes(count) = got {
            self.hear_stderr(&buffer[..count]);
        }
        self.print_buffer = buffer;
        got
    }

    fn hear_stderr(&mut self, bytes: &[u8]) {
        let report = &self.report;
        self.tail.feed(bytes);
        self.stderr_lines
            .feed(bytes, |line| report(Report::Line(Stream::Stderr, line)));
    }

    fn read_stdout(&mut self) -> Got {
        let mut buffer = mem::take(&mut self.print_buffer);
        let got = self.stdout.read(&mut buffer);
        if let Got::Bytes(count) = got {
            self.hear_stdout(&buffer[..count]);
        }
        self.print_buffer = buffer;
        got
    }

    fn hear_stdout(&mut self, bytes: &[u8]) {
        let report = &self.report;
        self.stdout_lines
            .feed(bytes, |line| report(Report::Line(Stream::Stdout, line)));
    }

    fn read_trace(&mut self) -> Got {
        let got = self.trace.read(&mut self.buffer);
        if let Got::Bytes(count) = got {
            self.dump.feed(&self.buffer[..count]);
            self.dump_over = Some(Instant::now() + DUMP_PAUSE);
            if self.dump.is_whole() {
                self.report_stacks();
            }
        }
        got
    }

    fn report_stacks(&mut self) {
        self.dump_over = None;
        let stacks = self.dump.take();
        (self.report)(Report::Stacks(stacks));
    }

    fn death(&self, cause: DeathCause) -> Death {
        let stderr_tail = self.tail.text();
        Death {
            cause,
            python_stack: stacks::of_fatal_error(&stderr_tail),
            stderr_tail,
            out_of_memory: self.out_of_memory(),
        }
    }

    fn out_of_memory(&self) -> OutOfMemory {
        match (self.oom_kills_before, process::oom_kills()) {
            (Some(before), Some(now)) if before < now => OutOfMemory::Likely,
            (Some(_), Some(_)) => OutOfMemory::Unlikely,
            _ => OutOfMemory::Unknown,
        }
    }
}
