//! What a worker writes, whatever it writes: random bytes, mutated frames, any split of them.
//!
//! `PROPTEST_CASES` sets how many cases each property is tried with. A case that fails is made
//! small, printed, and kept in `tests/wire/*.regressions`, from where it is tried first next time.
#![expect(clippy::unwrap_used, reason = "a panic here is the failing test")]

#[path = "wire/decoder.rs"]
mod decoder;
#[path = "wire/json_safety.rs"]
mod json_safety;
#[path = "wire/memory.rs"]
mod memory;
#[path = "wire/message.rs"]
mod message;
#[path = "wire/support.rs"]
mod support;
