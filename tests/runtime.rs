//! The runtime on a fake engine: without a process, on a paused clock, and with faults that real
//! workers seldom have: reports that are lost, delayed or in the wrong order.
#![expect(clippy::unwrap_used, reason = "a panic here is the failing test")]

#[path = "runtime/calls.rs"]
mod calls;
#[path = "runtime/chaos.rs"]
mod chaos;
#[path = "runtime/crashes.rs"]
mod crashes;
#[path = "runtime/deadline.rs"]
mod deadline;
#[path = "runtime/engine.rs"]
mod engine;
#[path = "runtime/pool.rs"]
mod pool;
#[path = "runtime/shutdown.rs"]
mod shutdown;
#[path = "runtime/start.rs"]
mod start;
#[path = "runtime/stats.rs"]
mod stats;
#[path = "runtime/streams.rs"]
mod streams;
#[path = "runtime/timeouts.rs"]
mod timeouts;
#[path = "runtime/worker.rs"]
mod worker;
