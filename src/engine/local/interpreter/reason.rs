//! Why an interpreter is tried.

use std::fmt;
use std::path::PathBuf;

/// Why an interpreter is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The `pythonPath` option.
    PythonPath,
    /// The environment variable with this name.
    Variable(String),
    /// The active virtual environment.
    VirtualEnv,
    /// The active conda environment, other than conda's own.
    Conda,
    /// The environment that `uv` has for the script (PEP 723).
    ScriptEnvironment,
    /// A virtual environment beside the script: the name of its directory.
    BesideScript(&'static str),
    /// A virtual environment of the script's project: the name of its directory, and where that is.
    AboveScript(&'static str, PathBuf),
    /// A virtual environment in the working directory: the name of its directory.
    InCwd(&'static str),
    /// A virtual environment of the project that the working directory is in, as for
    /// [`AboveScript`](Self::AboveScript).
    AboveCwd(&'static str, PathBuf),
    /// The environment that conda itself is in, if it is active.
    CondaBase,
    /// A name on `PATH`.
    OnPath(&'static str),
    /// The `py` launcher of Windows.
    Launcher,
}

impl Reason {
    /// Whether somebody named the interpreter: no other one is tried.
    pub(super) fn is_named(&self) -> bool {
        matches!(self, Self::PythonPath | Self::Variable(_))
    }

    /// Whether it is an environment of the user: one that was activated, or that a project has.
    pub(in super::super) fn is_environment(&self) -> bool {
        matches!(
            self,
            Self::VirtualEnv
                | Self::Conda
                | Self::BesideScript(_)
                | Self::AboveScript(..)
                | Self::InCwd(_)
                | Self::AboveCwd(..)
        )
    }

    /// Whether it is in a folder above the script or the working directory.
    pub(super) fn is_above(&self) -> bool {
        matches!(self, Self::AboveScript(..) | Self::AboveCwd(..))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PythonPath => f.write_str("pythonPath"),
            Self::Variable(name) => f.write_str(name),
            Self::VirtualEnv => f.write_str("VIRTUAL_ENV"),
            Self::Conda => f.write_str("the active conda environment"),
            Self::ScriptEnvironment => f.write_str("uv, for the script"),
            Self::AboveScript(directory, folder) => {
                write!(f, "{directory} in {}, above the script", folder.display())
            }
            Self::AboveCwd(directory, folder) => write!(
                f,
                "{directory} in {}, above the working directory",
                folder.display()
            ),
            Self::CondaBase => f.write_str("conda's base environment"),
            Self::BesideScript(directory) => write!(f, "{directory} beside the script"),
            Self::InCwd(directory) => write!(f, "{directory} in the working directory"),
            Self::OnPath(name) => write!(f, "{name} on PATH"),
            Self::Launcher => f.write_str("the py launcher"),
        }
    }
}
