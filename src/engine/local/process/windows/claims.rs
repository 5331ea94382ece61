//! Windows has no pipe that both sides may take tokens from: there a call that was sent has started.

use std::io;

/// Nothing.
#[derive(Debug)]
pub struct Claims;

impl Claims {
    /// Whether this platform has them: if not, a call that was sent has started.
    pub const EXIST: bool = false;

    /// Does nothing: the worker starts whatever it is sent.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as on unix")]
    pub fn grant(&self, _calls: &[u64]) -> io::Result<()> {
        Ok(())
    }

    /// None.
    #[must_use]
    #[expect(clippy::unused_self, reason = "as on unix")]
    pub fn take_back(&self) -> Vec<u64> {
        Vec::new()
    }
}
