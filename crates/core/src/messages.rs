//! The texts of failures: what happened, then what to do. Those that promptfoo matches are pinned; see
//! CONTRIBUTING.md.

use std::fmt::{self, Display, Formatter};

use crate::exit::ExitStatus;
use crate::failure::{
    ClosedWhile, Death, DeathCause, Failure, InterpreterNote, LoadFailure, MAX_JS_STRING,
    OutOfMemory, Payload, in_millis,
};
use crate::traceback::ExceptionText;

impl std::error::Error for Failure {}

impl Display for Failure {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exception(error) => {
                write!(out, "Python error: {}", ExceptionText::of(error))?;
                match &error.advice {
                    Some(advice) => write!(out, "\n{}", advice.text),
                    None => Ok(()),
                }
            }
            Self::FunctionNotFound { message, .. } => {
                write!(out, "Python error: AttributeError: {message}")
            }
            Self::Load(failure) => write_load_failure(out, failure),
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
                let millis = in_millis(*timeout);
                write!(out, "Python worker timed out after {millis}ms")
            }
            Self::QueueTimeout { timeout, any_ready } => write!(
                out,
                "The call waited {}ms for a free worker, as long as queueTimeout allows{}",
                in_millis(*timeout),
                if *any_ready {
                    WORKERS_ARE_BUSY
                } else {
                    NO_WORKER_IS_READY
                }
            ),
            Self::QueueFull { limit } => write!(
                out,
                "All workers are busy or still starting, and {limit} {} already waiting, as many as maxQueue \
                 allows. Submit fewer calls at a time, add workers, or raise the option maxQueue.",
                if *limit == 1 { "call is" } else { "calls are" }
            ),
            Self::Aborted { .. } => out.write_str("The operation was aborted"),
            Self::Crashed { death, .. } => write!(out, "Worker crashed ({})", death.cause),
            Self::PoolDead {
                workers,
                script,
                last_crash,
                ..
            } => write_pool_dead(out, *workers, script, last_crash.as_deref()),
            Self::NotInitialized | Self::Closed(ClosedWhile::Submitting) => {
                out.write_str("Worker pool not initialized")
            }
            Self::Closed(ClosedWhile::Queued { .. } | ClosedWhile::Starting) => {
                out.write_str("Worker pool shutting down")
            }
            Self::Closed(ClosedWhile::Running { .. }) => out.write_str("Worker shutting down"),
            Self::PayloadTooLarge {
                payload,
                size,
                limit,
            } => write!(
                out,
                "{payload} {size} bytes, more than maxPayload ({limit} bytes). Send less, or raise \
                 the option maxPayload.{}",
                if *size > MAX_JS_STRING {
                    NO_LONGER_TEXT
                } else {
                    ""
                }
            ),
            Self::TextTooLong { size } => write!(
                out,
                "The result of the call has a text of {size} bytes, and a string in JavaScript holds \
                 at most {MAX_JS_STRING} characters, whatever maxPayload is. Return it in parts, as \
                 bytes, or through a file."
            ),
            Self::System {
                operation,
                syscall,
                message,
                ..
            } => write!(out, "Could not {operation}: {syscall}: {message}"),
        }
    }
}

/// What to do about a call that waited for other calls.
const WORKERS_ARE_BUSY: &str =
    ". Submit fewer calls at a time, add workers, or raise the option queueTimeout.";

/// What to do about a call that waited for a worker to start.
const NO_WORKER_IS_READY: &str = ", and no worker was ready: each was starting, or restarting after a crash or a \
                                  timeout. See the log for the reason, or raise the option queueTimeout above the \
                                  time that a start takes.";

/// What else to know about a payload for which `maxPayload` would have to exceed V8's limit.
const NO_LONGER_TEXT: &str = " A single text, and the rest of the value as JSON, cannot be longer than \
                              536870888 characters, the limit of JavaScript.";

fn write_pool_dead(
    out: &mut Formatter<'_>,
    workers: usize,
    script: &str,
    last_crash: Option<&Failure>,
) -> fmt::Result {
    write!(
        out,
        "All {workers} Python worker(s) for {script} crashed and could not be restarted"
    )?;
    if let Some(last_crash) = last_crash {
        write!(out, "\nLast crash: {last_crash}")?;
    }
    out.write_str("\nFix the cause, then call initialize() to start the workers again.")
}

/// Callers match the first line; the rest names the interpreter and what to do.
fn write_load_failure(out: &mut Formatter<'_>, failure: &LoadFailure) -> fmt::Result {
    let LoadFailure {
        death,
        error,
        interpreter,
    } = failure;
    let cause = &death.cause;
    write!(out, "Python worker exited before becoming ready ({cause})")?;
    let stderr = death.stderr_tail.trim_end();
    match error {
        Some(error) => write!(out, "\n{}", ExceptionText::of(error))?,
        None if !stderr.trim().is_empty() => write!(out, "\nLast output on stderr:\n{stderr}")?,
        None => {}
    }
    let InterpreterNote {
        path,
        version,
        reason,
        ..
    } = interpreter;
    write!(
        out,
        "\nInterpreter: {path} (Python {version}, chosen by {reason})"
    )?;
    match failure.hint() {
        Some(hint) if error.is_some() => write!(out, "\n{hint}"),
        _ => Ok(()),
    }
}

impl LoadFailure {
    /// The probable cause, or what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let advice = self.error.as_ref().and_then(|error| error.advice.as_ref());
        match advice {
            Some(advice) => Some(match &advice.package {
                Some(package) => {
                    let InterpreterNote {
                        path, installer, ..
                    } = &self.interpreter;
                    installer.advice(&advice.text, path, package, advice.managed)
                }
                None => advice.text.clone(),
            }),
            None => self.death.hint().map(str::to_owned),
        }
    }
}

impl Display for Payload {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Arguments => "The arguments of the call take at least",
            Self::Result => "The result of the call takes",
        })
    }
}

impl Display for DeathCause {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => status.fmt(out),
            Self::ProtocolError(_) => out.write_str("protocol error"),
        }
    }
}

/// What a call of a pool that was not started has as its hint.
pub(crate) const START_FIRST: &str =
    "Call initialize() before the first call. If it has failed, its error says why.";

/// What a call that timed out before it started has as its hint.
pub(crate) const NOT_STARTED: &str = "Python had not begun this call, and will not: its worker did not respond. Either \
     the process was stopped, or a thread of the script held the interpreter lock (GIL).";

impl Death {
    /// The probable cause, or what to do about it.
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
                "The kernel's out-of-memory killer was active: this worker most likely needed more \
                 memory than there is. Use fewer workers, a smaller model, or a higher memory limit; \
                 see the kernel log for details."
            }
            Self::Unlikely => {
                "SIGKILL from outside, and not from the kernel's out-of-memory killer: it killed no \
                 process while this worker lived. Check what else may kill processes here."
            }
            Self::Unknown => {
                "SIGKILL from outside, often from the kernel's out-of-memory killer. See the kernel \
                 log, and try fewer workers or a smaller model."
            }
        }
    }
}
