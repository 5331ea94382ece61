//! The pure core of the pool: what is decided and what crosses the wire, without any I/O.
//!
//! | module | owns |
//! | --- | --- |
//! | `call` | the record of a call: request and options |
//! | `outcome` | what a call delivers |
//! | `call_failure` | the failure of a call, with what is known about the call |
//! | [`failure`], `messages`, [`error_json()`] | every way to fail, with its code; its text; its description |
//! | `traceback` | the text of an exception |
//! | [`exit`] | how a process ended |
//! | `histogram`, [`stats`] | durations, counted; a snapshot of a pool in numbers |
//! | `installer` | what installs a missing package |
//! | `id`, `level`, `stream` | identities of calls and workers; log levels; standard streams |
//! | [`wire`] | frames <-> bytes |
//! | [`scheduler`] | every decision, as a state machine |

mod call;
mod call_failure;
mod error_json;
pub mod exit;
pub mod failure;
mod histogram;
mod id;
mod installer;
mod level;
mod messages;
mod outcome;
pub mod scheduler;
pub mod stats;
mod stream;
mod traceback;
pub mod wire;

pub use call::{Batching, Call, CallOptions, CallTimes};
pub use call_failure::{CallFailure, WorkerProcess};
pub use error_json::{call_error_json, error_json};
pub use failure::Failure;
pub use histogram::{Histogram, HistogramSummary};
pub use id::{CallId, WorkerId};
pub use installer::Installer;
pub use level::Level;
pub use outcome::Outcome;
pub use stream::Stream;
