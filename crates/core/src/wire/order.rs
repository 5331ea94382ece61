//! Which message may follow which.

use super::{Message, ProtocolError};

/// How far a worker has come.
///
/// | stage     | `HELLO`   | `READY`   | `LOAD_FAILED` | a reply   | `LOG`     |
/// | --------- | --------- | --------- | ------------- | --------- | --------- |
/// | `Silent`  | `Loading` | error     | error         | error     | error     |
/// | `Loading` | error     | `Serving` | `Failed`      | error     | `Loading` |
/// | `Serving` | error     | error     | error         | `Serving` | `Serving` |
/// | `Failed`  | error     | error     | error         | error     | `Failed`  |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// It has said nothing yet.
    #[default]
    Silent,
    /// It imports the script.
    Loading,
    /// It has imported the script.
    Serving,
    /// It could not, and ends.
    Failed,
}

impl Stage {
    /// The stage behind `message`; an error when no worker of ours says that now.
    pub fn after(self, message: &Message) -> Result<Self, ProtocolError> {
        match (self, message) {
            (Self::Silent, Message::Hello) => Ok(Self::Loading),
            (Self::Loading, Message::LoadFailed(_)) => Ok(Self::Failed),
            (Self::Loading, Message::Ready { .. }) | (Self::Serving, Message::Reply(..)) => {
                Ok(Self::Serving)
            }
            (Self::Loading | Self::Serving | Self::Failed, Message::Log(_)) => Ok(self),
            _ => Err(ProtocolError::OutOfTurn(message.kind())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::PythonError;
    use crate::scheduler::{CallId, Level};
    use crate::wire::{LogRecord, Output};

    #[test]
    fn every_cell_of_the_table_holds() {
        use Stage::{Failed, Loading, Serving, Silent};
        let messages = [
            Message::Hello,
            Message::Ready { warning: None },
            Message::LoadFailed(PythonError {
                kind: String::new(),
                message: String::new(),
                traceback: String::new(),
                missing: None,
            }),
            Message::Reply(CallId(1), Ok(Output::new(Vec::new()))),
            Message::Log(LogRecord {
                call: None,
                level: Level::Info,
                logger: String::new(),
                message: String::new(),
            }),
        ];
        let table = [
            (Silent, [Some(Loading), None, None, None, None]),
            (
                Loading,
                [None, Some(Serving), Some(Failed), None, Some(Loading)],
            ),
            (Serving, [None, None, None, Some(Serving), Some(Serving)]),
            (Failed, [None, None, None, None, Some(Failed)]),
        ];
        for (stage, row) in table {
            for (message, expected) in messages.iter().zip(row) {
                assert_eq!(
                    stage.after(message).ok(),
                    expected,
                    "{stage:?}, {message:?}"
                );
            }
        }
    }

    #[test]
    fn the_error_names_the_kind() {
        let error = Stage::Serving.after(&Message::Hello).unwrap_err();
        assert_eq!(error.to_string(), "a HELLO frame out of turn");
    }
}
