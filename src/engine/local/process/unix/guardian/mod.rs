//! The guardian: a small process that briefly outlives a dying host, to kill what the host leaves.
//!
//! It reads orders from a pipe whose only write end is the host's ([`orders`]). At the end of file,
//! however the host died, it kills every group that is still announced. `python/guardian.py` is the
//! program.
//!
//! The guardian itself may die too (a stray `kill`, the out-of-memory killer). A supervisor thread
//! waits for that, starts another one and announces everything that lives again. One that was only
//! stopped is continued.
//!
//! ```text
//! handle ──> supervisor ──> shared ──> connection ──> outbox
//!                                └───> orders
//! ```

mod connection;
mod handle;
mod orders;
mod outbox;
mod shared;
mod supervisor;

pub use handle::Guardian;
