//! The pure core of the pool: what is decided and what crosses the wire, without any I/O.
//!
//! | module | owns |
//! | --- | --- |
//! | [`wire`] | frames and bytes |
//! | [`scheduler`] | every decision, as a state machine |
//! | [`failure`] | every way to fail, with its code and message |
//! | [`exit`] | how a process ended |

pub mod exit;
pub mod failure;
pub mod scheduler;
pub mod wire;
