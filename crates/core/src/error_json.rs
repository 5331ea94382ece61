//! Failures -> descriptions from which JavaScript makes its errors: JSON with `code`, `message` and the fields
//! that the README's table of errors lists.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::call_failure::{CallFailure, WorkerProcess};
use crate::exit::ExitStatus;
use crate::failure::{
    ClosedWhile, Death, DeathCause, Failure, MAX_JS_STRING, PythonError, in_millis,
};
use crate::messages::{NOT_STARTED, START_FIRST};

/// The description of a failure, as JSON text.
#[must_use]
pub fn error_json(failure: &Failure) -> String {
    Value::Object(to_object(failure)).to_string()
}

/// The description of a call's failure, as JSON text.
#[must_use]
pub fn call_error_json(call: &CallFailure) -> String {
    let mut error = to_object(&call.failure);
    if let Some(WorkerProcess { index, pid }) = call.worker {
        error.insert("worker".into(), json!({ "index": index, "pid": pid }));
    }
    if !call.was_sent {
        error.entry("started").or_insert(false.into());
    }
    Value::Object(error).to_string()
}

fn to_object(failure: &Failure) -> Map<String, Value> {
    let mut error = fields(failure);
    error.insert("code".into(), failure.code().into());
    error.insert("message".into(), failure.to_string().into());
    error
}

fn fields(failure: &Failure) -> Map<String, Value> {
    let fields = match failure {
        Failure::Exception(PythonError {
            kind,
            message,
            traceback,
            advice,
        }) => {
            let mut fields = Map::new();
            fields.insert("pythonType".into(), kind.clone().into());
            fields.insert("pythonMessage".into(), message.clone().into());
            fields.insert("traceback".into(), traceback.clone().into());
            if let Some(advice) = advice {
                fields.insert("hint".into(), advice.text.clone().into());
            }
            return fields;
        }
        Failure::FunctionNotFound { available, .. } => json!({ "available": available }),
        Failure::Load(load) => {
            let mut fields = death_fields(&load.death);
            if let Some(error) = &load.error {
                fields.insert("traceback".into(), error.traceback.clone().into());
            }
            if let Some(hint) = load.hint() {
                fields.insert("hint".into(), hint.into());
            }
            return fields;
        }
        Failure::PythonNotFound { attempts, .. } => json!({ "attempts": attempts }),
        Failure::StartupTimeout { timeout, stack } => {
            return timeout_fields(*timeout, stack.as_deref());
        }
        Failure::CallTimeout {
            timeout,
            stack,
            started,
        } => {
            let mut fields = timeout_fields(*timeout, stack.as_deref());
            fields.insert("started".into(), (*started).into());
            if !started {
                fields.insert("hint".into(), NOT_STARTED.into());
            }
            return fields;
        }
        Failure::QueueTimeout { timeout, .. } => {
            json!({ "timeout": in_millis(*timeout), "started": false })
        }
        Failure::QueueFull { limit } => json!({ "limit": limit, "started": false }),
        Failure::Aborted { started } => json!({ "started": started }),
        Failure::Closed(reason) => {
            let started = match reason {
                ClosedWhile::Queued { started } | ClosedWhile::Running { started } => *started,
                ClosedWhile::Submitting | ClosedWhile::Starting => false,
            };
            json!({ "started": started })
        }
        Failure::Crashed { death, collateral } => {
            let mut fields = death_fields(death);
            fields.insert("started".into(), true.into());
            if *collateral {
                fields.insert("collateral".into(), true.into());
            }
            return fields;
        }
        Failure::PoolDead {
            last_crash,
            started,
            ..
        } => match last_crash {
            Some(last_crash) => json!({ "lastCrash": to_object(last_crash), "started": started }),
            None => json!({ "started": started }),
        },
        Failure::NotSerializable { path, .. } => json!({ "path": path }),
        Failure::PayloadTooLarge { size, limit, .. } => json!({ "size": size, "limit": limit }),
        Failure::TextTooLong { size } => json!({ "size": size, "limit": MAX_JS_STRING }),
        Failure::System { syscall, errno, .. } => json!({ "syscall": syscall, "errno": errno }),
        Failure::NotInitialized => json!({ "started": false, "hint": START_FIRST }),
    };
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn timeout_fields(timeout: Duration, stack: Option<&str>) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("timeout".into(), in_millis(timeout).into());
    if let Some(stack) = stack {
        fields.insert("pythonStack".into(), stack.into());
    }
    fields
}

fn death_fields(death: &Death) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("stderrTail".into(), death.stderr_tail.clone().into());
    match &death.cause {
        DeathCause::Exited(ExitStatus::Code(code)) => {
            fields.insert("exitCode".into(), (*code).into());
        }
        DeathCause::Exited(ExitStatus::Signal(signal)) => {
            fields.insert("signal".into(), signal.name().into());
        }
        DeathCause::Exited(ExitStatus::Unknown) | DeathCause::ProtocolError(_) => {}
    }
    let hint = death.hint().map(str::to_owned);
    for (name, text) in [("pythonStack", death.python_stack.clone()), ("hint", hint)] {
        if let Some(text) = text {
            fields.insert(name.into(), text.into());
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(call: &CallFailure) -> Value {
        serde_json::from_str(&call_error_json(call)).unwrap()
    }

    #[test]
    fn a_call_that_was_sent_names_its_worker() {
        let worker = WorkerProcess { index: 1, pid: 42 };
        let error = described(&CallFailure {
            failure: Failure::Exception(PythonError::default()),
            was_sent: true,
            worker: Some(worker),
        });
        assert_eq!(error["worker"], json!({ "index": 1, "pid": 42 }));
        assert_eq!(error.get("started"), None);
    }

    #[test]
    fn a_call_that_was_never_sent_has_not_started() {
        let error = described(&CallFailure {
            failure: Failure::NotInitialized,
            was_sent: false,
            worker: None,
        });
        assert_eq!(error["code"], "ERR_NOT_INITIALIZED");
        assert_eq!(error["started"], false);
        assert_eq!(error.get("worker"), None);
    }
}
