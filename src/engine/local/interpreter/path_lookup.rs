//! Programs on `PATH`.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::platform;
use super::search::Search;

/// The files that are found, each once even if a directory is on `PATH` twice.
pub(super) fn on_path(search: &Search, name: &OsStr) -> Vec<PathBuf> {
    let paths = search
        .var("PATH")
        .or(platform::DEFAULT_SEARCH_PATH.map(OsStr::new));
    let mut hits = Vec::new();
    let found = paths.and_then(|paths| which::which_in_all(name, Some(paths), &search.cwd).ok());
    for hit in found.into_iter().flatten() {
        // An empty entry means the working directory and yields a bare name.
        let hit = search.cwd.join(hit);
        if !hits.contains(&hit) {
            hits.push(hit);
        }
    }
    hits
}
