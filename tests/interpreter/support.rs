//! Programs that are, or only claim to be, an interpreter, in an empty folder.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use python_worker_pool::engine::local::interpreter::{
    Attempt, Interpreter, Limits, NotFound, Search, SearchError, find, find_within,
};
use tempfile::TempDir;

/// The environment variable that may name an interpreter.
pub(crate) const VARIABLE: &str = "THE_PYTHON";

/// An empty folder, and a search that sees nothing else.
pub(crate) struct Sandbox {
    dir: TempDir,
    pub(crate) search: Search,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("wo rk 🐍 é")
            .tempdir()
            .unwrap();
        fs::create_dir(dir.path().join("cwd")).unwrap();
        fs::create_dir(dir.path().join("project")).unwrap();
        let search = Search {
            explicit: None,
            interpreter_variable: Some(VARIABLE.into()),
            env: vec![("PATH".into(), dir.path().join("bin").into())],
            cancelled: std::sync::Arc::default(),
            script: Some(dir.path().join("project/provider.py")),
            cwd: dir.path().join("cwd"),
            inherits_cwd: false,
        };
        Self { dir, search }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn named(&self, python: impl Into<OsString>) -> Search {
        Search {
            explicit: Some(python.into()),
            ..self.search.clone()
        }
    }

    pub(crate) fn with(&self, name: &str, value: impl Into<OsString>) -> Search {
        let mut search = self.search.clone();
        search.env.retain(|(known, _)| known != name);
        search.env.push((name.into(), value.into()));
        search
    }

    /// An executable shell script. A separate process writes it: if this one had it open for writing
    /// while another test starts a process, it could not be run ("text file busy").
    pub(crate) fn script(&self, name: &str, body: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut install = Command::new("install")
            .args(["-m", "755", "/dev/stdin"])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = install.stdin.take().unwrap();
        stdin
            .write_all(format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n").as_bytes())
            .unwrap();
        drop(stdin);
        assert!(install.wait().unwrap().success());
        path
    }

    /// A wrapper of the real interpreter.
    pub(crate) fn wrapper(&self, name: &str, before: &str) -> PathBuf {
        self.script(
            name,
            &format!("{before}\nexec '{}' \"$@\"", real_python().display()),
        )
    }
}

/// A Python of this machine that is not a shim.
pub(crate) fn real_python() -> PathBuf {
    let search = Search {
        explicit: Some("python3".into()),
        interpreter_variable: None,
        env: std::env::vars_os().collect(),
        cancelled: std::sync::Arc::default(),
        script: None,
        cwd: std::env::temp_dir(),
        inherits_cwd: false,
    };
    find(&search).unwrap().path
}

/// A Python of this version from pyenv, if there is one.
pub(crate) fn pyenv_python(version: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")))?;
    let path = root.join("versions").join(version).join("bin/python");
    path.exists().then_some(path)
}

/// The attempts of a search that found nothing.
pub(crate) fn not_found(result: Result<Interpreter, SearchError>) -> NotFound {
    match result.unwrap_err() {
        SearchError::NotFound(not_found) => not_found,
        error @ SearchError::Exhausted { .. } => panic!("{error}"),
    }
}

/// A search in which a candidate has this long to answer, and what was passed over.
pub(crate) fn find_logged(
    search: &Search,
    limits: Limits,
) -> (Result<Interpreter, SearchError>, Vec<String>) {
    let mut lines = Vec::new();
    let mut log = |attempt: &Attempt| lines.push(attempt.to_string());
    let result = find_within(search, limits, &mut log);
    (result, lines)
}

/// The same limit for every candidate.
pub(crate) fn within(millis: u64) -> Limits {
    let limit = Duration::from_millis(millis);
    Limits {
        last: limit,
        others_left: limit,
    }
}

/// Why the only interpreter that was tried cannot be used.
pub(crate) fn refusal(result: Result<Interpreter, SearchError>) -> String {
    let not_found = not_found(result);
    assert_eq!(not_found.attempts.len(), 1, "{not_found}");
    not_found.attempts[0].error.to_string()
}

pub(crate) fn make_venv(path: &Path) {
    let args = ["-m", "venv", "--without-pip"];
    assert!(
        Command::new(real_python())
            .args(args)
            .arg(path)
            .status()
            .unwrap()
            .success()
    );
}
