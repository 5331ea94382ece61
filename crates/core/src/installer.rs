//! What installs a package that a script imports.

/// How a package gets to where the script finds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Installer {
    /// The interpreter's own pip.
    #[default]
    Pip,
    /// The interpreter's own pip; or that of a new environment, if the system manages the packages of the
    /// interpreter. There is no environment yet.
    NewEnvironment {
        /// Where it is found without being named.
        folder: String,
        /// The interpreter that it will have.
        python: String,
        /// The interpreter was named, so this one must be named instead.
        is_named: bool,
    },
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
    /// `text`, which ends in a colon, and the command, for a script that runs with the interpreter `python`.
    /// `is_managed`: the system manages its packages.
    #[must_use]
    pub fn advice(&self, text: &str, python: &str, package: &str, is_managed: bool) -> String {
        let installer = match self {
            Self::NewEnvironment { .. } if !is_managed => &Self::Pip,
            installer => installer,
        };
        let command = installer.command(python, package);
        match installer.remark() {
            Some(remark) => format!("{remark} {text} {command}"),
            None => format!("{text} {command}"),
        }
    }

    fn command(&self, python: &str, package: &str) -> String {
        match self {
            Self::Pip => pip(python, package),
            Self::NewEnvironment {
                folder,
                python: of_environment,
                ..
            } => {
                let create = format!("{} -m venv {}", quote(python), quote(folder));
                format!("{create} && {}", pip(of_environment, package))
            }
            Self::UvPip => uv_pip(python, package),
            Self::UvProject(folder) => format!("uv add {package} --project {}", quote(folder)),
            Self::UvScript(script) => {
                let script = quote(script);
                format!("uv add {package} --script {script} && uv sync --script {script}")
            }
            Self::ProjectEnvironment {
                folder,
                python: of_project,
                is_usable,
                is_of_uv,
            } => {
                let (create, install) = if *is_of_uv {
                    (
                        format!("uv venv --clear \"{folder}\""),
                        uv_pip(of_project, package),
                    )
                } else {
                    let create = format!("\"{python}\" -m venv --clear \"{folder}\"");
                    (create, pip(of_project, package))
                };
                if *is_usable {
                    install
                } else {
                    format!("{create} && {install}")
                }
            }
        }
    }

    /// Why the command is not for the interpreter that runs the script.
    fn remark(&self) -> Option<String> {
        match self {
            Self::ProjectEnvironment {
                folder, is_usable, ..
            } => Some(if *is_usable {
                format!(
                    "The project's own environment, {folder}, is not used, because another interpreter \
                     is named. The package belongs there."
                )
            } else {
                format!("The project's environment, {folder}, does not work. Create it again.")
            }),
            Self::NewEnvironment { is_named, .. } => {
                let create = if *is_named {
                    "Create a virtual environment and name its folder instead."
                } else {
                    "Create a virtual environment; it is then used without being named."
                };
                Some(format!(
                    "This Python is managed by the system, so pip does not install into it. {create}"
                ))
            }
            Self::Pip | Self::UvPip | Self::UvProject(_) | Self::UvScript(_) => None,
        }
    }
}

fn pip(python: &str, package: &str) -> String {
    format!("{} -m pip install {package}", quote(python))
}

fn uv_pip(python: &str, package: &str) -> String {
    format!("uv pip install --python {} {package}", quote(python))
}

/// As one word for a shell, which expands nothing in it.
fn quote(path: &str) -> String {
    if path.contains(['"', '$', '`', '\\', '!']) && !cfg!(windows) {
        format!("'{}'", path.replace('\'', "'\\''"))
    } else {
        format!("\"{path}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(windows))]
    #[test]
    fn a_shell_expands_nothing_in_a_path() {
        assert_eq!(quote("/my venv/it's"), "\"/my venv/it's\"");
        assert_eq!(quote("/$(touch x)/it's"), "'/$(touch x)/it'\\''s'");
    }
}
