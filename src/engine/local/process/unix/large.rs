//! Larger pipes, for workers with long messages: fewer turns between writer and reader.
//!
//! Lent, not given: beyond a limit for all pipes of a user (Linux: 64 MiB by default) every new pipe of
//! that user would shrink, those of other programs too.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a pipe is enlarged to, in bytes.
const SIZE: usize = 256 * 1024;
/// What all enlarged pipes of this process may have together, in bytes.
const MOST: usize = 16 << 20;

static LENT: AtomicUsize = AtomicUsize::new(0);
/// The system does not let us: it will not do so later.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// A pipe is larger than usual for as long as this is kept, which is as long as the pipe.
#[derive(Debug)]
pub struct LargePipe(());

impl LargePipe {
    /// Enlarges a pipe, if there is room for that and the system lets us.
    #[must_use]
    pub fn of(pipe: &impl AsFd) -> Option<Self> {
        if REFUSED.load(Ordering::Relaxed) {
            return None;
        }
        let lend = |lent: usize| (lent + SIZE <= MOST).then_some(lent + SIZE);
        LENT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lend)
            .ok()?;
        // From here on, what was lent is returned when this is dropped.
        let large = Self(());
        let is_large = set_size(pipe);
        REFUSED.store(!is_large, Ordering::Relaxed);
        is_large.then_some(large)
    }
}

impl Drop for LargePipe {
    fn drop(&mut self) {
        LENT.fetch_sub(SIZE, Ordering::Relaxed);
    }
}

#[cfg(target_os = "linux")]
fn set_size(pipe: &impl AsFd) -> bool {
    use std::os::fd::AsRawFd;
    let Ok(size) = libc::c_int::try_from(SIZE) else {
        return false;
    };
    // SAFETY: the descriptor is open, and F_SETPIPE_SZ touches no memory.
    unsafe { libc::fcntl(pipe.as_fd().as_raw_fd(), libc::F_SETPIPE_SZ, size) >= 0 }
}

/// Elsewhere pipes have the size they have.
#[cfg(not(target_os = "linux"))]
fn set_size(_pipe: &impl AsFd) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn no_more_is_lent_than_may_be_and_what_is_returned_is_lent_again() {
        let pipes: Vec<_> = (0..=MOST / SIZE)
            .map(|_| std::io::pipe().unwrap())
            .collect();
        let mut large: Vec<_> = pipes
            .iter()
            .map_while(|(end, _)| LargePipe::of(end))
            .collect();
        assert_eq!(large.len(), MOST / SIZE);
        let (end, _) = &pipes[0];
        // SAFETY: the descriptor is open, and F_GETPIPE_SZ touches no memory.
        let size = unsafe { libc::fcntl(end.as_raw_fd(), libc::F_GETPIPE_SZ) };
        assert_eq!(usize::try_from(size).unwrap(), SIZE);
        large.pop();
        assert!(LargePipe::of(end).is_some());
    }
}
