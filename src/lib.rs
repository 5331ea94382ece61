//! A pool of persistent Python worker processes for Node.js.
pub mod failure;
pub mod interpreter;
#[cfg(feature="node")]
pub mod node;
pub mod pool;
pub mod process;
pub mod protocol;
pub mod scheduler;
pub mod worker;
