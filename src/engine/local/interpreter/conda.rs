//! The conda environment that is active.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::search::Search;

/// Names of the environment that conda itself is in: every new shell activates it.
const BASE_NAMES: [&str; 2] = ["base", "root"];

/// An active environment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Active {
    /// One that was made for a project.
    Named(PathBuf),
    Base(PathBuf),
}

/// What `CONDA_PREFIX` names.
pub(super) fn active(search: &Search) -> Option<Active> {
    let prefix = search.cwd.join(search.var("CONDA_PREFIX")?);
    Some(if is_base(search, &prefix) {
        Active::Base(prefix)
    } else {
        Active::Named(prefix)
    })
}

fn is_base(search: &Search, prefix: &Path) -> bool {
    // Pixi calls all of its environments "default".
    if prefix.join("conda-meta").join("pixi").exists() {
        return false;
    }
    if search.var("_CONDA_ROOT") == Some(prefix.as_os_str()) {
        return true;
    }
    match search.var("CONDA_DEFAULT_ENV") {
        // An environment of its own may be called "base", too; its folder then has that name.
        Some(name) => {
            BASE_NAMES.iter().any(|base| name == OsStr::new(base))
                && prefix.file_name() != Some(name)
        }
        None => prefix.join("condabin").exists(),
    }
}
