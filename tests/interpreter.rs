//! Finding Python: real interpreters, and programs that only claim to be one.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic here is the failing test")]

#[path = "interpreter/cache.rs"]
mod cache;
#[path = "interpreter/environments.rs"]
mod environments;
#[path = "interpreter/installers.rs"]
mod installers;
#[path = "interpreter/limits.rs"]
mod limits;
#[path = "interpreter/order.rs"]
mod order;
#[path = "interpreter/refusals.rs"]
mod refusals;
#[path = "interpreter/shims.rs"]
mod shims;
#[path = "interpreter/support.rs"]
mod support;
#[path = "interpreter/venvs.rs"]
mod venvs;
