//! Workers as processes on this machine.

pub mod interpreter;
pub mod process;
pub mod worker;
