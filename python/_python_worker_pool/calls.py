"""One call: its arguments, its function, its outcome."""

from _contextvars import copy_context

from . import protocol
from .buffers import extract_long_strings, insert, pack, split_buffers, split_keywords
from .codec import Encoder, decode_arguments, encode_details
from .errors import CallError
from .exceptions import describe  # not later: an exception may say that no descriptor is left
from .script import is_coroutine_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Context
    from typing import Any, Awaitable, Callable

    from .binary import Binary
    from .forks import Forks
    from .protocol import Bytes, Init, Payload
    from .script import Script
    from .tracing import Tracing

# What most functions return, none of it awaitable.
_PLAIN = frozenset((dict, list, str, int, float, bool, type(None)))

# All with JSON only, those without flags first.
_JSON_CALLS = tuple(protocol.CALL | flags * protocol.FLAG for flags in range(4))

_VALUES = (protocol.RESULT, protocol.RESULT_WITH_BUFFERS)

# The kind of a reply that is still to come: its payload is a Pending.
STARTED = -1
_FAILED = -2


class Pending:
    """A call that has returned an awaitable."""

    __slots__ = ("awaitable", "call_id", "context", "form", "name")

    def __init__(self, awaitable: "Awaitable[Any]", context: "Context", form: int, name: str):
        self.awaitable = awaitable
        self.context = context
        self.form = form
        self.name = name
        self.call_id = 0  # once it is a task


class Calls:
    """For one thread."""

    def __init__(
        self,
        script: "Script",
        run: "Callable[..., Any]",
        forks: "Forks",
        limits: "Init",
        tracing: "Tracing | None",
    ) -> None:
        """`run(function, *args)` calls a function, which an interrupt may end."""
        self._script = script
        self.run = run
        self._forks = forks
        self._mark = forks.mark
        self._tracing = tracing  # None if calls are not traced
        self._max_payload = limits.max_payload
        self._max_frame = limits.max_frame
        self._to_text = Encoder().encode
        self._name = ""  # of the last call's function
        self._name_field = b"\xff\xff\xff\xff"  # as received; no name is that long

    def answer(self, kind: int, payload: "Bytes") -> "tuple[int, Any]":
        """Returns (kind, payload) of the reply to a call, or (STARTED, Pending).

        Raises nothing but ProtocolError.
        """
        try:
            # An interrupt also ends a long decoding, or a model_dump() that never returns.
            kind, reply = self.run(self._perform, kind, payload)
        except protocol.ProtocolError:
            raise
        except BaseException as error:
            kind, failure = _FAILED, error
        if kind < 0:
            if kind == STARTED:
                return kind, reply
            # Not inside the `except` block: an exception of ours would get it as its context, and
            # before Python 3.9 a circular chain of contexts is then followed forever.
            try:
                return self.failure(failure, self._name)
            finally:
                del failure  # it refers to this frame
        if len(reply) > self._max_payload:
            return self._too_large(kind, reply)
        return kind, reply

    async def settle(self, call: Pending, end: "Callable[[int, int, Payload], None]") -> None:
        """Awaits what a call has returned. `end` gets its reply, whatever is raised."""
        kind = _FAILED
        try:
            value = await call.awaitable
            if not self._mark[0]:
                self._forks.end_child()
            kind, reply = self._encode(value, call.form)
        except BaseException as error:
            failure = error
        if kind == _FAILED:
            try:
                kind, reply = self.failure(failure, call.name)
            finally:
                del failure
        elif len(reply) > self._max_payload:
            kind, reply = self._too_large(kind, reply)
        end(call.call_id, kind, reply)

    def failure(self, error: BaseException, name: str) -> "tuple[int, Payload]":
        """Returns (kind, payload) of the reply to a call of the function `name` that failed."""
        if isinstance(error, CallError):
            return error.kind, encode_details(error.details)
        self._forks.end_child(error)
        details = describe(error, self._max_frame)
        if "." in name:
            from .advice import for_call

            advice = for_call(error, self._script.module, name)
            if advice is not None:
                details["advice"] = advice
        return protocol.RAISED, encode_details(details)

    def is_async(self, payload: "Bytes") -> bool:
        """Whether a call runs nothing before it returns its awaitable."""
        try:
            if type(payload) is not bytes or not payload.startswith(self._name_field):
                self._take_name(payload)
            return is_coroutine_function(self._script.find(self._name))
        except Exception:  # the call will say what is wrong
            return False

    def _too_large(self, kind: int, reply: "Payload") -> "tuple[int, Payload]":
        limit = self._max_payload if kind in _VALUES else self._max_frame
        if len(reply) > limit:
            return protocol.TOO_LARGE, encode_details({"size": len(reply)})
        return kind, reply

    def _perform(self, kind: int, payload: "Bytes") -> "tuple[int, Any]":
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
            function = self._tracing.traced(function, self._name)
        context = copy_context()
        if keywords is None:
            value = context.run(function, *arguments)
        else:
            value = context.run(function, *arguments, **keywords)
        if not self._mark[0]:
            self._forks.end_child()
        if type(value) not in _PLAIN and hasattr(type(value), "__await__"):
            return STARTED, Pending(value, context, kind, self._name)
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
            text = self._to_text(value, buffers)
        else:
            from .result_form import encode_in_form

            text = encode_in_form(value, buffers, kind // protocol.FLAG)
        if buffers:
            return protocol.RESULT_WITH_BUFFERS, pack(text, buffers, self._max_payload)
        return protocol.RESULT, text
