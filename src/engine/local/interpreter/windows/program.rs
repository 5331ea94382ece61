//! A program that runs for its output.

use std::io::{self, Read};
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, mem, thread};

use process_wrap::std::{ChildWrapper, CommandWrap, CreationFlags, JobObject};
use windows::Win32::Foundation::HANDLE;
use windows::Win32::System::Pipes::PeekNamedPipe;
use windows::Win32::System::Threading::CREATE_NO_WINDOW;

use crate::engine::local::interpreter::output::{CHUNK, Output, Stream};
use crate::engine::local::process::{HostJob, InHostJob};

/// How often to look for output: nothing waits for an anonymous pipe with a time limit.
const LOOK: Duration = Duration::from_millis(2);

/// It is killed, with everything that it has started, when this is dropped. The system kills it with the
/// host, because it is in a job.
#[derive(Debug)]
pub(in super::super) struct Program {
    child: Box<dyn ChildWrapper>,
    /// The streams that are open. Read without threads: a process that the program leaves behind may
    /// hold them open for ever.
    streams: Vec<(Stream, fs::File)>,
    _job: Arc<HostJob>,
}

impl Program {
    /// Both output streams of the command are pipes.
    pub(in super::super) fn start(command: &mut Command) -> io::Result<Self> {
        let job = Arc::new(HostJob::new()?);
        let command = mem::replace(command, Command::new(""));
        let mut child = CommandWrap::from(command)
            .wrap(CreationFlags(CREATE_NO_WINDOW))
            .wrap(InHostJob(Arc::clone(&job)))
            .wrap(JobObject)
            .spawn()?;
        let stdout = child.stdout().take().map(OwnedHandle::from);
        let stderr = child.stderr().take().map(OwnedHandle::from);
        let streams = [(Stream::Stdout, stdout), (Stream::Stderr, stderr)];
        let open = |(stream, pipe): (Stream, Option<OwnedHandle>)| Some((stream, pipe?.into()));
        Ok(Self {
            child,
            streams: streams.into_iter().filter_map(open).collect(),
            _job: job,
        })
    }

    /// Waits for output, for at most this long.
    pub(in super::super) fn read(&mut self, wait: Duration) -> io::Result<Output> {
        let deadline = Instant::now() + wait;
        loop {
            for at in 0..self.streams.len() {
                let (stream, pipe) = &mut self.streams[at];
                let stream = *stream;
                if available(pipe) == Some(0) {
                    continue;
                }
                let mut buffer = vec![0; CHUNK];
                // It does not block: there is something to read, or the other end is closed.
                return Ok(if let Ok(count @ 1..) = pipe.read(&mut buffer) {
                    buffer.truncate(count);
                    Output::Chunk(stream, buffer)
                } else {
                    self.streams.remove(at);
                    Output::Closed(stream)
                });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Output::Silence);
            }
            thread::sleep(left.min(LOOK));
        }
    }

    /// Its status, if it has exited.
    pub(in super::super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }
}

/// How many bytes can be read; `None` if the other end is closed.
fn available(pipe: &fs::File) -> Option<u32> {
    let mut count = 0;
    let handle = HANDLE(pipe.as_raw_handle());
    // SAFETY: the handle is open, and `count` outlives the call.
    unsafe { PeekNamedPipe(handle, None, 0, None, Some(&raw mut count), None) }.ok()?;
    Some(count)
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error means that nothing of it is left.
        let _ = self.child.start_kill();
    }
}
