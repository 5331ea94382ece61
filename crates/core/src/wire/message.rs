//! Worker -> host: what a frame means.

use serde::Deserialize;

use super::decoder::Frame;
use super::error::ProtocolError;
use super::output::Output;
use crate::failure::{Failure, Payload, PythonError};
use crate::id::CallId;
use crate::level::Level;

/// A message of a worker.
#[derive(Debug, PartialEq)]
pub enum Message {
    /// The process runs our code.
    Hello,
    /// The script has been imported.
    Ready {
        /// An option that the worker cannot honour, such as tracing, and why.
        warning: Option<String>,
        /// Whether the function that calls are expected to name is an `async def`.
        is_async: bool,
    },
    /// The script could not be imported.
    LoadFailed(PythonError),
    /// The outcome of a call.
    Reply(CallId, Result<Output, Failure>),
    /// A record of Python's `logging`.
    Log(LogRecord),
    /// The answer to a ping.
    Pong,
    /// This call is async, and so are all calls of its function.
    IsAsync(CallId),
    /// A cancel has reached this call, which waited here: the frames of its coroutines.
    Cancelling(CallId, Option<String>),
}

/// Maximum length of a logger's name in characters: a script may name its loggers as it likes, and each record
/// has the name.
const MAX_LOGGER: usize = 200;

/// A record of Python's `logging`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LogRecord {
    /// The call that logged it.
    #[serde(skip)]
    pub call: Option<CallId>,
    /// The record's level.
    pub level: Level,
    /// Name of the Python logger, at most [`MAX_LOGGER`] characters of it.
    pub logger: String,
    /// The formatted text.
    pub message: String,
}

#[derive(Deserialize)]
struct Ready {
    warning: Option<String>,
    #[serde(rename = "async")]
    is_async: bool,
}

#[derive(Deserialize)]
struct Cancelling {
    stack: Option<String>,
}

#[derive(Deserialize)]
struct FunctionNotFound {
    message: String,
    available: Vec<String>,
}

#[derive(Deserialize)]
struct NotSerializable {
    path: String,
    message: String,
}

#[derive(Deserialize)]
struct TooLarge {
    size: u64,
}

impl Message {
    /// Its name, for errors.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Hello => "HELLO",
            Self::Ready { .. } => "READY",
            Self::LoadFailed(_) => "LOAD_FAILED",
            Self::Reply(..) => "reply",
            Self::Log(_) => "LOG",
            Self::Pong => "PONG",
            Self::IsAsync(_) => "KIND",
            Self::Cancelling(..) => "CANCELLING",
        }
    }

    /// Reads a frame; `limit` is the pool's `maxPayload`, for messages.
    pub fn parse(frame: Frame, limit: u64) -> Result<Self, ProtocolError> {
        let Frame {
            kind,
            call,
            payload,
        } = frame;
        let reply = |reply| Ok(Self::Reply(CallId(call), reply));
        match kind {
            1 => empty("HELLO", &payload).map(|()| Self::Hello),
            2 => {
                let Ready { warning, is_async } = parse("READY", &payload)?;
                Ok(Self::Ready { warning, is_async })
            }
            3 => parse("LOAD_FAILED", &payload).map(Self::LoadFailed),
            4 => reply(value(Output::new(payload), limit)),
            5 => reply(Err(Failure::Exception(parse("RAISED", &payload)?))),
            6 => {
                let FunctionNotFound { message, available } =
                    parse("FUNCTION_NOT_FOUND", &payload)?;
                reply(Err(Failure::FunctionNotFound { message, available }))
            }
            7 => {
                let NotSerializable { path, message } = parse("NOT_SERIALIZABLE", &payload)?;
                reply(Err(Failure::NotSerializable { path, message }))
            }
            8 => {
                let record: LogRecord = parse("LOG", &payload)?;
                let call = (call != 0).then_some(CallId(call));
                let logger = record.logger.chars().take(MAX_LOGGER).collect();
                Ok(Self::Log(LogRecord {
                    call,
                    logger,
                    ..record
                }))
            }
            9 => {
                let TooLarge { size } = parse("TOO_LARGE", &payload)?;
                reply(Err(Failure::PayloadTooLarge {
                    payload: Payload::Result,
                    size,
                    limit,
                }))
            }
            10 => reply(value(Output::parse_with_buffers(payload)?, limit)),
            11 => empty("PONG", &payload).map(|()| Self::Pong),
            12 => empty("KIND", &payload).map(|()| Self::IsAsync(CallId(call))),
            13 => {
                let Cancelling { stack } = parse("CANCELLING", &payload)?;
                Ok(Self::Cancelling(CallId(call), stack))
            }
            _ => Err(ProtocolError::UnknownKind(kind)),
        }
    }
}

fn value(output: Output, limit: u64) -> Result<Output, Failure> {
    let size = output.size() as u64;
    if size > limit {
        return Err(Failure::PayloadTooLarge {
            payload: Payload::Result,
            size,
            limit,
        });
    }
    output.checked()
}

fn empty(kind: &'static str, payload: &[u8]) -> Result<(), ProtocolError> {
    if payload.is_empty() {
        return Ok(());
    }
    let reason = "not empty".into();
    Err(ProtocolError::BadPayload { kind, reason })
}

fn parse<'a, T: Deserialize<'a>>(
    kind: &'static str,
    payload: &'a [u8],
) -> Result<T, ProtocolError> {
    serde_json::from_slice(payload).map_err(|error| ProtocolError::BadPayload {
        kind,
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, payload: &str) -> Result<Message, ProtocolError> {
        Message::parse(
            Frame {
                kind,
                call: 5,
                payload: payload.into(),
            },
            100,
        )
    }

    #[test]
    fn each_kind_has_its_meaning() {
        assert_eq!(message(1, ""), Ok(Message::Hello));
        assert!(message(1, "{}").is_err());
        assert_eq!(message(11, ""), Ok(Message::Pong));
        assert!(message(11, "{}").is_err());
        assert_eq!(message(12, ""), Ok(Message::IsAsync(CallId(5))));
        assert!(message(12, "{}").is_err());
        assert_eq!(
            message(13, r#"{"stack":null}"#),
            Ok(Message::Cancelling(CallId(5), None))
        );
        assert!(message(13, "").is_err());
        assert_eq!(
            message(2, r#"{"warning":null,"async":true}"#),
            Ok(Message::Ready {
                warning: None,
                is_async: true
            })
        );
        assert_eq!(
            message(4, "[1]"),
            Ok(Message::Reply(CallId(5), Ok(Output::new(b"[1]".to_vec()))))
        );
        assert!(matches!(
            message(9, r#"{"size":101}"#),
            Ok(Message::Reply(
                _,
                Err(Failure::PayloadTooLarge {
                    size: 101,
                    limit: 100,
                    ..
                })
            ))
        ));
        assert!(matches!(
            message(8, r#"{"level":"warn","logger":"root","message":"hot"}"#),
            Ok(Message::Log(LogRecord {
                call: Some(_),
                level: Level::Warn,
                ..
            }))
        ));
    }

    #[test]
    fn a_long_name_of_a_logger_is_cut() {
        let name = "é".repeat(5000);
        let record = format!(r#"{{"level":"warn","logger":"{name}","message":"hot"}}"#);
        let Ok(Message::Log(record)) = message(8, &record) else {
            panic!("no record");
        };
        assert_eq!(record.logger, "é".repeat(MAX_LOGGER));
    }

    #[test]
    fn an_invalid_payload_is_an_error_that_names_the_kind() {
        let error = message(5, "{}").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("a RAISED frame with an invalid payload"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_kind_is_an_error_with_its_number() {
        assert_eq!(message(99, "{}"), Err(ProtocolError::UnknownKind(99)));
    }
}
