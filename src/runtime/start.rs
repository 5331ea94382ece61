//! What has to be known before the first worker can start.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{fs, io};

use super::config::PoolConfig;
use crate::engine::local::interpreter::{self, Search};
use crate::engine::local::process::{Command, Guardian};
use crate::engine::local::worker::Blueprint;
use pool_core::failure::{Failure, InterpreterNote};

/// Ready to start workers.
pub(super) struct Prepared {
    pub(super) blueprint: Blueprint,
    pub(super) guardian: Guardian,
    pub(super) interpreter: InterpreterNote,
}

/// Finds the interpreter and starts the guardian. Blocks: probing an interpreter means to run it.
/// `cancelled` ends the search soon, with some failure.
pub(super) fn prepare(
    config: &PoolConfig,
    cancelled: Arc<AtomicBool>,
) -> Result<Prepared, Failure> {
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
        explicit: config.python.clone(),
        env: config.env.clone(),
        script: config.script.clone(),
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
        &config.env,
    )
    .map_err(Failure::from)?;
    let mut args = config.python_args.clone();
    args.push(config.python_dir.join("start.py").into());
    let (major, minor, patch) = interpreter.version;
    Ok(Prepared {
        interpreter: InterpreterNote {
            path: interpreter.path.to_string_lossy().into_owned(),
            version: format!("{major}.{minor}.{patch}"),
            reason: interpreter.reason.to_string(),
        },
        blueprint: Blueprint {
            command: Command {
                program: interpreter.path,
                args,
                env: config.env.clone(),
                cwd: config.cwd.clone(),
            },
            script: os_bytes(&config.script),
            max_payload: config.max_payload,
            tracing: config.tracing,
            plugin: config.plugin.clone(),
        },
        guardian,
    })
}

fn check_directory(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        Ok(())
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

/// A path as Python's `os.fsdecode` expects it.
fn os_bytes(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    return path.to_string_lossy().into_owned().into_bytes();
}
