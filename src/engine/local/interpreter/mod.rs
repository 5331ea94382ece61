//! Finds a Python to run workers with.
//!
//! ```text
//! find(search)
//!   ├─ candidates   what to try, in which order, and why
//!   │    ├─ conda, venvs, path_lookup
//!   │    └─ uv             asks `uv` for the environment of a script with its own dependencies
//!   ├─ cache        what is already known of a file; one probe at a time for each
//!   └─ probe        runs a candidate, with a time limit, and asks for its version and real path
//!        ├─ run            runs a program for its output; it ends with the host
//!        ├─ probe_output   what the probe prints, and how it is read
//!        └─ shims          which programs only stand for the interpreter
//! installer(search, interpreter)   what installs a missing package for it
//! ```
//!
//! An interpreter that was named (with the `pythonPath` option, or in the environment variable of the
//! configuration) is the only one tried: to silently run a script with another one would be worse
//! than to report why the named one does not work.

mod cache;
mod candidates;
mod conda;
mod error;
mod exhaustion;
mod find;
mod installer;
mod output;
mod path_lookup;
mod probe;
mod probe_output;
mod reason;
mod run;
mod search;
mod shims;
mod uv;
mod venvs;
#[cfg(any(windows, test))]
mod verbatim;
mod workspace;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as platform;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as platform;

pub use error::{Attempt, Excerpt, NotFound, ProbeError, SearchError};
pub use find::{Interpreter, Limits, find, find_within};
pub use installer::installer;
pub use reason::Reason;
pub use search::Search;
