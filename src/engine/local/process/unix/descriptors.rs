//! Descriptors that no process inherits by accident.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

#[cfg(target_os = "linux")]
use rustix::fs::Mode;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::fcntl_dupfd_cloexec;

/// Descriptors below this number are never ours, see [`lift`].
pub(super) const FIRST_FREE_FD: i32 = 7;

/// The read and the write end of a pipe; neither is inherited by any process.
pub(super) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    Ok((lift(reader.into())?, lift(writer.into())?))
}

/// The null device, open for writing.
pub(super) fn null_device() -> io::Result<OwnedFd> {
    lift(File::options().write(true).open("/dev/null")?.into())
}

/// Moves a descriptor above those that a worker is given.
///
/// A host that was started with its standard streams closed gets their numbers for our pipes: its
/// output would go to a worker, and `dup2` in the child would overwrite an end that it still has
/// to copy.
pub(super) fn lift(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() >= FIRST_FREE_FD {
        return Ok(fd);
    }
    Ok(fcntl_dupfd_cloexec(&fd, FIRST_FREE_FD)?)
}

/// Opens a pipe's read end once more: flags such as `O_NONBLOCK` belong to one opening of it, and those of the
/// worker's are the script's to change.
#[cfg(target_os = "linux")]
pub(super) fn reopen(reader: &OwnedFd) -> io::Result<OwnedFd> {
    let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    lift(rustix::fs::open(path, flags, Mode::empty())?)
}

/// Elsewhere, to open a pipe's descriptor again is to duplicate it.
#[cfg(not(target_os = "linux"))]
pub(super) fn reopen(_reader: &OwnedFd) -> io::Result<OwnedFd> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes writes to a full pipe, and reads from an empty one, fail instead of block.
pub(super) fn set_nonblocking(fd: impl AsFd) -> io::Result<()> {
    let flags = fcntl_getfl(&fd)?;
    Ok(fcntl_setfl(&fd, flags | OFlags::NONBLOCK)?)
}
