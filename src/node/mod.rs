//! The Node.js binding: the only code that knows Node-API.
//!
//! ```text
//! JS thread                                        reactor thread
//! execute() ─ promise, request ─> Pool::submit ──> worker ──> reply
//!     ^                                                        │
//!     └── promise settled <── Mailbox::drain <── signal ── Mailbox::post
//! ```
//!
//! Text crosses, not values: `pool.js` turns arguments into JSON and replies from JSON with its
//! own realm's `JSON`, and makes its own realm's `Error`s from the descriptions of
//! `describe`. Promises are settled on the JS thread alone, many with one signal.

mod describe;
mod handle;
mod mailbox;
mod options;
mod pool;
mod raw;

pub use options::{NativeCallOptions, NativePoolCallbacks, NativePoolConfig};
pub use pool::{NativePool, drain, set_next_tick};
