//! The environment that `uv` has for a script with its dependencies in a comment (PEP 723).

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::{Excerpt, ProbeError};
use super::path_lookup::on_path;
use super::platform;
use super::run::{self, Stop};
use super::search::Search;

/// The beginning of a script that is searched for the comment, in bytes.
const MAX_SCRIPT: u64 = 1 << 20;

/// A question that `uv` can answer.
#[derive(Debug)]
pub(super) struct Query {
    uv: PathBuf,
    script: PathBuf,
}

impl Query {
    /// `None` for a script without dependencies of its own, or without `uv`.
    pub(super) fn new(search: &Search) -> Option<Self> {
        let script = search.cwd.join(search.script.as_ref()?);
        if !has_metadata(&script) {
            return None;
        }
        let uv = on_path(search, "uv".as_ref()).into_iter().next()?;
        Some(Self { uv, script })
    }

    /// How the log names it.
    pub(super) fn display(&self) -> String {
        format!("uv python find --script \"{}\"", self.script.display())
    }

    /// The environment's interpreter. Where `uv` has not made the environment yet, it names another
    /// interpreter, without the script's dependencies.
    pub(super) fn ask(&self, search: &Search, timeout: Duration) -> Result<PathBuf, ProbeError> {
        let mut args = ["python", "find", "--script"].map(OsString::from).to_vec();
        args.push(self.script.clone().into());
        let outcome =
            run::run(&self.uv, &args, search, timeout, |_| false).map_err(ProbeError::run)?;
        let output = Excerpt::of(&[], &outcome.stderr);
        match outcome.stop {
            Stop::TimedOut => return Err(ProbeError::TimedOut { timeout, output }),
            Stop::Exited(status) if !status.success() => {
                return Err(ProbeError::NoScriptEnvironment(output));
            }
            _ => {}
        }
        let lines = outcome.stdout.split(|byte| *byte == b'\n');
        let path = lines.map(<[u8]>::trim_ascii).rfind(|line| !line.is_empty());
        path.map(platform::path_from_bytes)
            .filter(|path| path.is_absolute() && is_in_environment(path))
            .ok_or(ProbeError::NoScriptEnvironment(output))
    }
}

fn is_in_environment(interpreter: &Path) -> bool {
    let prefix = platform::prefix_of(interpreter);
    prefix.is_some_and(|prefix| prefix.join("pyvenv.cfg").exists())
}

/// Whether it has a block of metadata: `# /// script`, lines of comment, `# ///`.
fn has_metadata(script: &Path) -> bool {
    let mut text = Vec::new();
    let read = fs::File::open(script).and_then(|file| file.take(MAX_SCRIPT).read_to_end(&mut text));
    read.is_ok() && has_block(&text)
}

fn has_block(text: &[u8]) -> bool {
    let mut lines = text
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    lines.any(|line| line == b"# /// script")
        && lines
            .take_while(|line| line.starts_with(b"#"))
            .any(|line| line == b"# ///")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_block_of_metadata_counts() {
        assert!(has_block(
            b"#!/usr/bin/env python\r\n# /// script\r\n# dependencies = []\r\n# ///\r\n"
        ));
        assert!(has_block(b"# /// script\n#\n# ///"));
        assert!(!has_block(b"# /// script\nimport os\n# ///\n"));
        assert!(!has_block(b"# /// other\n# ///\n"));
        assert!(!has_block(b"  # /// script\n# ///\n"));
        assert!(!has_block(b""));
    }
}
