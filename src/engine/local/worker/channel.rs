//! Frames from the worker -> messages, checked against the state of the handshake.

use pool_core::wire::{Decoder, Handshake, Message, ProtocolError};

use super::source::{ReadOutcome, Source};
use crate::engine::local::process::{EnlargedPipe, Receiver};

/// The receiving half of a worker's channel.
pub(super) struct Channel {
    source: Source,
    decoder: Decoder,
    handshake: Handshake,
    max_payload: u64,
    /// Kept while the pipe is enlarged, from the first long message on.
    enlarged: Option<EnlargedPipe>,
}

impl Channel {
    pub(super) fn new(pipe: Receiver, decoder: Decoder, max_payload: u64) -> Self {
        Self {
            source: Source::new(Some(pipe)),
            decoder,
            handshake: Handshake::default(),
            max_payload,
            enlarged: None,
        }
    }

    pub(super) async fn readable(&self) {
        self.source.readable().await;
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> ReadOutcome {
        let outcome = self.source.read(buffer);
        if self.enlarged.is_none()
            && self.decoder.missing() > EnlargedPipe::MIN_MESSAGE
            && let Some(pipe) = self.source.pipe()
        {
            self.enlarged = EnlargedPipe::of(pipe);
        }
        outcome
    }

    pub(super) async fn take_rest(&mut self) -> Vec<u8> {
        self.source.take_rest().await
    }

    /// Reads nothing more.
    pub(super) fn close(&mut self) {
        self.source.close();
    }

    /// Decodes bytes that were read. The messages before an error are valid.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> (Vec<Message>, Result<(), ProtocolError>) {
        let mut messages = Vec::new();
        let result = self.decode_into(bytes, &mut messages);
        (messages, result)
    }

    fn decode_into(
        &mut self,
        mut bytes: &[u8],
        messages: &mut Vec<Message>,
    ) -> Result<(), ProtocolError> {
        while let Some(frame) = self.decoder.next_frame(&mut bytes)? {
            let message = Message::parse(frame, self.max_payload)?;
            self.handshake = self.handshake.after(&message)?;
            messages.push(message);
        }
        Ok(())
    }
}
