//! Workers as processes on this machine.

mod config;
mod engine;
pub mod interpreter;
mod prepare;
pub mod process;
pub mod worker;

pub use config::LocalConfig;
pub use engine::{LocalEngine, LocalSpec};
