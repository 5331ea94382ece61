//! Which interpreters to try, in which order.

use std::ffi::OsStr;
use std::iter;
use std::path::{Path, PathBuf};

use super::error::{Attempt, ProbeError};
use super::platform;
use super::reason::Reason;
use super::search::Search;

const VENV_DIRECTORIES: [&str; 2] = [".venv", "venv"];
const NAMES: [&str; 2] = ["python3", "python"];

/// A program that may be a Python.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Absolute.
    pub(super) path: PathBuf,
    /// Arguments before those of Python: `-3` for the `py` launcher.
    pub(super) args: &'static [&'static str],
    pub(super) reason: Reason,
}

/// One step of the search.
pub(super) enum Found {
    Candidate(Candidate),
    /// There is nothing to run, which is worth reporting.
    NotFound(Attempt),
}

impl Candidate {
    fn new(path: PathBuf, reason: Reason) -> Self {
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
pub(super) fn list(search: &Search) -> Vec<Found> {
    if let Some(named) = search.explicit.as_deref().filter(|named| !named.is_empty()) {
        return by_path_or_name(search, named, &Reason::PythonPath);
    }
    if let Some(variable) = &search.interpreter_variable
        && let Some(named) = search.var(variable)
    {
        return by_path_or_name(search, named, &Reason::Variable(variable.clone()));
    }
    let mut found = Vec::new();
    if let Some(venv) = search.var("VIRTUAL_ENV") {
        found.push(in_venv(&search.cwd.join(venv), Reason::VirtualEnv));
    }
    found.extend(adjacent(search));
    found.extend(
        NAMES
            .iter()
            .flat_map(|name| on_path(search, name.as_ref(), &Reason::OnPath(name))),
    );
    found.extend(launcher(search));
    found
}

fn by_path_or_name(search: &Search, named: &OsStr, reason: &Reason) -> Vec<Found> {
    if is_path(named) {
        vec![Found::Candidate(Candidate::new(
            search.cwd.join(named),
            reason.clone(),
        ))]
    } else {
        on_path(search, named, reason)
    }
}

/// More than a bare name. `./python` counts, although it has only one component as a path.
fn is_path(named: &OsStr) -> bool {
    named
        .as_encoded_bytes()
        .iter()
        .any(|byte| std::path::is_separator(char::from(*byte)))
}

/// The interpreter of a virtual environment. A broken one is reported, not skipped silently.
fn in_venv(venv: &Path, reason: Reason) -> Found {
    let path = platform::venv_python(venv);
    Found::Candidate(Candidate::new(path, reason))
}

/// Virtual environments where projects usually have them.
fn adjacent(search: &Search) -> impl Iterator<Item = Found> {
    let script = search.script.as_ref().map(|path| search.cwd.join(path));
    let beside = script.and_then(|path| path.parent().map(Path::to_owned));
    let in_cwd = (beside.as_ref() != Some(&search.cwd)).then(|| search.cwd.clone());
    let beside = beside.into_iter().flat_map(|folder| {
        VENV_DIRECTORIES.map(|name| (folder.join(name), Reason::BesideScript(name)))
    });
    let in_cwd = in_cwd
        .into_iter()
        .flat_map(|cwd| VENV_DIRECTORIES.map(|name| (cwd.join(name), Reason::InCwd(name))));
    // A directory that has only the name, and neither mark of an environment, does not count.
    let is_venv =
        |venv: &Path| venv.join("pyvenv.cfg").exists() || platform::venv_python(venv).exists();
    beside
        .chain(in_cwd)
        .filter(move |(venv, _)| is_venv(venv))
        .map(|(venv, reason)| in_venv(&venv, reason))
}

/// Every hit on `PATH`, because a broken first one must not hide a good second one.
fn on_path(search: &Search, name: &OsStr, reason: &Reason) -> Vec<Found> {
    let paths = search
        .var("PATH")
        .or(platform::DEFAULT_SEARCH_PATH.map(OsStr::new));
    let hits = paths
        .and_then(|paths| hits(name, paths, &search.cwd))
        .unwrap_or_default();
    if hits.is_empty() {
        let candidate = name.to_string_lossy().into_owned();
        return vec![Found::NotFound(Attempt {
            candidate,
            reason: reason.clone(),
            error: ProbeError::NotOnPath,
        })];
    }
    hits.into_iter()
        .map(|path| Found::Candidate(Candidate::new(path, reason.clone())))
        .collect()
}

/// The files that are found, each once even if a directory is on `PATH` twice.
fn hits(name: &OsStr, paths: &OsStr, cwd: &Path) -> Option<Vec<PathBuf>> {
    let mut hits = Vec::new();
    for hit in which::which_in_all(name, Some(paths), cwd).ok()? {
        // An empty entry means the working directory and yields a bare name.
        let hit = cwd.join(hit);
        if !hits.contains(&hit) {
            hits.push(hit);
        }
    }
    Some(hits)
}

/// A launcher that is missing is not worth reporting.
fn launcher(search: &Search) -> impl Iterator<Item = Found> {
    let args = platform::LAUNCHER_ARGS;
    let found = platform::LAUNCHER.map(|name| on_path(search, name.as_ref(), &Reason::Launcher));
    found
        .into_iter()
        .flatten()
        .filter_map(move |found| match found {
            Found::Candidate(candidate) => Some(Found::Candidate(Candidate { args, ..candidate })),
            Found::NotFound(_) => None,
        })
}
