//! What installs a package that a script imports.

/// How a package gets to where the script finds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Installer {
    /// The interpreter's own pip.
    #[default]
    Pip,
    /// `uv pip`, for an environment that `uv` made.
    UvPip,
    /// `uv add`, in the project with this folder.
    UvProject(String),
    /// `uv add --script`, for the script with this path.
    UvScript(String),
    /// The project has an environment, but the script runs with another interpreter, which is in none.
    ProjectEnvironment {
        /// The environment's.
        folder: String,
        /// The environment's interpreter.
        python: String,
        /// The interpreter was named instead of it; otherwise it was tried, and does not work.
        is_usable: bool,
        /// `uv` made it.
        is_of_uv: bool,
    },
}

impl Installer {
    /// What to run, for a script that runs with the interpreter `python`.
    #[must_use]
    pub fn advice(&self, python: &str, package: &str) -> String {
        let here = "To install the missing module";
        match self {
            Self::Pip => format!("{here}: {}", pip(python, package)),
            Self::UvPip => format!("{here}: {}", uv_pip(python, package)),
            Self::UvProject(folder) => {
                format!("{here}: uv add {package} --project \"{folder}\"")
            }
            Self::UvScript(script) => format!(
                "{here}: uv add {package} --script \"{script}\" && uv sync --script \"{script}\""
            ),
            Self::ProjectEnvironment {
                folder,
                python: of_project,
                is_usable: true,
                is_of_uv,
            } => {
                let install = if *is_of_uv { uv_pip } else { pip };
                format!(
                    "The project has an environment of its own, {folder}, which is not used because \
                     another interpreter is named. {here} there: {}",
                    install(of_project, package)
                )
            }
            Self::ProjectEnvironment {
                folder, is_of_uv, ..
            } if *is_of_uv => format!(
                "The project's environment {folder} does not work. To create it again, with the \
                 missing module: uv venv --clear \"{folder}\" && uv pip install --python \"{folder}\" \
                 {package}"
            ),
            Self::ProjectEnvironment {
                folder,
                python: of_project,
                ..
            } => format!(
                "The project's environment {folder} does not work. To create it again, with the \
                 missing module: \"{python}\" -m venv --clear \"{folder}\" && {}",
                pip(of_project, package)
            ),
        }
    }
}

fn pip(python: &str, package: &str) -> String {
    format!("\"{python}\" -m pip install {package}")
}

fn uv_pip(python: &str, package: &str) -> String {
    format!("uv pip install --python \"{python}\" {package}")
}
