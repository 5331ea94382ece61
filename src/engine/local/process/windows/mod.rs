//! Windows: a job object for each process, named pipes, and console events.

mod cancels;
mod guardian;
mod job;
mod memory;
mod pipe_budget;
mod pipes;
mod process;
mod start_tokens;
mod waiter;

pub use cancels::Cancels;
pub use guardian::Guardian;
pub(in crate::engine::local) use job::{HostJob, InHostJob};
pub use pipe_budget::EnlargedPipe;
pub(super) use pipes::HostPipes;
pub use pipes::{Receiver, Sender, read_now, read_rest};
pub use process::Process;
pub use start_tokens::StartTokens;
pub(super) use waiter::start;
