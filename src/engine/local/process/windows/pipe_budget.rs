//! The size of a pipe is fixed here.

/// Never granted.
#[derive(Debug)]
pub struct EnlargedPipe(());

impl EnlargedPipe {
    /// From this size on, in bytes, a message is worth a larger pipe: it fills the usual one.
    pub const MIN_MESSAGE: usize = 64 * 1024;

    /// `None`.
    #[must_use]
    pub fn of<T>(_pipe: &T) -> Option<Self> {
        None
    }
}
