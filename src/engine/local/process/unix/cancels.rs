//! Which calls a worker is to cancel, in a pipe of its own: in the channel, that would wait behind long frames.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

use super::descriptors::{pipe, set_nonblocking};

/// The host's side of the cancels of one worker.
#[derive(Debug)]
pub struct Cancels(Option<File>);

impl Cancels {
    /// Returns the worker's end as well. Neither end blocks.
    pub(super) fn open() -> io::Result<(Self, OwnedFd)> {
        let (reader, writer) = pipe()?;
        set_nonblocking(&reader)?;
        set_nonblocking(&writer)?;
        Ok((Self(Some(writer.into())), reader))
    }

    /// Tells the worker to cancel a call; false if it reads nothing.
    #[must_use]
    pub fn send(&self, call: u64) -> bool {
        let pipe = self.0.as_ref();
        pipe.is_some_and(|mut pipe| pipe.write_all(&call.to_le_bytes()).is_ok())
    }

    /// Every call is to end.
    pub fn close(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_worker_reads_which_calls_to_cancel() {
        let (cancels, worker) = Cancels::open().unwrap();
        assert!(cancels.send(1) && cancels.send(u64::MAX));
        let mut both = [0; 16];
        File::from(worker).read_exact(&mut both).unwrap();
        assert_eq!(
            both,
            [1_u64.to_le_bytes(), u64::MAX.to_le_bytes()].concat()[..]
        );
    }

    #[test]
    fn once_closed_the_worker_sees_the_end() {
        let (mut cancels, worker) = Cancels::open().unwrap();
        cancels.close();
        cancels.close();
        assert!(!cancels.send(1));
        assert_eq!(File::from(worker).read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn the_host_never_waits_for_a_worker_that_reads_nothing() {
        let (cancels, worker) = Cancels::open().unwrap();
        while cancels.send(7) {}
        drop(worker);
        assert!(!cancels.send(7));
    }
}
