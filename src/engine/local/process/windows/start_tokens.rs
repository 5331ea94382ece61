//! Windows has no pipe that both sides can take tokens from, so a call that was sent has started.

use std::io;

/// Stands in for the tokens of the other platforms.
#[derive(Debug)]
pub struct StartTokens;

impl StartTokens {
    /// Whether this platform has them. If not, a call that was sent counts as started.
    pub const SUPPORTED: bool = false;

    /// Does nothing: the worker starts every call that it is sent.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as on unix")]
    pub fn issue(&self, _calls: &[u64]) -> io::Result<()> {
        Ok(())
    }

    /// Does nothing: the worker waits for no token.
    #[expect(clippy::unused_self, reason = "as on unix")]
    pub fn close(&mut self) {}

    /// None: every call that was sent has started.
    #[must_use]
    #[expect(clippy::unused_self, reason = "as on unix")]
    pub fn count(&self) -> usize {
        0
    }

    /// None: every call that was sent has started.
    #[must_use]
    #[expect(clippy::unused_self, reason = "as on unix")]
    pub fn revoke_unstarted(&self) -> Vec<u64> {
        Vec::new()
    }
}
