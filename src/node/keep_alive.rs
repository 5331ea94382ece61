//! Keeps Node.js running while promises are pending.

use std::cell::Cell;
use std::sync::Arc;

use napi::Env;

use super::mailbox::Mailbox;

/// Counts the pending promises of one environment. An idle pool lets Node.js exit.
pub(super) struct KeepAlive {
    mailbox: Arc<Mailbox>,
    pending: Cell<usize>,
}

impl KeepAlive {
    pub(super) fn new(mailbox: Arc<Mailbox>) -> Self {
        Self {
            mailbox,
            pending: Cell::new(0),
        }
    }

    /// Keeps Node.js running until as many [`Self::release`] it.
    pub(super) fn hold(&self, env: Env) {
        if self.pending.replace(self.pending.get() + 1) == 0 {
            self.mailbox.signal().hold(env);
        }
    }

    pub(super) fn is_held(&self) -> bool {
        self.pending.get() > 0
    }

    pub(super) fn release(&self, env: Env, count: usize) {
        let left = self.pending.get().saturating_sub(count);
        self.pending.set(left);
        if left == 0 {
            self.mailbox.signal().release(env);
        }
    }
}
