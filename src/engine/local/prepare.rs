//! Finds what a worker process is started from.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{env, fs, io};

use super::config::LocalConfig;
use super::interpreter::{self, Attempt, Interpreter, Limits, Search, SearchError};
use super::process::{Command, Guardian};
use super::spec::LocalSpec;
use super::worker::WorkerSpec;
use crate::engine::{Environment, Prepared};
use pool_core::Level;
use pool_core::failure::{Failure, InterpreterNote};

/// Finds the interpreter and starts the guardian. Blocks, because probing runs an interpreter.
/// Setting `cancelled` ends the search soon, with any failure. `log` gets a line for each interpreter that
/// is not used, and a warning for each environment of the user among them.
pub(super) fn prepare(
    config: LocalConfig,
    environment: Environment,
    cancelled: Arc<AtomicBool>,
    log: impl Fn(Level, String),
) -> Result<Prepared<LocalSpec>, Failure> {
    let host_cwd = env::current_dir().ok();
    let inherits_cwd = config.cwd.is_none() || config.cwd == host_cwd;
    if let Some(cwd) = config.cwd.as_ref().filter(|_| !inherits_cwd) {
        let entering = format!("enter the working directory {}", cwd.display());
        check_directory(cwd).map_err(|error| Failure::system(entering, "chdir", &error))?;
    }
    // Restarted workers get the same directory. None is needed: it may have been removed.
    let cwd = config.cwd.clone().or(host_cwd);
    let search = Search {
        explicit: config.python,
        interpreter_variable: config.interpreter_variable,
        env: environment.clone(),
        script: config.script.path().map(Path::to_owned),
        cwd: cwd.clone().unwrap_or_default(),
        inherits_cwd,
        cancelled,
    };
    let mut environments = Vec::new();
    let mut report = |attempt: &Attempt| {
        log(Level::Debug, format!("passes over {attempt}"));
        if attempt.reason.is_environment() {
            environments.push(attempt.clone());
        }
    };
    let interpreter = interpreter::find_within(&search, Limits::default(), &mut report)
        .map_err(search_failure)?;
    for attempt in environments {
        log(Level::Warn, instead_of(&attempt, &interpreter));
    }
    let guardian = Guardian::global(
        &interpreter.path,
        &config.python_dir.join("guardian.py"),
        &environment,
    )
    .map_err(Failure::from)?;
    let mut args = config.python_args;
    args.push(config.python_dir.join("start.py").into());
    let (major, minor, patch) = interpreter.version;
    Ok(Prepared {
        interpreter: InterpreterNote {
            path: interpreter.path.to_string_lossy().into_owned(),
            version: format!("{major}.{minor}.{patch}"),
            reason: interpreter.reason.to_string(),
            installer: interpreter::installer(&search, &interpreter),
        },
        spec: LocalSpec {
            worker: WorkerSpec {
                command: Command {
                    program: interpreter.path,
                    args,
                    env: environment,
                    cwd,
                },
                script: config.script,
                max_payload: config.max_payload,
                tracing: config.tracing,
                reports_files: config.reports_files,
                concurrency: config.concurrency,
                threads: config.threads,
                plugin: config.plugin.unwrap_or_default(),
                function: config.function.unwrap_or_default(),
            },
            guardian,
        },
    })
}

/// An environment that is not used would otherwise show only as missing packages.
fn instead_of(attempt: &Attempt, Interpreter { path, reason, .. }: &Interpreter) -> String {
    format!("{attempt}; using {} ({reason}) instead", path.display())
}

fn search_failure(error: SearchError) -> Failure {
    match error {
        SearchError::NotFound(not_found) => Failure::PythonNotFound {
            message: not_found.to_string(),
            attempts: not_found.attempts.iter().map(ToString::to_string).collect(),
        },
        SearchError::Exhausted { program, error } => {
            Failure::system(format!("look for Python with {program}"), "spawn", &error)
        }
    }
}

fn check_directory(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        check_entry(path)
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

/// Fails if this user may not enter a directory.
#[cfg(unix)]
fn check_entry(directory: &Path) -> io::Result<()> {
    rustix::fs::access(directory, rustix::fs::Access::EXEC_OK)?;
    Ok(())
}

/// Every user may, unless an administrator has changed that.
#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "as on unix")]
fn check_entry(_directory: &Path) -> io::Result<()> {
    Ok(())
}
