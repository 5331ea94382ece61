//! Linux and macOS: a session for each process, and one guardian for all of them.
//!
//! ```text
//! waiter        the thread of a process: launches it, then reaps it
//!   ├─ launch       posix_spawn
//!   ├─ process      signals, for as long as the id is the process's own
//!   ├─ memory       what a process occupies
//!   ├─ group        what a dead process leaves
//!   └─ guardian     knows the groups that must not outlive the host
//! pipes         the pipes of a worker, from descriptors, start_tokens and cancels
//! ```

mod cancels;
mod descriptors;
mod exit_report;
mod group;
mod guardian;
mod launch;
mod memory;
mod pipe_budget;
mod pipes;
mod posix_spawn;
mod process;
mod signal;
mod start_tokens;
mod thread;
mod wait;
mod waiter;

pub use cancels::Cancels;
pub use guardian::Guardian;
pub use pipe_budget::EnlargedPipe;
pub(super) use pipes::HostPipes;
pub use pipes::{read_now, read_rest};
pub use process::Process;
pub use start_tokens::StartTokens;
pub use tokio::net::unix::pipe::{Receiver, Sender};
pub(super) use waiter::start;
