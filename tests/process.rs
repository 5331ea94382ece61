//! Workers as processes: what they are given, how they end, and what may never outlive them.
//!
//! Every test starts real processes and asks the operating system what became of them.
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
