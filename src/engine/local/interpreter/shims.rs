//! Shims of version managers: small programs that start the Python that is selected.
//!
//! Any other program that starts a Python is a wrapper that somebody wrote for what it sets. It runs as it
//! is.

use std::fs;
use std::path::Path;

/// They have a folder of shims, or are what their shims link to.
const MANAGERS: [&str; 5] = ["pyenv", "asdf", "mise", "rtx", "rye"];
const FOLDER: &str = "shims";
/// A shim is a few lines of a shell.
const MAX_SIZE: u64 = 16 * 1024;

/// Of macOS: starts the Python of the developer tools that are selected.
const XCODE: &str = "/usr/bin/python3";

/// Whether this is a shim.
pub(super) fn is_shim(program: &Path) -> bool {
    (cfg!(target_os = "macos") && program == Path::new(XCODE))
        || links_to_manager(program)
        || (is_in_shims(program) && runs_manager(program))
}

fn links_to_manager(program: &Path) -> bool {
    let target = program.canonicalize().ok();
    let name = target.as_deref().and_then(Path::file_stem);
    name.is_some_and(|name| MANAGERS.iter().any(|manager| name == *manager))
}

fn is_in_shims(program: &Path) -> bool {
    let folder = program.parent().and_then(Path::file_name);
    folder.is_some_and(|folder| folder == FOLDER)
}

fn runs_manager(program: &Path) -> bool {
    let is_small = program.metadata().is_ok_and(|file| file.len() <= MAX_SIZE);
    let text = is_small.then(|| fs::read(program).ok()).flatten();
    is_shim_text(&String::from_utf8_lossy(&text.unwrap_or_default()))
}

/// Such as `exec "/home/me/.pyenv/libexec/pyenv" exec "$program" "$@"`, `exec asdf exec "python" "$@"`, or
/// `mise x -- python %*`.
fn is_shim_text(text: &str) -> bool {
    MANAGERS.iter().any(|manager| {
        let mut ends = text
            .match_indices(manager)
            .map(|(at, _)| at + manager.len());
        ends.any(|end| {
            let rest = text[end..]
                .trim_start_matches(".exe")
                .trim_start_matches(['"', '\'']);
            rest.starts_with(" exec ") || rest.starts_with(" x ")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_that_runs_a_version_manager_is_a_shim() {
        for shim in [
            "#!/usr/bin/env bash\nexec \"/home/someone/.pyenv/libexec/pyenv\" exec \"$program\" \"$@\"",
            "#!/bin/sh\n# asdf-plugin: python 3.12\nexec asdf exec \"python\" \"$@\"",
            "@echo off\r\nsetlocal\r\nmise x -- python %*",
            "call \"C:\\pyenv-win\\bin\\pyenv.exe\" exec %~n0 %*",
        ] {
            assert!(is_shim_text(shim), "{shim}");
        }
        for wrapper in [
            "exec /home/someone/.pyenv/versions/3.12.1/bin/python3 \"$@\"",
            "# not for pyenv\nexec python3 \"$@\"",
            "",
        ] {
            assert!(!is_shim_text(wrapper), "{wrapper}");
        }
    }
}
