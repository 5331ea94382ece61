//! Which of the calls that a worker was sent it may start.
//!
//! For each call there is one token in a pipe. The worker takes a call's token out when it starts
//! the call; the host takes out the tokens of calls that must not start. One side gets each token,
//! so there is never a doubt whether a call has started.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use super::descriptors::{lift, pipe, set_nonblocking};

const TOKEN_LEN: usize = 8;

/// The host's side of the tokens of one worker.
#[derive(Debug)]
pub struct StartTokens {
    reader: File,
    writer: File,
}

impl StartTokens {
    /// Whether this platform has them. If not, a call that was sent counts as started.
    pub const SUPPORTED: bool = true;

    /// The host's side, and the end that the worker reads.
    pub(super) fn open() -> io::Result<(Self, OwnedFd)> {
        let (reader, writer) = pipe()?;
        // Neither side ever waits here: the flag holds for the worker's copy of the end as well.
        set_nonblocking(&reader)?;
        set_nonblocking(&writer)?;
        let worker_end = lift(reader.try_clone()?)?;
        let tokens = Self {
            reader: reader.into(),
            writer: writer.into(),
        };
        Ok((tokens, worker_end))
    }

    /// Lets the worker start these calls, in this order.
    pub fn issue(&self, calls: &[u64]) -> io::Result<()> {
        let tokens: Vec<u8> = calls.iter().flat_map(|call| call.to_le_bytes()).collect();
        // There is room: a few hundred bytes, in a pipe that is almost empty.
        (&self.writer).write_all(&tokens)
    }

    /// Takes the tokens that are left: these calls have not started, and never will.
    #[must_use]
    pub fn revoke_unstarted(&self) -> Vec<u64> {
        let mut tokens = Vec::new();
        let mut buffer = [0; 64 * TOKEN_LEN];
        loop {
            match (&self.reader).read(&mut buffer) {
                Ok(count @ 1..) => tokens.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break, // the pipe is empty
            }
        }
        let (tokens, _) = tokens.as_chunks::<TOKEN_LEN>();
        tokens.iter().copied().map(u64::from_le_bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_goes_to_the_worker_or_to_the_host() {
        let (tokens, worker) = StartTokens::open().unwrap();
        let worker = File::from(worker);
        tokens.issue(&[1, 2]).unwrap();
        tokens.issue(&[u64::MAX]).unwrap();
        let mut token = [0; TOKEN_LEN];
        (&worker).read_exact(&mut token).unwrap();
        assert_eq!(u64::from_le_bytes(token), 1);
        assert_eq!(tokens.revoke_unstarted(), [2, u64::MAX]);
        let nothing = (&worker).read(&mut token).unwrap_err();
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
        assert!(tokens.revoke_unstarted().is_empty());
    }
}
