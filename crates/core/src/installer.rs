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
    /// `text`, which ends in a colon, and the command, for a script that runs with the interpreter `python`.
    #[must_use]
    pub fn advice(&self, text: &str, python: &str, package: &str) -> String {
        let command = self.command(python, package);
        match self.remark() {
            Some(remark) => format!("{remark} {text} {command}"),
            None => format!("{text} {command}"),
        }
    }

    fn command(&self, python: &str, package: &str) -> String {
        match self {
            Self::Pip => pip(python, package),
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
        let Self::ProjectEnvironment {
            folder, is_usable, ..
        } = self
        else {
            return None;
        };
        Some(if *is_usable {
            format!(
                "The project's own environment, {folder}, is not used, because another interpreter is \
                 named. The package belongs there."
            )
        } else {
            format!("The project's environment, {folder}, does not work. Create it again.")
        })
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
