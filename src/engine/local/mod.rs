//! Workers as processes on this machine.
//!
//! ```text
//! engine        the seam to the runtime: prepares, and starts workers
//!   ├─ prepare      finds an interpreter, starts the guardian
//!   │    └─ interpreter
//!   └─ worker       one child: sends frames, reads everything it writes
//!        └─ process     starts, signals and reaps; the guardian
//! ```

mod config;
mod engine;
pub mod interpreter;
mod prepare;
pub mod process;
mod script;
mod spec;
pub mod worker;

pub use config::LocalConfig;
pub use engine::LocalEngine;
pub use script::Script;
pub use spec::LocalSpec;
