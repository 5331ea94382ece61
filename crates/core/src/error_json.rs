//! Failures -> descriptions from which JavaScript makes its errors: JSON with `code`, `message` and the fields
//! that the README's table of errors lists.

use serde_json::{Map, Value, json};

use crate::exit::ExitStatus;
use crate::failure::{Death, DeathCause, Failure, MAX_JS_STRING, PythonError, in_millis};

/// The description of a failure, as JSON text.
#[must_use]
pub fn error_json(failure: &Failure) -> String {
    Value::Object(to_object(failure)).to_string()
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
        Failure::StartupTimeout { timeout, stack } | Failure::CallTimeout { timeout, stack } => {
            let timeout = in_millis(*timeout);
            match stack {
                Some(stack) => json!({ "timeout": timeout, "pythonStack": stack }),
                None => json!({ "timeout": timeout }),
            }
        }
        Failure::QueueTimeout { timeout } => json!({ "timeout": in_millis(*timeout) }),
        Failure::QueueFull { limit } => json!({ "limit": limit }),
        Failure::Crashed(death) => return death_fields(death),
        Failure::PoolDead { last_crash, .. } => match last_crash {
            Some(last_crash) => json!({ "lastCrash": to_object(last_crash) }),
            None => json!({}),
        },
        Failure::NotSerializable { path, .. } => json!({ "path": path }),
        Failure::PayloadTooLarge { size, limit, .. } => json!({ "size": size, "limit": limit }),
        Failure::TextTooLong { size } => json!({ "size": size, "limit": MAX_JS_STRING }),
        Failure::System { syscall, errno, .. } => json!({ "syscall": syscall, "errno": errno }),
        Failure::NotInitialized | Failure::Closed(_) | Failure::Aborted => json!({}),
    };
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
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
