//! Why an interpreter is tried.

use std::fmt;

/// Why an interpreter is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The `pythonPath` option.
    PythonPath,
    /// The environment variable with this name.
    Variable(String),
    /// The active virtual environment.
    VirtualEnv,
    /// A virtual environment beside the script: the name of its directory.
    BesideScript(&'static str),
    /// A virtual environment in the working directory: the name of its directory.
    InCwd(&'static str),
    /// A name on `PATH`.
    OnPath(&'static str),
    /// The `py` launcher of Windows.
    Launcher,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PythonPath => f.write_str("pythonPath"),
            Self::Variable(name) => f.write_str(name),
            Self::VirtualEnv => f.write_str("VIRTUAL_ENV"),
            Self::BesideScript(directory) => write!(f, "{directory} beside the script"),
            Self::InCwd(directory) => write!(f, "{directory} in the working directory"),
            Self::OnPath(name) => write!(f, "{name} on PATH"),
            Self::Launcher => f.write_str("the py launcher"),
        }
    }
}
