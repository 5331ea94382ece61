//! The report of an exit, which is made once.

use std::fmt;

use parking_lot::Mutex;

use super::super::exit::Exit;

/// Calls back with the exit of a process, by whichever thread knows it first.
pub(super) struct ExitReport(Mutex<Option<OnExit>>);

type OnExit = Box<dyn FnOnce(Exit) + Send>;

impl ExitReport {
    pub(super) fn new(on_exit: impl FnOnce(Exit) + Send + 'static) -> Self {
        Self(Mutex::new(Some(Box::new(on_exit))))
    }

    /// Reports the exit, unless one was reported before.
    pub(super) fn make(&self, exit: Exit) {
        let on_exit = self.0.lock().take();
        if let Some(on_exit) = on_exit {
            on_exit(exit);
        }
    }
}

impl fmt::Debug for ExitReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ExitReport").finish_non_exhaustive()
    }
}
