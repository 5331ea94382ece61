//! Arbitrary output of a worker: random bytes, mutated frames, and any split of them.
//!
//! `PROPTEST_CASES` sets the number of cases for each property. A failing case is minimized, printed and
//! kept in `tests/wire/*.regressions`, from where it is tried first the next time.
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
