//! Every way a call, a start or a pool can fail: one variant for each error code that users see.

use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::exit::ExitStatus;

/// An exception as Python reported it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonError {
    /// Qualified name of the exception's type, as `ValueError` or `openai.RateLimitError`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `str()` of the exception.
    pub message: String,
    /// The traceback as Python prints it, without the worker's own frames.
    pub traceback: String,
    /// The module that could not be found, when that is why an import failed.
    #[serde(default)]
    pub missing: Option<String>,
}

/// How a worker process ended, with what it left on stderr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// Exit code or signal.
    pub cause: DeathCause,
    /// The last 64 KiB that the process wrote to stderr.
    pub stderr_tail: String,
    /// Where Python was when a fatal error ended it, innermost call last.
    pub python_stack: Option<String>,
    /// Whether it was one process too many for the memory there is.
    pub out_of_memory: OutOfMemory,
}

/// What is known of the kernel's out-of-memory killer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutOfMemory {
    /// It has ended a process in the lifetime of this one.
    Likely,
    /// It has ended none.
    Unlikely,
    /// The system does not tell.
    #[default]
    Unknown,
}

impl Death {
    /// The end of a process of which only the cause is known.
    #[must_use]
    pub fn of(cause: DeathCause) -> Self {
        Self {
            cause,
            stderr_tail: String::new(),
            python_stack: None,
            out_of_memory: OutOfMemory::Unknown,
        }
    }

    /// What is probably behind it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match &self.cause {
            DeathCause::Exited(ExitStatus::Signal(signal)) if signal.name() == "SIGKILL" => {
                Some(self.out_of_memory.hint())
            }
            DeathCause::Exited(_) => None,
            DeathCause::ProtocolError(reason) => Some(reason),
        }
    }
}

impl OutOfMemory {
    fn hint(self) -> &'static str {
        match self {
            Self::Likely => {
                "The kernel's out-of-memory killer has been at work: this worker most likely took \
                 more memory than there is. Try fewer workers, a smaller model, or a higher memory \
                 limit; the kernel log tells more."
            }
            Self::Unlikely => {
                "SIGKILL from outside, and not by the kernel's out-of-memory killer: it has ended no \
                 process while this worker lived. See who else may kill processes here."
            }
            Self::Unknown => {
                "SIGKILL from outside: often the kernel's out-of-memory killer. See the kernel log, \
                 and try fewer workers or a smaller model."
            }
        }
    }
}

/// Why a worker process counts as dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeathCause {
    /// The process ended.
    Exited(ExitStatus),
    /// The process wrote something that is not a frame of the protocol, and was killed.
    ProtocolError(String),
}

impl std::fmt::Display for DeathCause {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(status) => status.fmt(out),
            Self::ProtocolError(_) => out.write_str("protocol error"),
        }
    }
}

/// Where a closed pool's call was when the pool closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedWhile {
    /// It waited for a worker.
    Queued,
    /// A worker had it.
    Running,
    /// It came after the pool had begun to close.
    Submitting,
    /// The pool was still starting.
    Starting,
}

/// Which interpreter ran (or was to run) a script, and why that one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterpreterNote {
    /// Path of the interpreter.
    pub path: String,
    /// Its version, as `3.11.7`.
    pub version: String,
    /// Why it was chosen, as `PROMPTFOO_PYTHON`.
    pub reason: String,
}

/// A worker that ended while it imported the script.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadFailure {
    /// Exit code or signal of the worker.
    pub death: Death,
    /// The exception, when there was one.
    pub error: Option<PythonError>,
    /// The interpreter that tried.
    pub interpreter: InterpreterNote,
}

/// What went wrong. `Display` is the message users see, [`Failure::code`] the stable code.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The function raised.
    Exception(PythonError),
    /// The script has no such function.
    FunctionNotFound {
        /// The whole message, with the names there are.
        message: String,
        /// Names of the functions the script has.
        available: Vec<String>,
    },
    /// The script could not be imported.
    Load(Box<LoadFailure>),
    /// No usable interpreter.
    PythonNotFound {
        /// The whole message.
        message: String,
        /// One line for each interpreter that was tried.
        attempts: Vec<String>,
    },
    /// The import took longer than `startupTimeout`.
    StartupTimeout {
        /// The bound that was passed.
        timeout: Duration,
        /// Where Python was.
        stack: Option<String>,
    },
    /// The call took longer than its timeout.
    CallTimeout {
        /// The bound that was passed.
        timeout: Duration,
        /// Where Python was.
        stack: Option<String>,
    },
    /// The call waited too long for a worker.
    QueueTimeout {
        /// The bound that was passed.
        timeout: Duration,
    },
    /// As many calls wait as may.
    QueueFull {
        /// The bound that was reached.
        limit: usize,
    },
    /// The caller wanted the call no more.
    Aborted,
    /// The worker died during the call.
    Crashed(Death),
    /// No worker is left and none can be started.
    PoolDead {
        /// How many workers the pool had.
        workers: usize,
        /// The user's script.
        script: String,
        /// What the last worker died of.
        last_crash: Option<Box<Failure>>,
    },
    /// `initialize()` has not been called, or failed.
    NotInitialized,
    /// The pool is closing or closed.
    Closed(ClosedWhile),
    /// A value can not cross to the other side.
    NotSerializable {
        /// Where the value is, as `output.items[3].client`.
        path: String,
        /// The whole message.
        message: String,
    },
    /// A request or reply is larger than `maxPayload`.
    PayloadTooLarge {
        /// `arguments` or `result`.
        what: &'static str,
        /// Size in bytes.
        size: u64,
        /// The bound in bytes.
        limit: u64,
    },
    /// The operating system refused something.
    System {
        /// What was being done, as `start a worker process`.
        operation: String,
        /// The system call, as `posix_spawn`.
        syscall: &'static str,
        /// The error as the system gave it.
        errno: i32,
        /// Its text.
        message: String,
    },
}

impl Failure {
    /// The operating system's refusal of `syscall`, met on the way to `operation`.
    #[must_use]
    pub fn system(
        operation: impl Into<String>,
        syscall: &'static str,
        error: &std::io::Error,
    ) -> Self {
        Self::System {
            operation: operation.into(),
            syscall,
            errno: error.raw_os_error().unwrap_or_default(),
            message: error.to_string(),
        }
    }

    /// The stable code, as `ERR_CALL_TIMEOUT`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exception(_) => "ERR_PYTHON_EXCEPTION",
            Self::FunctionNotFound { .. } => "ERR_FUNCTION_NOT_FOUND",
            Self::Load(_) => "ERR_PYTHON_LOAD",
            Self::PythonNotFound { .. } => "ERR_PYTHON_NOT_FOUND",
            Self::StartupTimeout { .. } => "ERR_STARTUP_TIMEOUT",
            Self::CallTimeout { .. } => "ERR_CALL_TIMEOUT",
            Self::QueueTimeout { .. } => "ERR_QUEUE_TIMEOUT",
            Self::QueueFull { .. } => "ERR_QUEUE_FULL",
            Self::Aborted => "ABORT_ERR",
            Self::Crashed(_) => "ERR_WORKER_CRASHED",
            Self::PoolDead { .. } => "ERR_POOL_DEAD",
            Self::NotInitialized => "ERR_NOT_INITIALIZED",
            Self::Closed(_) => "ERR_POOL_CLOSED",
            Self::NotSerializable { .. } => "ERR_NOT_SERIALIZABLE",
            Self::PayloadTooLarge { .. } => "ERR_PAYLOAD_TOO_LARGE",
            Self::System { .. } => "ERR_SYSTEM",
        }
    }
}

impl std::error::Error for Failure {}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exception(error) => {
                write!(out, "Python error: {}\n{}", error.message, error.traceback)
            }
            Self::FunctionNotFound { message, .. } => write!(out, "Python error: {message}"),
            Self::Load(failure) => out.write_str(&failure.message()),
            Self::PythonNotFound { message, .. } | Self::NotSerializable { message, .. } => {
                out.write_str(message)
            }
            Self::StartupTimeout { timeout, .. } => write!(
                out,
                "Worker failed to become ready within timeout ({}ms). If the script's imports need \
                 longer, raise the option startupTimeout or PYTHON_WORKER_STARTUP_TIMEOUT.",
                in_millis(*timeout)
            ),
            Self::CallTimeout { timeout, .. } => {
                write!(
                    out,
                    "Python worker timed out after {}ms",
                    in_millis(*timeout)
                )
            }
            Self::QueueTimeout { timeout } => write!(
                out,
                "The call waited {}ms for a free worker, as long as queueTimeout allows. Submit \
                 fewer calls at a time, add workers, or raise the option queueTimeout.",
                in_millis(*timeout)
            ),
            Self::QueueFull { limit } => write!(
                out,
                "All workers are busy, and {limit} calls wait already, as many as maxQueue allows. \
                 Submit fewer calls at a time, add workers, or raise the option maxQueue."
            ),
            Self::Aborted => out.write_str("The operation was aborted"),
            Self::Crashed(death) => write!(out, "Worker crashed ({})", death.cause),
            Self::PoolDead {
                workers,
                script,
                last_crash,
            } => {
                write!(
                    out,
                    "All {workers} Python worker(s) for {script} crashed and could not be restarted"
                )?;
                if let Some(last_crash) = last_crash {
                    write!(out, "\nLast crash: {last_crash}")?;
                }
                out.write_str("\nOnce the cause is mended, initialize() starts the workers again.")
            }
            Self::NotInitialized | Self::Closed(ClosedWhile::Submitting) => {
                out.write_str("Worker pool not initialized")
            }
            Self::Closed(ClosedWhile::Queued | ClosedWhile::Starting) => {
                out.write_str("Worker pool shutting down")
            }
            Self::Closed(ClosedWhile::Running) => out.write_str("Worker shutting down"),
            Self::PayloadTooLarge { what, size, limit } => write!(
                out,
                "The {what} of the call take {size} bytes, more than maxPayload ({limit} bytes). \
                 Send less, or raise the option maxPayload."
            ),
            Self::System {
                operation,
                syscall,
                message,
                ..
            } => {
                write!(out, "Could not {operation}: {syscall}: {message}")
            }
        }
    }
}

/// A duration as JavaScript counts it, fractions included.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "exact to the nanosecond for 104 days"
)]
pub fn in_millis(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e6
}

impl LoadFailure {
    /// The first line is matched by callers; the rest names the interpreter and what to do.
    fn message(&self) -> String {
        let Self {
            death,
            error,
            interpreter:
                InterpreterNote {
                    path,
                    version,
                    reason,
                },
        } = self;
        let mut text = format!(
            "Python worker exited before becoming ready ({})",
            death.cause
        );
        match error {
            Some(PythonError {
                kind,
                message,
                traceback,
                ..
            }) => {
                let _ = write!(text, "\n{kind}: {message}\n{}", traceback.trim_end());
            }
            None if !death.stderr_tail.trim().is_empty() => {
                let _ = write!(text, "\n{}", death.stderr_tail.trim_end());
            }
            None => {}
        }
        let _ = write!(
            text,
            "\nInterpreter: {path} (Python {version}, chosen by {reason})"
        );
        if let Some(module) = error.as_ref().and_then(|error| error.missing.as_deref()) {
            let package = module.split('.').next().unwrap_or(module);
            let _ = write!(
                text,
                "\nTo install the missing module: \"{path}\" -m pip install {package}"
            );
        }
        text
    }
}
