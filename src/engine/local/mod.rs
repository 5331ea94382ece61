//! Workers as processes on this machine.
//!
//! ```text
//! interpreter   finds a Python to start
//! worker        one child: sends frames, reads everything it writes
//!   └─ process      starts, signals and reaps; the guardian
//! ```

pub mod interpreter;
pub mod process;
pub mod worker;
