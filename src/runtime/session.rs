//! What a pool holds from its start until it is at rest again.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::reactor::Reactor;

/// See the [module](self). Dropping it ends the timekeeper and releases the reactor.
pub(super) struct Session {
    pub(super) reactor: Arc<Reactor>,
    pub(super) timekeeper: AbortHandle,
    /// Wakes the timekeeper: there is a deadline before the one it sleeps for. Each session has its own,
    /// because an aborted timekeeper that still runs must not consume the wake-up of its successor.
    pub(super) earlier_deadline: Arc<Notify>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.timekeeper.abort();
    }
}
