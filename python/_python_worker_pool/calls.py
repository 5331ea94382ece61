"""One call: its arguments, its function, its outcome."""

from _contextvars import ContextVar, copy_context

from . import protocol
from .buffers import extract_long_strings, insert, pack, split_buffers, split_keywords
from .codec import decode_arguments, encode, encode_details
from .errors import CallError
from .exceptions import describe  # not later: an exception may say that no descriptor is left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .binary import Binary
    from .event_loop import EventLoop
    from .forks import Forks
    from .interrupts import Interrupts
    from .protocol import Bytes, Init, Payload
    from .script import Script
    from .tracing import Tracing

# What most functions return, none of it awaitable.
_PLAIN = frozenset((dict, list, str, int, float, bool, type(None)))

# All with JSON only, those without flags first.
_JSON_CALLS = tuple(protocol.CALL | flags * protocol.FLAG for flags in range(4))

_VALUES = (protocol.RESULT, protocol.RESULT_WITH_BUFFERS)

# The id of the async call that code belongs to; 0 for other code.
current_call: "ContextVar[int]" = ContextVar("current_call", default=0)


class Calls:
    def __init__(
        self,
        script: "Script",
        interrupts: "Interrupts",
        forks: "Forks",
        limits: "Init",
        tracing: "Tracing | None",
    ) -> None:
        self._script = script
        self._interrupts = interrupts
        self._forks = forks
        self._mark = forks.mark
        self._tracing = tracing  # None if calls are not traced
        self._call_id = 0  # of the last call
        self._max_payload = limits.max_payload
        self._max_frame = limits.max_frame
        self._loop: EventLoop | None = None  # made by the first async call
        self._name = ""  # of the last call's function
        self._name_field = b"\xff\xff\xff\xff"  # as received; no name is that long

    def answer(self, kind: int, call_id: int, payload: "Bytes") -> "tuple[int, Payload]":
        """Returns (kind, payload) of the reply to a call. Raises nothing but ProtocolError."""
        reply: Payload
        self._call_id = call_id
        try:
            # An interrupt also ends a long decoding, or a model_dump() that never returns.
            kind, reply = self._interrupts.run(self._perform, kind, payload)
        except protocol.ProtocolError:
            raise
        except CallError as error:
            kind, reply = error.kind, encode_details(error.details)
        except BaseException as error:
            kind, raised = protocol.RAISED, error
        if kind == protocol.RAISED:
            # Not inside the `except` block: an exception of ours would get it as its context, and
            # before Python 3.9 a circular chain of contexts is then followed forever.
            try:
                self._forks.end_child(raised)
                return protocol.RAISED, encode_details(self._describe(raised))
            finally:
                del raised  # it refers to this frame
        if len(reply) > self._max_payload:
            limit = self._max_payload if kind in _VALUES else self._max_frame
            if len(reply) > limit:
                return protocol.TOO_LARGE, encode_details({"size": len(reply)})
        return kind, reply

    def _describe(self, error: BaseException) -> "dict[str, Any]":
        details = describe(error, self._max_frame)
        if "." in self._name:
            from .advice import for_call

            advice = for_call(error, self._script.module, self._name)
            if advice is not None:
                details["advice"] = advice
        return details

    def close(self) -> None:
        if self._loop is not None:
            self._loop.close()
        if self._tracing is not None:
            # After an interrupt, another worker waits to take the place of this one.
            self._tracing.close(in_haste=self._interrupts.came)

    def _perform(self, kind: int, payload: "Bytes") -> "tuple[int, Payload]":
        text: Any
        if type(payload) is bytes and payload.startswith(self._name_field):
            text = payload[len(self._name_field) :]
        else:
            text = self._take_name(payload)
        keywords: dict[str, Any] | None = None
        if kind in _JSON_CALLS:
            arguments = decode_arguments(text)
        else:
            text, buffers = split_buffers(memoryview(text), len(payload) - len(text))
            arguments = insert(decode_arguments(text), buffers)
            if kind % protocol.FLAG == protocol.CALL_WITH_KEYWORDS:
                arguments, keywords = split_keywords(arguments)
        if type(payload) is memoryview:
            payload.release()
        function = self._script.find(self._name)
        if self._tracing is not None:
            function = self._tracing.traced(function, self._name, self._wait_for)
        context = copy_context()
        if keywords is None:
            value = context.run(function, *arguments)
        else:
            value = context.run(function, *arguments, **keywords)
        if type(value) not in _PLAIN and hasattr(type(value), "__await__"):
            value = context.run(self._wait_for, value)
        if not self._mark[0]:
            self._forks.end_child()
        return self._encode(value, kind)

    def _take_name(self, payload: "Bytes") -> "Bytes":
        """Remembers the name a payload begins with, and returns the rest."""
        name, text = protocol.split_field(payload)
        self._name = str(name, "utf-8", "replace")
        self._name_field = protocol.pack_field(bytes(name))
        return text

    def _encode(self, value: object, kind: int) -> "tuple[int, Payload]":
        buffers: list[str | Binary] = []
        value = extract_long_strings(value, buffers)
        if kind < protocol.FLAG:
            text = encode(value, buffers)
        else:
            from .result_form import encode_in_form

            text = encode_in_form(value, buffers, kind // protocol.FLAG)
        if buffers:
            return protocol.RESULT_WITH_BUFFERS, pack(text, buffers, self._max_payload)
        return protocol.RESULT, text

    def _wait_for(self, awaitable: "Any") -> "Any":
        current_call.set(self._call_id)
        if self._loop is None:
            from .event_loop import EventLoop

            self._loop = EventLoop(self._forks, self._interrupts)
        return self._loop.run(awaitable)
