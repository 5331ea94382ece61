//! A pool of persistent Python worker processes for Node.js.
//!
//! A worker imports the user's script once and then serves many calls. Every call has exactly one
//! outcome, and no process outlives its host.
//!
//! | module | owns |
//! | --- | --- |
//! | [`pool_core`] | wire format and scheduler: every decision, without I/O |
//! | [`engine`] | where workers run: processes on this machine |
//! | [`runtime`] | drives scheduler and engine; the reactor thread |
//! | `node` | the Node.js binding; the only code that knows Node-API |
//!
//! The Python side is in `python/`. See `docs/design.md` for how it all works together.

pub mod engine;
#[cfg(feature = "node")]
pub mod node;
pub mod runtime;
