//! Virtual environments where projects have them.

use std::io;
use std::path::{Path, PathBuf};

use super::platform;
use super::reason::Reason;
use super::search::Search;
use super::workspace::workspace_of;

const NAMES: [&str; 2] = [".venv", "venv"];
/// What the top folder of a project contains.
const PROJECT_MARKS: [&str; 2] = ["pyproject.toml", ".git"];

/// A virtual environment, which may be broken.
#[derive(Debug)]
pub(super) struct Venv {
    pub(super) path: PathBuf,
    pub(super) reason: Reason,
}

/// The environments of the script's project, nearest first, then those in the working directory.
pub(super) fn of_project(search: &Search) -> Vec<Venv> {
    let mut venvs = Vec::new();
    if let Some(script) = &search.script {
        for folder in folders_of(&search.cwd.join(script)) {
            let above = |name, folder: &Path| Reason::AboveScript(name, folder.to_owned());
            upwards(&folder, Reason::BesideScript, above, &mut venvs);
        }
        inside(&search.cwd, Reason::InCwd, &mut venvs);
    } else {
        let above = |name, folder: &Path| Reason::AboveCwd(name, folder.to_owned());
        upwards(&search.cwd, Reason::InCwd, above, &mut venvs);
    }
    venvs
}

/// The folder of the script, and that of the file it is a link to, or whose folder is one.
fn folders_of(script: &Path) -> Vec<PathBuf> {
    let named = script.parent().map(Path::to_owned);
    let real = platform::real_path(script).ok();
    let real = real.and_then(|script| script.parent().map(Path::to_owned));
    let mut folders: Vec<_> = named.into_iter().collect();
    folders.extend(real.filter(|real| !folders.contains(real)));
    folders
}

/// From a folder up to that of the project.
fn upwards(
    folder: &Path,
    inside_folder: fn(&'static str) -> Reason,
    above: impl Fn(&'static str, &Path) -> Reason,
    venvs: &mut Vec<Venv>,
) {
    for ancestor in to_project(folder) {
        if ancestor == folder {
            inside(ancestor, inside_folder, venvs);
        } else {
            inside(ancestor, |name| above(name, ancestor), venvs);
        }
    }
}

/// The folder and those above it, up to the first with the mark of a project, else to the root. From a
/// member of a workspace of `uv`, up to that workspace.
fn to_project(folder: &Path) -> impl Iterator<Item = &Path> {
    let has_mark = |ancestor: &&Path| {
        PROJECT_MARKS
            .iter()
            .any(|mark| ancestor.join(mark).exists())
    };
    let project = folder.ancestors().find(has_mark);
    let top = project.map(|project| workspace_of(project).unwrap_or(project));
    let count = top.map(|top| {
        folder
            .ancestors()
            .take_while(|ancestor| *ancestor != top)
            .count()
            + 1
    });
    folder.ancestors().take(count.unwrap_or(usize::MAX))
}

fn inside(folder: &Path, reason: impl Fn(&'static str) -> Reason, venvs: &mut Vec<Venv>) {
    if folder.as_os_str().is_empty() {
        return;
    }
    for name in NAMES {
        let path = folder.join(name);
        if is_venv(&path) && venvs.iter().all(|venv| venv.path != path) {
            let reason = reason(name);
            venvs.push(Venv { path, reason });
        }
    }
}

/// Whether it is meant to be a virtual environment: a broken one is reported, not skipped silently. A
/// file, or a directory that has only the name, is none.
pub(super) fn is_venv(path: &Path) -> bool {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => {
            has(&path.join("pyvenv.cfg")) || has(&platform::venv_python(path))
        }
        Ok(_) => false,
        Err(_) => path.is_symlink(),
    }
}

/// Whether there is such a file, or a link to nothing, or no way to know.
fn has(path: &Path) -> bool {
    match path.symlink_metadata() {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}
