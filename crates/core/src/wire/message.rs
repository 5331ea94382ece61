//! Worker -> host: what a frame means.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::decoder::Frame;
use super::error::ProtocolError;
use super::output::Output;
use crate::failure::{Failure, Payload, PythonError};
use crate::id::CallId;
use crate::level::Level;
use crate::stream::Stream;

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
    /// The worker loads a file of the user's project.
    Loads(ProjectFile),
    /// The outcome of a call.
    Reply(CallId, Result<Output, Failure>),
    /// An item of a stream, or why it cannot be one.
    Item(CallId, Result<Output, Failure>),
    /// A record of Python's `logging`.
    Log(LogRecord),
    /// The answer to a ping.
    Pong,
    /// This call is async, and so are all calls of its function.
    IsAsync(CallId),
    /// This batch is over: the replies to its calls follow.
    BatchEnded(CallId),
    /// A cancel has reached this call, which waited here: the frames of its coroutines.
    Cancelling(CallId, Option<String>),
    /// Text that a call printed: any piece of it as it crosses the wire, one line as an engine reports it.
    Printed {
        /// The call that printed it.
        call: CallId,
        /// What it printed to.
        stream: Stream,
        /// The text.
        text: Vec<u8>,
    },
}

/// A file of the user's project, as it was when a worker began to load it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ProjectFile {
    /// Its absolute path.
    pub path: String,
    /// Tells it from a later one at that path: the time of its last change in nanoseconds, and its size.
    pub stamp: String,
}

/// Maximum length of a logger's name in characters: a script may name its loggers as it likes, and each record
/// has the name.
const MAX_LOGGER: usize = 200;

/// Maximum size of a record's details in bytes; a worker of ours sends less.
const MAX_DETAILS: usize = 1 << 20;

/// A record of Python's `logging`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// The call that logged it.
    pub call: Option<CallId>,
    /// The record's level.
    pub level: Level,
    /// Name of the Python logger, at most [`MAX_LOGGER`] characters of it.
    pub logger: String,
    /// The formatted text.
    pub message: String,
    /// When it was made, in milliseconds since the epoch.
    pub time: u64,
    /// What else it says, as a JSON text of at most [`MAX_DETAILS`]: its origin, its exception, the script's own
    /// attributes.
    pub details: Option<String>,
}

#[derive(Deserialize)]
struct Log<'a> {
    level: Level,
    logger: String,
    message: String,
    time: u64,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
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
            Self::Loads(_) => "LOADS",
            Self::Reply(..) => "reply",
            Self::Item(..) => "ITEM",
            Self::Log(_) => "LOG",
            Self::Pong => "PONG",
            Self::IsAsync(_) => "KIND",
            Self::BatchEnded(_) => "BATCH_ENDED",
            Self::Cancelling(..) => "CANCELLING",
            Self::Printed { .. } => "PRINTED",
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
        let item = |item| Ok(Self::Item(CallId(call), item));
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
                let record: Log = parse("LOG", &payload)?;
                let details = record.details.map(RawValue::get);
                Ok(Self::Log(LogRecord {
                    call: (call != 0).then_some(CallId(call)),
                    level: record.level,
                    logger: record.logger.chars().take(MAX_LOGGER).collect(),
                    message: record.message,
                    time: record.time,
                    details: details
                        .filter(|details| details.len() <= MAX_DETAILS)
                        .map(str::to_owned),
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
            10 => reply(value(
                Output::parse_with_buffers("RESULT_WITH_BUFFERS", payload)?,
                limit,
            )),
            11 => empty("PONG", &payload).map(|()| Self::Pong),
            12 => empty("KIND", &payload).map(|()| Self::IsAsync(CallId(call))),
            13 => {
                let Cancelling { stack } = parse("CANCELLING", &payload)?;
                Ok(Self::Cancelling(CallId(call), stack))
            }
            14 => printed(CallId(call), payload),
            15 => item(value(Output::new(payload), limit)),
            16 => item(value(
                Output::parse_with_buffers("ITEM_WITH_BUFFERS", payload)?,
                limit,
            )),
            17 => empty("BATCH_ENDED", &payload).map(|()| Self::BatchEnded(CallId(call))),
            18 => parse("LOADS", &payload).map(Self::Loads),
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

fn printed(call: CallId, mut payload: Vec<u8>) -> Result<Message, ProtocolError> {
    let descriptor = payload.first().copied().unwrap_or_default();
    let stream = Stream::of_descriptor(descriptor).ok_or(ProtocolError::BadPayload {
        kind: "PRINTED",
        reason: "no stream".into(),
    })?;
    payload.remove(0);
    Ok(Message::Printed {
        call,
        stream,
        text: payload,
    })
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
        assert_eq!(
            message(15, "[1]"),
            Ok(Message::Item(CallId(5), Ok(Output::new(b"[1]".to_vec()))))
        );
        assert!(message(16, "[1]").is_err());
        assert_eq!(
            message(18, r#"{"path":"/a.py","stamp":"1:2"}"#),
            Ok(Message::Loads(ProjectFile {
                path: "/a.py".into(),
                stamp: "1:2".into(),
            }))
        );
        assert!(message(18, "{}").is_err());
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
            message(
                8,
                r#"{"level":"warn","logger":"root","message":"hot","time":1}"#
            ),
            Ok(Message::Log(LogRecord {
                call: Some(_),
                level: Level::Warn,
                time: 1,
                details: None,
                ..
            }))
        ));
        assert_eq!(
            message(14, "\u{2}oops\n"),
            Ok(Message::Printed {
                call: CallId(5),
                stream: Stream::Stderr,
                text: b"oops\n".to_vec(),
            })
        );
        assert!(message(14, "").is_err());
        assert!(message(14, "\u{3}oops").is_err());
    }

    #[test]
    fn the_details_of_a_record_stay_as_they_are_unless_they_are_long() {
        let details = |details: &str| {
            let fields = r#""level":"warn","logger":"","message":"","time":0"#;
            match message(8, &format!(r#"{{{fields},"details":{details}}}"#)) {
                Ok(Message::Log(record)) => record.details,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            details(r#"{"a": [1e9]}"#).as_deref(),
            Some(r#"{"a": [1e9]}"#)
        );
        assert_eq!(details("null"), None);
        assert_eq!(
            details(&format!("[{}0]", "0,".repeat(MAX_DETAILS / 2))),
            None
        );
    }

    #[test]
    fn a_long_name_of_a_logger_is_cut() {
        let name = "é".repeat(5000);
        let record = format!(r#"{{"level":"warn","logger":"{name}","message":"hot","time":0}}"#);
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
