//! A program that runs for its output.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;
use std::{fs, mem};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::watchdog::Watchdog;
use crate::engine::local::interpreter::output::{CHUNK, Output, Stream};

/// It is killed, with everything that it has started in its group, when this is dropped.
#[derive(Debug)]
pub(in super::super) struct Program {
    child: Child,
    /// The streams that are open. Read without threads: a process that the program leaves behind may
    /// hold them open for ever.
    streams: Vec<(Stream, fs::File)>,
    has_exited: bool,
    watchdog: Option<Watchdog>,
}

impl Program {
    /// Both output streams of the command are pipes.
    pub(in super::super) fn start(command: &mut Command) -> io::Result<Self> {
        let watchdog = Watchdog::start()?;
        let group = watchdog
            .as_ref()
            .map_or(0, |dog| dog.group().as_raw_nonzero().get());
        let mut child = command.process_group(group).spawn()?;
        let stdout = child.stdout.take().map(OwnedFd::from);
        let stderr = child.stderr.take().map(OwnedFd::from);
        let streams = [(Stream::Stdout, stdout), (Stream::Stderr, stderr)];
        let open = |(stream, fd): (Stream, Option<OwnedFd>)| Some((stream, fd?.into()));
        Ok(Self {
            child,
            streams: streams.into_iter().filter_map(open).collect(),
            has_exited: false,
            watchdog,
        })
    }

    /// Waits for output, for at most this long.
    pub(in super::super) fn read(&mut self, wait: Duration) -> io::Result<Output> {
        let Some(at) = self.wait_for_stream(wait)? else {
            return Ok(Output::Silence);
        };
        let (stream, file) = &mut self.streams[at];
        let stream = *stream;
        let mut buffer = vec![0; CHUNK];
        if let Ok(count @ 1..) = file.read(&mut buffer) {
            buffer.truncate(count);
            Ok(Output::Chunk(stream, buffer))
        } else {
            self.streams.remove(at);
            Ok(Output::Closed(stream))
        }
    }

    /// The index of a stream that can be read.
    fn wait_for_stream(&self, wait: Duration) -> io::Result<Option<usize>> {
        let streams = self.streams.iter();
        let mut fds: Vec<_> = streams
            .map(|(_, file)| PollFd::from_borrowed_fd(file.as_fd(), PollFlags::IN))
            .collect();
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        match poll(&mut fds, Some(&wait)) {
            Ok(_) => Ok(fds.iter().position(|fd| !fd.revents().is_empty())),
            Err(rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Its status, if it has exited. An error means that something else in the host took the status.
    pub(in super::super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = self.child.try_wait();
        self.has_exited = !matches!(status, Ok(None));
        status
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !self.has_exited {
            // In case it left the group of the watchdog, or there is none. It is not reaped, so its id is
            // still its own; errors mean that it is gone.
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.kill();
        }
        drop(mem::take(&mut self.watchdog));
        if !self.has_exited {
            // It was killed, so this does not take long; an error means that it was reaped.
            let _ = self.child.wait();
        }
    }
}
