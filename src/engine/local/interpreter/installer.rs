//! What installs a package so that the script finds it.

use std::fs;
use std::path::{Path, PathBuf};

use pool_core::Installer;

use super::find::Interpreter;
use super::platform;
use super::reason::Reason;
use super::search::Search;
use super::venvs;

/// What installs a package for the interpreter that runs the script.
#[must_use]
pub fn installer(search: &Search, interpreter: &Interpreter) -> Installer {
    let script = search.script.as_ref().map(|path| search.cwd.join(path));
    if let (Reason::ScriptEnvironment, Some(script)) = (&interpreter.reason, &script) {
        return Installer::UvScript(text(script));
    }
    let folder = script.as_deref().and_then(Path::parent);
    let project = uv_project(folder.unwrap_or(&search.cwd));
    let environment =
        platform::prefix_of(&interpreter.path).filter(|prefix| is_environment(prefix));
    match (environment, project) {
        (Some(environment), Some(project)) if project.is_installed_in(environment) => {
            Installer::UvProject(text(&project.folder))
        }
        (Some(environment), _) if is_of_uv(environment) => Installer::UvPip,
        (Some(_), _) => Installer::Pip,
        (None, Some(project)) => Installer::UvProject(text(&project.folder)),
        (None, None) => outside(search, interpreter),
    }
}

/// For an interpreter that is in no environment.
fn outside(search: &Search, interpreter: &Interpreter) -> Installer {
    match venvs::of_project(search).into_iter().next() {
        Some(venv) => Installer::ProjectEnvironment {
            python: text(&platform::venv_python(&venv.path)),
            // Otherwise it was tried.
            is_usable: interpreter.reason.is_named(),
            is_of_uv: is_of_uv(&venv.path),
            folder: text(&venv.path),
        },
        None => new_environment(search, interpreter),
    }
}

/// Where [`venvs`] looks first.
fn new_environment(search: &Search, interpreter: &Interpreter) -> Installer {
    let script = search.script.as_ref().map(|path| search.cwd.join(path));
    let folder = script.as_deref().and_then(Path::parent);
    let venv = folder.unwrap_or(&search.cwd).join(".venv");
    Installer::NewEnvironment {
        python: text(&platform::venv_python(&venv)),
        folder: text(&venv),
        is_named: interpreter.reason.is_named(),
    }
}

struct UvProject {
    folder: PathBuf,
    /// The folder with `uv.lock`: that of the project, or of the workspace that it is in.
    lock: PathBuf,
}

impl UvProject {
    /// Whether `uv add` installs into this environment.
    fn is_installed_in(&self, environment: &Path) -> bool {
        let own = self.lock.join(".venv").canonicalize();
        own.is_ok_and(|own| environment.canonicalize().is_ok_and(|other| other == own))
    }
}

fn uv_project(folder: &Path) -> Option<UvProject> {
    let project = folder
        .ancestors()
        .find(|folder| folder.join("pyproject.toml").exists())?;
    let mut above = project.ancestors();
    let lock = above.find(|folder| folder.join("uv.lock").exists() || folder.join(".git").exists());
    let lock = lock.filter(|folder| folder.join("uv.lock").exists())?;
    Some(UvProject {
        folder: project.to_owned(),
        lock: lock.to_owned(),
    })
}

fn is_environment(prefix: &Path) -> bool {
    prefix.join("pyvenv.cfg").exists() || prefix.join("conda-meta").exists()
}

/// Environments that `uv` makes have no pip.
fn is_of_uv(environment: &Path) -> bool {
    let settings = fs::read_to_string(environment.join("pyvenv.cfg")).unwrap_or_default();
    let mut names = settings.lines().filter_map(|line| line.split_once('='));
    names.any(|(name, _)| name.trim() == "uv")
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
