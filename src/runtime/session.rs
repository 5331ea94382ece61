//! What a pool holds from its start until it is at rest again.

use std::sync::Arc;

use tokio::task::AbortHandle;

use super::reactor::Reactor;

/// See the [module](self). Dropping it ends the timekeeper and releases the reactor.
pub(super) struct Session {
    pub(super) reactor: Arc<Reactor>,
    pub(super) timekeeper: AbortHandle,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.timekeeper.abort();
    }
}
