//! Finds what a worker process is started from.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{fs, io};

use super::config::LocalConfig;
use super::interpreter::{self, Search};
use super::process::{Command, Guardian};
use super::spec::LocalSpec;
use super::worker::WorkerSpec;
use crate::engine::{Environment, Prepared};
use pool_core::failure::{Failure, InterpreterNote};

/// Finds the interpreter and starts the guardian. Blocks, because probing runs an interpreter.
/// Setting `cancelled` ends the search soon, with any failure.
pub(super) fn prepare(
    config: LocalConfig,
    environment: Environment,
    cancelled: Arc<AtomicBool>,
) -> Result<Prepared<LocalSpec>, Failure> {
    let cwd = match &config.cwd {
        Some(cwd) => {
            let entering = format!("enter the working directory {}", cwd.display());
            check_directory(cwd).map_err(|error| Failure::system(entering, "chdir", &error))?;
            cwd.clone()
        }
        None => std::env::current_dir()
            .map_err(|error| Failure::system("find the working directory", "getcwd", &error))?,
    };
    let interpreter = interpreter::find(&Search {
        explicit: config.python,
        interpreter_variable: config.interpreter_variable,
        env: environment.clone(),
        script: config.script.path().map(Path::to_owned),
        cwd,
        cancelled,
    })
    .map_err(|not_found| Failure::PythonNotFound {
        message: not_found.to_string(),
        attempts: not_found.attempts.iter().map(ToString::to_string).collect(),
    })?;
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
        },
        spec: LocalSpec {
            worker: WorkerSpec {
                command: Command {
                    program: interpreter.path,
                    args,
                    env: environment,
                    cwd: config.cwd,
                },
                script: config.script,
                max_payload: config.max_payload,
                tracing: config.tracing,
                plugin: config.plugin.unwrap_or_default(),
            },
            guardian,
        },
    })
}

fn check_directory(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        Ok(())
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}
