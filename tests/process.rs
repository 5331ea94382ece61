//! Workers as processes: what they are started with, how they exit, and what must never outlive them.
//!
//! Every test starts real processes and asks the operating system how they ended.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic here is the failing test")]

#[path = "process/end.rs"]
mod end;
#[path = "process/guardian.rs"]
mod guardian;
#[path = "process/host.rs"]
mod host;
#[path = "process/start.rs"]
mod start;
#[path = "process/support.rs"]
mod support;
