//! Which interpreters to try, in which order.

use std::ffi::OsStr;
use std::iter;
use std::path::{Path, PathBuf};

use super::conda::{self, Active};
use super::error::{Attempt, ProbeError};
use super::path_lookup;
use super::platform;
use super::reason::Reason;
use super::search::Search;
use super::uv;
use super::venvs;

const NAMES: [&str; 2] = ["python3", "python"];

/// A program that may be a Python.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// Absolute.
    pub(super) path: PathBuf,
    /// Arguments before those of Python: `-3` for the `py` launcher.
    pub(super) args: &'static [&'static str],
    pub(super) reason: Reason,
}

/// One step of the search.
#[derive(Debug)]
pub(super) enum Step {
    Try(Candidate),
    /// What to try is what `uv` answers.
    Ask(uv::Query),
    /// There is nothing to run, which is worth reporting.
    PassOver(Attempt),
}

impl Candidate {
    pub(super) fn new(path: PathBuf, reason: Reason) -> Self {
        Self {
            path,
            args: &[],
            reason,
        }
    }

    pub(super) fn failed(&self, error: ProbeError) -> Attempt {
        let program = self.path.to_string_lossy();
        let words = iter::once(program.as_ref()).chain(self.args.iter().copied());
        Attempt {
            candidate: words.collect::<Vec<_>>().join(" "),
            reason: self.reason.clone(),
            error,
        }
    }
}

/// Everything to try, best first.
pub(super) fn list(search: &Search) -> Vec<Step> {
    if let Some(named) = search.explicit.as_deref().filter(|named| !named.is_empty()) {
        return by_path_or_name(search, named, &Reason::PythonPath);
    }
    if let Some(variable) = &search.interpreter_variable
        && let Some(named) = search.var(variable)
    {
        return by_path_or_name(search, named, &Reason::Variable(variable.clone()));
    }
    let mut steps = Vec::new();
    if let Some(venv) = search.var("VIRTUAL_ENV") {
        steps.push(in_venv(&search.cwd.join(venv), Reason::VirtualEnv));
    }
    let conda = conda::active(search);
    if let Some(Active::Named(prefix)) = &conda {
        steps.push(in_conda(prefix, Reason::Conda));
    }
    steps.extend(uv::Query::new(search).map(Step::Ask));
    steps.extend(in_project(search));
    if let Some(Active::Base(prefix)) = &conda {
        steps.push(in_conda(prefix, Reason::CondaBase));
    }
    steps.extend(
        NAMES
            .iter()
            .flat_map(|name| on_path(search, name.as_ref(), &Reason::OnPath(name))),
    );
    steps.extend(launcher(search));
    steps
}

/// A name is looked up on `PATH`; if there is none, it may be that of an environment's folder.
fn by_path_or_name(search: &Search, named: &OsStr, reason: &Reason) -> Vec<Step> {
    let path = search.cwd.join(named);
    let is_path = is_path(named);
    if !is_path {
        let found = on_path(search, named, reason);
        let is_found = !matches!(found[..], [Step::PassOver(_)]);
        let is_environment = venvs::is_venv(&path) || in_folder(&path).is_some();
        if is_found || !is_environment {
            return found;
        }
    }
    let path = in_folder(&path).unwrap_or(path);
    vec![Step::Try(Candidate::new(path, reason.clone()))]
}

/// The interpreter in an environment's folder, or in the folder of its programs.
fn in_folder(folder: &Path) -> Option<PathBuf> {
    if !folder.is_dir() {
        return None;
    }
    if venvs::is_venv(folder) {
        return Some(platform::venv_python(folder));
    }
    let pythons = [platform::conda_python(folder), platform::python_in(folder)];
    pythons.into_iter().find(|python| python.is_file())
}

/// More than a bare name. `./python` counts, although it has only one component as a path.
fn is_path(named: &OsStr) -> bool {
    named
        .as_encoded_bytes()
        .iter()
        .any(|byte| std::path::is_separator(char::from(*byte)))
}

/// The interpreter of a virtual environment. A broken one is reported, not skipped silently.
fn in_venv(venv: &Path, reason: Reason) -> Step {
    Step::Try(Candidate::new(platform::venv_python(venv), reason))
}

fn in_conda(prefix: &Path, reason: Reason) -> Step {
    Step::Try(Candidate::new(platform::conda_python(prefix), reason))
}

/// One that is farther than beside the script must not be a trap: `/tmp` is above many scripts, and
/// anybody may write there.
fn in_project(search: &Search) -> impl Iterator<Item = Step> {
    let script = search.script.as_ref().map(|path| search.cwd.join(path));
    venvs::of_project(search).into_iter().map(move |venv| {
        let home = script.as_deref().unwrap_or(&search.cwd);
        let candidate = Candidate::new(platform::venv_python(&venv.path), venv.reason);
        if candidate.reason.is_above() && !platform::is_owner_trusted(&venv.path, home) {
            Step::PassOver(candidate.failed(ProbeError::NotTrusted))
        } else {
            Step::Try(candidate)
        }
    })
}

/// Every hit on `PATH`, because a broken first one must not hide a good second one.
fn on_path(search: &Search, name: &OsStr, reason: &Reason) -> Vec<Step> {
    let hits = path_lookup::on_path(search, name);
    if hits.is_empty() {
        let candidate = name.to_string_lossy().into_owned();
        return vec![Step::PassOver(Attempt {
            candidate,
            reason: reason.clone(),
            error: match reason {
                Reason::OnPath(_) => ProbeError::Missing,
                _ => ProbeError::NotOnPath,
            },
        })];
    }
    hits.into_iter()
        .map(|path| Step::Try(Candidate::new(path, reason.clone())))
        .collect()
}

/// A launcher that is missing is not worth reporting.
fn launcher(search: &Search) -> impl Iterator<Item = Step> {
    let args = platform::LAUNCHER_ARGS;
    let found = platform::LAUNCHER.map(|name| on_path(search, name.as_ref(), &Reason::Launcher));
    found
        .into_iter()
        .flatten()
        .filter_map(move |step| match step {
            Step::Try(candidate) => Some(Step::Try(Candidate { args, ..candidate })),
            _ => None,
        })
}
