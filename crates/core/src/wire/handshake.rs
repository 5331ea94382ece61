//! Which message may follow which.

use super::error::ProtocolError;
use super::message::Message;

/// What a worker has sent so far, as far as it decides what may follow.
///
/// | handshake | `HELLO`   | `READY`   | `LOAD_FAILED` | of calls, `PONG` | `LOG`, `LOADS` |
/// | --------- | --------- | --------- | ------------- | ---------------- | -------------- |
/// | `Silent`  | `Loading` | error     | error         | error            | error          |
/// | `Loading` | error     | `Serving` | `Failed`      | error            | `Loading`      |
/// | `Serving` | error     | error     | error         | `Serving`        | `Serving`      |
/// | `Failed`  | error     | error     | error         | error            | `Failed`       |
///
/// Of calls are replies, `BATCH_ENDED`, `ITEM`, `KIND`, `CANCELLING` and `PRINTED`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Handshake {
    /// Nothing.
    #[default]
    Silent,
    /// It is importing the script.
    Loading,
    /// It has imported the script.
    Serving,
    /// It could not import the script, and exits.
    Failed,
}

impl Handshake {
    /// The state after `message`, or an error if the message is not allowed in this state.
    pub fn after(self, message: &Message) -> Result<Self, ProtocolError> {
        match (self, message) {
            (Self::Silent, Message::Hello) => Ok(Self::Loading),
            (Self::Loading, Message::LoadFailed(_)) => Ok(Self::Failed),
            (Self::Loading, Message::Ready { .. })
            | (
                Self::Serving,
                Message::Reply(..)
                | Message::BatchEnded(_)
                | Message::Item(..)
                | Message::Pong
                | Message::IsAsync(_)
                | Message::Cancelling(..)
                | Message::Printed { .. },
            ) => Ok(Self::Serving),
            (Self::Loading | Self::Serving | Self::Failed, Message::Log(_) | Message::Loads(_)) => {
                Ok(self)
            }
            _ => Err(ProtocolError::Unexpected(message.kind())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::PythonError;
    use crate::id::CallId;
    use crate::level::Level;
    use crate::stream::Stream;
    use crate::wire::{LogRecord, Output, ProjectFile};

    #[test]
    fn every_cell_of_the_table_holds() {
        use Handshake::{Failed, Loading, Serving, Silent};
        let messages = [
            Message::Hello,
            Message::Ready {
                warning: None,
                is_async: false,
            },
            Message::LoadFailed(PythonError {
                kind: String::new(),
                message: String::new(),
                traceback: String::new(),
                advice: None,
            }),
            Message::Reply(CallId(1), Ok(Output::new(Vec::new()))),
            Message::BatchEnded(CallId::of_batch(1)),
            Message::Item(CallId(1), Ok(Output::new(Vec::new()))),
            Message::Pong,
            Message::IsAsync(CallId(1)),
            Message::Cancelling(CallId(1), None),
            Message::Printed {
                call: CallId(1),
                stream: Stream::Stdout,
                text: Vec::new(),
            },
            Message::Log(LogRecord {
                call: None,
                level: Level::Info,
                logger: String::new(),
                message: String::new(),
                time: 0,
                details: None,
            }),
            Message::Loads(ProjectFile {
                path: String::new(),
                stamp: String::new(),
            }),
        ];
        let serves = Some(Serving);
        let table = [
            (Silent, [Some(Loading), None, None, None, None]),
            (Loading, [None, serves, Some(Failed), None, Some(Loading)]),
            (Serving, [None, None, None, serves, serves]),
            (Failed, [None, None, None, None, Some(Failed)]),
        ];
        let columns = [0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4];
        for (handshake, row) in table {
            for (message, column) in messages.iter().zip(columns) {
                assert_eq!(
                    handshake.after(message).ok(),
                    row[column],
                    "{handshake:?}, {message:?}"
                );
            }
        }
    }

    #[test]
    fn the_error_names_the_kind() {
        let error = Handshake::Serving.after(&Message::Hello).unwrap_err();
        assert_eq!(error.to_string(), "an unexpected HELLO frame");
    }
}
