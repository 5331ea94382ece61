/// What the consumer of a stream has taken, so that its worker may send as much again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// How many items.
    pub items: u64,
    /// Their size on the wire.
    pub bytes: u64,
}

impl Credit {
    /// The bytes of items that a worker may send before the consumer has taken any: the item that exceeds them is
    /// the last.
    pub const WINDOW_BYTES: u64 = 256 * 1024;
}
