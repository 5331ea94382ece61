//! Drives the scheduler and an engine: carries out the scheduler's decisions, and reports to it what
//! happened and what time it is.
//!
//! ```text
//!  caller ──> Pool ───┐                               ┌──> Observer (outcomes, log lines)
//!                     v                               │
//!  worker ─> reports ─> Driver: Scheduler::handle ─> effects ──> WorkerLink, Engine
//!                     ^
//!  clock ──> timekeeper
//! ```
//!
//! Two threads step a pool: the caller's (submit, shut down) and the reactor (everything else).
//! Both do so under the pool's lock, which is never held while user code or a blocking call runs.
//! Nothing here knows what a worker is: see [`engine`](crate::engine).

mod announced;
mod driver;
mod effects;
mod observer;
mod pool;
mod reactor;
mod reports;
mod session;
mod timekeeper;
mod workers;

pub use observer::{CallOutcome, LogLine, Observer};
pub use pool::Pool;
pub use reactor::{AcquireReactor, Reactor};
