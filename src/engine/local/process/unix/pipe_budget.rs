//! Larger pipes for workers with long messages, which need fewer switches between writer and reader.
//!
//! They are granted for a while, from a budget: past a limit for all pipes of a user (64 MiB by
//! default on Linux), the kernel shrinks every new pipe of that user, including those of other
//! programs.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The size of an enlarged pipe, in bytes.
const ENLARGED_SIZE: usize = 256 * 1024;
/// Maximum size of all enlarged pipes of this process together, in bytes.
const MAX_TOTAL: usize = 16 << 20;

static BUDGET: PipeBudget = PipeBudget {
    granted: AtomicUsize::new(0),
    is_refused: AtomicBool::new(false),
};

struct PipeBudget {
    /// Bytes granted to pipes that exist.
    granted: AtomicUsize,
    /// The system has refused to enlarge a pipe, and would refuse again.
    is_refused: AtomicBool,
}

/// A share of the budget: the pipe is enlarged for as long as it exists. Keep this as long as the pipe.
#[derive(Debug)]
pub struct EnlargedPipe(());

impl EnlargedPipe {
    /// From this size on, in bytes, a message is worth a larger pipe: it fills the usual one.
    pub const MIN_MESSAGE: usize = 64 * 1024;

    /// Enlarges a pipe, if the budget has room and the system allows it.
    #[must_use]
    pub fn of(pipe: &impl AsFd) -> Option<Self> {
        if BUDGET.is_refused.load(Ordering::Relaxed) {
            return None;
        }
        let share = BUDGET.reserve()?;
        let is_enlarged = set_size(pipe);
        BUDGET.is_refused.store(!is_enlarged, Ordering::Relaxed);
        is_enlarged.then_some(share)
    }
}

impl PipeBudget {
    /// Takes a share, which goes back to the budget when it is dropped.
    fn reserve(&self) -> Option<EnlargedPipe> {
        let grant = |granted: usize| {
            let total = granted + ENLARGED_SIZE;
            (total <= MAX_TOTAL).then_some(total)
        };
        let granted = &self.granted;
        granted
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, grant)
            .ok()?;
        Some(EnlargedPipe(()))
    }
}

impl Drop for EnlargedPipe {
    fn drop(&mut self) {
        BUDGET.granted.fetch_sub(ENLARGED_SIZE, Ordering::Relaxed);
    }
}

#[cfg(target_os = "linux")]
fn set_size(pipe: &impl AsFd) -> bool {
    rustix::pipe::fcntl_setpipe_size(pipe, ENLARGED_SIZE).is_ok()
}

/// Elsewhere the size of a pipe is fixed.
#[cfg(not(target_os = "linux"))]
fn set_size(_pipe: &impl AsFd) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::pipe::fcntl_getpipe_size;

    use super::*;

    #[test]
    fn the_budget_is_kept_and_a_returned_share_is_granted_again() {
        let pipes: Vec<_> = (0..=MAX_TOTAL / ENLARGED_SIZE)
            .map(|_| std::io::pipe().unwrap())
            .collect();
        let mut enlarged: Vec<_> = pipes
            .iter()
            .map_while(|(end, _)| EnlargedPipe::of(end))
            .collect();
        assert_eq!(enlarged.len(), MAX_TOTAL / ENLARGED_SIZE);
        let (end, _) = &pipes[0];
        assert_eq!(fcntl_getpipe_size(end).unwrap(), ENLARGED_SIZE);
        enlarged.pop();
        assert!(EnlargedPipe::of(end).is_some());
    }
}
