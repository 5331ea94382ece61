//! Which of the calls that a worker was sent it may start.
//!
//! For each call there is one token in a pipe. The worker takes a call's token out when it starts
//! the call; the host takes out the tokens of calls that must not start. One side gets each token,
//! so there is never a doubt whether a call has started.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::io::ioctl_fionread;
use rustix::net::{RecvFlags, recv};

use super::descriptors::{lift, pipe, reopen, set_nonblocking};

const TOKEN_LEN: usize = 8;

/// The host's side of the tokens of one worker.
#[derive(Debug)]
pub struct StartTokens {
    reader: Reader,
    /// `None` once no further call may start.
    writer: Option<File>,
}

/// Where the host takes tokens that the worker has not. Whatever the script does to the flags of the worker's
/// end, it never blocks.
#[derive(Debug)]
enum Reader {
    /// The read end of a pipe, opened once more: the flags are the host's own.
    Own(File),
    /// The worker's end of a socket pair: each read says that it must not block.
    Shared(OwnedFd),
}

impl StartTokens {
    /// Whether this platform has them. If not, a call that was sent counts as started.
    pub const SUPPORTED: bool = true;

    /// The host's side, and the end that the worker reads.
    pub(super) fn open() -> io::Result<(Self, OwnedFd)> {
        let (worker_end, writer) = pipe()?;
        match reopen(&worker_end) {
            Ok(reader) => Self::with(worker_end, Reader::Own(reader.into()), writer),
            Err(_) => Self::open_socket(),
        }
    }

    /// For systems that cannot open a pipe again: a socket costs the worker a little more for each token.
    fn open_socket() -> io::Result<(Self, OwnedFd)> {
        let (worker_end, writer) = UnixStream::pair()?;
        let worker_end = lift(worker_end.into())?;
        let reader = Reader::Shared(lift(worker_end.try_clone()?)?);
        Self::with(worker_end, reader, lift(writer.into())?)
    }

    fn with(worker_end: OwnedFd, reader: Reader, writer: OwnedFd) -> io::Result<(Self, OwnedFd)> {
        // Neither side ever waits here.
        set_nonblocking(&worker_end)?;
        set_nonblocking(&writer)?;
        let writer = Some(writer.into());
        Ok((Self { reader, writer }, worker_end))
    }

    /// Lets the worker start these calls, in this order.
    pub fn issue(&self, calls: &[u64]) -> io::Result<()> {
        let Some(mut writer) = self.writer.as_ref() else {
            return Ok(());
        };
        let tokens: Vec<u8> = calls.iter().flat_map(|call| call.to_le_bytes()).collect();
        // There is room: a few hundred bytes, in a pipe that is almost empty.
        writer.write_all(&tokens)
    }

    /// No further call may start. If the script has made the pipe blocking, the worker may be waiting for the
    /// token of a revoked call: this ends its wait.
    pub fn close(&mut self) {
        self.writer = None;
    }

    /// How many tokens the worker has not taken.
    #[must_use]
    pub fn count(&self) -> usize {
        let bytes = match &self.reader {
            Reader::Own(pipe) => ioctl_fionread(pipe.as_fd()),
            Reader::Shared(socket) => ioctl_fionread(socket.as_fd()),
        };
        usize::try_from(bytes.unwrap_or_default()).unwrap_or_default() / TOKEN_LEN
    }

    /// Takes the tokens that are left: these calls have not started, and never will.
    #[must_use]
    pub fn revoke_unstarted(&self) -> Vec<u64> {
        let mut tokens = Vec::new();
        let mut buffer = [0; 64 * TOKEN_LEN];
        loop {
            match self.reader.read(&mut buffer) {
                Ok(count @ 1..) => tokens.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break, // the pipe is empty
            }
        }
        let (tokens, _) = tokens.as_chunks::<TOKEN_LEN>();
        tokens.iter().copied().map(u64::from_le_bytes).collect()
    }
}

impl Reader {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Own(pipe) => (&*pipe).read(buffer),
            Self::Shared(socket) => Ok(recv(socket, buffer, RecvFlags::DONTWAIT)?.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Open = fn() -> io::Result<(StartTokens, OwnedFd)>;

    const OPEN: [Open; 2] = [StartTokens::open, StartTokens::open_socket];

    #[test]
    fn each_token_goes_to_the_worker_or_to_the_host() {
        for open in OPEN {
            let (tokens, worker) = open().unwrap();
            let worker = File::from(worker);
            tokens.issue(&[1, 2]).unwrap();
            tokens.issue(&[u64::MAX]).unwrap();
            assert_eq!(tokens.count(), 3);
            let mut token = [0; TOKEN_LEN];
            (&worker).read_exact(&mut token).unwrap();
            assert_eq!(u64::from_le_bytes(token), 1);
            assert_eq!(tokens.count(), 2);
            assert_eq!(tokens.revoke_unstarted(), [2, u64::MAX]);
            let nothing = (&worker).read(&mut token).unwrap_err();
            assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
            assert_eq!(tokens.count(), 0);
            assert!(tokens.revoke_unstarted().is_empty());
        }
    }

    #[test]
    fn once_closed_the_worker_sees_the_end_of_what_is_left() {
        for open in OPEN {
            let (mut tokens, worker) = open().unwrap();
            let mut worker = File::from(worker);
            rustix::io::ioctl_fionbio(&worker, false).unwrap();
            tokens.issue(&[1]).unwrap();
            tokens.close();
            tokens.close();
            tokens.issue(&[2]).unwrap();
            assert_eq!(tokens.count(), 1);
            let mut left = Vec::new();
            worker.read_to_end(&mut left).unwrap();
            assert_eq!(left, 1_u64.to_le_bytes());
            assert!(tokens.revoke_unstarted().is_empty());
        }
    }

    #[test]
    fn the_host_never_blocks_whatever_the_worker_does_to_its_end() {
        for open in OPEN {
            let (tokens, worker) = open().unwrap();
            rustix::io::ioctl_fionbio(&worker, false).unwrap();
            assert!(tokens.revoke_unstarted().is_empty());
            tokens.issue(&[7]).unwrap();
            assert_eq!(tokens.revoke_unstarted(), [7]);
            drop(worker);
            assert!(tokens.revoke_unstarted().is_empty());
            assert_eq!(tokens.count(), 0);
        }
    }
}
