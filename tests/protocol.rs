//! What a worker writes, whatever it writes: random bytes, mutated frames, any split of them.
//!
//! `PROPTEST_CASES` sets how many cases each property is tried with. A case that fails is made
//! small, printed, and kept in `tests/protocol/*.regressions`, from where it is tried first next time.
#![expect(clippy::unwrap_used, reason = "a panic here is the failing test")]

#[path = "protocol/audit.rs"]
mod audit;
#[path = "protocol/decoder.rs"]
mod decoder;
#[path = "protocol/memory.rs"]
mod memory;
#[path = "protocol/message.rs"]
mod message;
#[path = "protocol/support.rs"]
mod support;
