//! Which of the calls a worker was sent it may start.
//!
//! For each call there is one token in a pipe. The worker takes it out when it starts the call; the
//! host takes out those of calls that are not to start. Whoever has the token has the call: nothing
//! else could tell, without a doubt, whether a call has started.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};

use std::fs::File;

use super::pipes::{pipe, set_nonblocking};

const TOKEN: usize = 8;

/// The host's side of the tokens of one worker.
#[derive(Debug)]
pub struct Claims {
    reader: File,
    writer: File,
}

impl Claims {
    /// Whether this platform has them: if not, a call that was sent has started.
    pub const EXIST: bool = true;

    /// The host's side, and the end that the worker reads.
    pub(super) fn open() -> io::Result<(Self, OwnedFd)> {
        let (reader, writer) = pipe()?;
        // Nobody ever waits here: this holds for the worker's end as well.
        set_nonblocking(reader.as_fd())?;
        set_nonblocking(writer.as_fd())?;
        let of_worker = super::pipes::lift(reader.try_clone()?)?;
        let claims = Self {
            reader: reader.into(),
            writer: writer.into(),
        };
        Ok((claims, of_worker))
    }

    /// Lets the worker start these calls, in this order.
    pub fn grant(&self, calls: &[u64]) -> io::Result<()> {
        let tokens: Vec<u8> = calls.iter().flat_map(|call| call.to_le_bytes()).collect();
        // There is room: a few hundred bytes, in a pipe that is close to empty.
        (&self.writer).write_all(&tokens)
    }

    /// Takes the calls that have not started. They never will.
    #[must_use]
    pub fn take_back(&self) -> Vec<u64> {
        let mut tokens = Vec::new();
        let mut buffer = [0; 64 * TOKEN];
        loop {
            match (&self.reader).read(&mut buffer) {
                Ok(count @ 1..) => tokens.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break, // there are no more
            }
        }
        let (tokens, _) = tokens.as_chunks::<TOKEN>();
        tokens.iter().copied().map(u64::from_le_bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_the_workers_or_the_hosts() {
        let (claims, worker) = Claims::open().unwrap();
        let worker = File::from(worker);
        claims.grant(&[1, 2]).unwrap();
        claims.grant(&[u64::MAX]).unwrap();
        let mut token = [0; TOKEN];
        (&worker).read_exact(&mut token).unwrap();
        assert_eq!(u64::from_le_bytes(token), 1);
        assert_eq!(claims.take_back(), [2, u64::MAX]);
        let nothing = (&worker).read(&mut token).unwrap_err();
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
        assert!(claims.take_back().is_empty());
    }
}
