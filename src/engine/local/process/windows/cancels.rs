//! Windows has no pipe that a worker could read beside its channel, so a cancel is a frame there.

/// Stands in for the pipe of the other platforms.
#[derive(Debug)]
pub struct Cancels;

impl Cancels {
    /// False: the cancel must be sent as a frame.
    #[must_use]
    #[expect(clippy::unused_self, reason = "as on unix")]
    pub fn send(&self, _call: u64) -> bool {
        false
    }

    /// Does nothing: the end of the channel says so.
    #[expect(clippy::unused_self, reason = "as on unix")]
    pub fn close(&mut self) {}
}
