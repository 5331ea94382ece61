//! A pool of persistent Python worker processes for Node.js.
//!
//! A worker imports the user's script once and then serves many calls. Every call has exactly one
//! outcome, and no process outlives its host.
//!
//! ```text
//!              JS thread                 │            reactor thread
//!                                        │
//!   pool.js ─ node ── pool ─ scheduler ─┼─ pool ─ worker ─ process
//!                │       │               │             │
//!                │       └── carries out what the scheduler decides
//!                └── promises, text      │             └── protocol: frames <-> bytes
//! ```
//!
//! | module | owns |
//! | --- | --- |
//! | [`protocol`] | frames and bytes; no I/O |
//! | [`scheduler`] | every decision, as a pure state machine; no I/O, no clock, no threads |
//! | [`interpreter`] | which Python runs the script |
//! | [`process`] | one process group: start, signal, reap; the guardian |
//! | [`worker`] | one child: its channel and what it prints |
//! | [`pool`] | drives scheduler and workers; the reactor thread |
//! | `node` | the Node.js binding; the only code that knows Node-API |
//! | [`failure`] | every way to fail, with its code and message |
//!
//! The Python side is in `python/`. `docs/design.md` tells how it all works together.

pub mod failure;
pub mod interpreter;
#[cfg(feature = "node")]
pub mod node;
pub mod pool;
pub mod process;
pub mod protocol;
pub mod scheduler;
pub mod worker;
