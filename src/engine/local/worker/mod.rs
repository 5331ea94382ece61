//! One child: a process, its channel and what it prints.
//!
//! The pool holds a [`Worker`], which sends frames and requests the exit of the process. A task on
//! the reactor reads everything that the process writes and reports it ([`Report`](crate::engine::Report)), up to and
//! including its exit. This module knows processes and the wire format; it does not decide which
//! call goes where.
//!
//! ```text
//! handle ──> outbound    frames to the worker
//!        └─> reader      one task for everything from the worker, made of
//!              ├─ channel      frames -> messages
//!              ├─ printed      stdout, stderr -> lines
//!              ├─ call_output  what calls print -> lines
//!              ├─ stacks       stack dumps
//!              └─ post_mortem  what is known of a dead process
//! ```

mod call_output;
mod channel;
mod handle;
mod lines;
mod outbound;
mod post_mortem;
mod printed;
mod reader;
mod source;
mod spec;
mod stacks;

pub use handle::Worker;
pub use spec::WorkerSpec;
