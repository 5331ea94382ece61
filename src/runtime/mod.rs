//! Drives the scheduler and the workers: carries out what the scheduler asks for, tells it what
//! happened and what time it is.
//!
//! Two threads step a pool: the caller's (submit, shut down) and the reactor (everything else).
//! Both do it under the pool's lock, which is never held while user code or a blocking call runs.

mod config;
mod driver;
mod host;
mod reactor;
mod start;

pub use config::PoolConfig;
pub use driver::Pool;
pub use host::{Host, LogLine};
