//! Every way a call, a start or a pool can fail: one variant for each error code that users see. The texts are
//! in `messages`.

use std::time::Duration;

use serde::Deserialize;

use crate::exit::ExitStatus;
use crate::installer::Installer;

/// An exception as Python reported it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PythonError {
    /// Qualified name of the exception's type, such as `ValueError` or `openai.RateLimitError`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `str()` of the exception.
    pub message: String,
    /// The traceback as Python prints it, without the worker's own frames.
    pub traceback: String,
    /// What to do about it.
    #[serde(default)]
    pub advice: Option<Box<Advice>>,
}

/// What to do about an exception.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Advice {
    /// Sentences. With a package, they end in a colon, and the command that installs it follows.
    pub text: String,
    /// The package to install, as pip knows it.
    #[serde(default)]
    pub package: Option<String>,
    /// Whether the system manages the packages of the interpreter, so that pip refuses (PEP 668).
    #[serde(default)]
    pub managed: bool,
}

/// How a worker process ended, with what it left on stderr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// Exit code or signal.
    pub cause: DeathCause,
    /// The last 64 KiB that the process wrote to stderr.
    pub stderr_tail: String,
    /// Where Python was when a fatal error ended the process, innermost call last.
    pub python_stack: Option<String>,
    /// Whether the system ran out of memory.
    pub out_of_memory: OutOfMemory,
}

/// What is known about the kernel's out-of-memory killer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutOfMemory {
    /// It killed a process while this one lived.
    Likely,
    /// It killed none meanwhile.
    Unlikely,
    /// The system has no count of its kills.
    #[default]
    Unknown,
}

impl Death {
    /// Whether a fault of the process itself ended it, such as a segmentation fault.
    #[must_use]
    pub fn is_fatal_error(&self) -> bool {
        matches!(&self.cause, DeathCause::Exited(status) if status.is_fatal_error())
    }

    /// A death of which only the cause is known.
    #[must_use]
    pub fn of(cause: DeathCause) -> Self {
        Self {
            cause,
            stderr_tail: String::new(),
            python_stack: None,
            out_of_memory: OutOfMemory::Unknown,
        }
    }
}

/// What ended a worker process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeathCause {
    /// The process ended.
    Exited(ExitStatus),
    /// The process violated the protocol, as described, and was killed.
    ProtocolError(String),
}

/// Where a call or a start was when its pool closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedWhile {
    /// In the queue.
    Queued {
        /// It had started in a worker that was lost.
        started: bool,
    },
    /// In a worker.
    Running {
        /// Whether Python had begun it.
        started: bool,
    },
    /// It was submitted after the pool had begun to close.
    Submitting,
    /// `initialize()` had not finished.
    Starting,
}

/// What `maxPayload` limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The arguments of a call.
    Arguments,
    /// The result of a call.
    Result,
}

/// Which interpreter runs the script, and why that one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterpreterNote {
    /// Path of the interpreter.
    pub path: String,
    /// Its version, such as `3.11.7`.
    pub version: String,
    /// Why it was chosen, such as `PROMPTFOO_PYTHON`.
    pub reason: String,
    /// What installs a package for the script.
    pub installer: Installer,
}

/// A worker that ended while it imported the script.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadFailure {
    /// Exit code or signal of the worker.
    pub death: Death,
    /// The exception, if there was one.
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
        /// The whole message, with the names that exist.
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
    /// The import of the script exceeded `startupTimeout`.
    StartupTimeout {
        /// The limit that was exceeded.
        timeout: Duration,
        /// Where Python was.
        stack: Option<String>,
    },
    /// The call exceeded its timeout.
    CallTimeout {
        /// The limit that was exceeded.
        timeout: Duration,
        /// Where Python was.
        stack: Option<String>,
        /// Whether Python had begun the call.
        started: bool,
    },
    /// The call exceeded `queueTimeout`.
    QueueTimeout {
        /// The limit that was exceeded.
        timeout: Duration,
        /// Whether a worker was ready at that time, so that the call waited for others.
        any_ready: bool,
    },
    /// The queue holds as many calls as `maxQueue` allows.
    QueueFull {
        /// The limit that was reached.
        limit: usize,
    },
    /// The caller aborted the call.
    Aborted {
        /// Whether Python had begun the call.
        started: bool,
    },
    /// The worker died during the call.
    Crashed {
        /// How it died.
        death: Death,
        /// Other calls had started in that worker too, so this one need not be the cause.
        collateral: bool,
    },
    /// Every worker has crashed too often to be restarted.
    PoolDead {
        /// How many workers the pool had.
        workers: usize,
        /// The user's script.
        script: String,
        /// The failure of the last worker.
        last_crash: Option<Box<Failure>>,
        /// The call had started in a worker that was lost.
        started: bool,
    },
    /// `initialize()` has not been called, or failed.
    NotInitialized,
    /// The pool is closing or closed.
    Closed(ClosedWhile),
    /// A value cannot be sent to the other side.
    NotSerializable {
        /// Where the value is, such as `output.items[3].client`.
        path: String,
        /// The whole message.
        message: String,
    },
    /// A request or reply is larger than `maxPayload`.
    PayloadTooLarge {
        /// Which of the two.
        payload: Payload,
        /// Size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A text of a result is longer than a string can be in JavaScript.
    TextTooLong {
        /// Size of the text in bytes.
        size: u64,
    },
    /// The operating system refused something.
    System {
        /// What was being done, such as `start a worker process`.
        operation: String,
        /// The system call, such as `posix_spawn`.
        syscall: &'static str,
        /// The system's error number.
        errno: i32,
        /// Its text.
        message: String,
    },
}

impl Failure {
    /// The same about an item of a stream: its path begins with that item, not with a result.
    #[must_use]
    pub fn of_item(self, index: u64) -> Self {
        match self {
            Self::NotSerializable { path, message } => {
                let why = message.strip_prefix(&path).unwrap_or(&message);
                let steps = path.strip_prefix("output").unwrap_or(&path);
                let path = format!("items[{index}]{steps}");
                let message = format!("{path}{why}");
                Self::NotSerializable { path, message }
            }
            other => other,
        }
    }

    /// The failure of `syscall` during `operation`.
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

    /// The death of a worker, which concerns one call at most.
    #[must_use]
    pub fn crashed(death: Death) -> Self {
        Self::Crashed {
            death,
            collateral: false,
        }
    }

    /// The stable code, such as `ERR_CALL_TIMEOUT`.
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
            Self::Aborted { .. } => "ABORT_ERR",
            Self::Crashed { .. } => "ERR_WORKER_CRASHED",
            Self::PoolDead { .. } => "ERR_POOL_DEAD",
            Self::NotInitialized => "ERR_NOT_INITIALIZED",
            Self::Closed(_) => "ERR_POOL_CLOSED",
            Self::NotSerializable { .. } => "ERR_NOT_SERIALIZABLE",
            Self::PayloadTooLarge { .. } | Self::TextTooLong { .. } => "ERR_PAYLOAD_TOO_LARGE",
            Self::System { .. } => "ERR_SYSTEM",
        }
    }
}

/// The longest string of V8, in UTF-16 units.
pub const MAX_JS_STRING: u64 = (1 << 29) - 24;

/// A duration in milliseconds, fractions included.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "exact to the nanosecond for 104 days"
)]
pub fn in_millis(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e6
}
