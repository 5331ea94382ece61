"""One call: its arguments, its function, its outcome."""

from _contextvars import copy_context

from . import protocol
from .codec import decode_arguments, encode, encode_details
from .errors import CallError
from .parts import pack, put_in, split_parts, take_out
from .raised import describe  # not later: an exception may be that there is no descriptor left

_VALUES = (protocol.RESULT, protocol.RESULT_WITH_PARTS)


class Calls:
    def __init__(self, script, interrupts, forks, limits):
        self._script = script
        self._interrupts = interrupts
        self._forks = forks
        self._max_payload = limits.max_payload
        self._max_frame = limits.max_frame
        self._loop = None  # made by the first async call

    def answer(self, kind, payload):
        """Returns (kind, payload) of the reply to a call. Raises nothing but ProtocolError."""
        kind, reply = self._outcome(kind, payload)
        if len(reply) > (self._max_payload if kind in _VALUES else self._max_frame):
            return protocol.TOO_LARGE, encode_details({"size": len(reply)})
        return kind, reply

    def close(self):
        if self._loop is not None:
            self._loop.close()

    def _outcome(self, kind, payload):
        name, text = protocol.split_field(payload)
        parts = None
        if kind == protocol.CALL_WITH_PARTS:
            text, parts = split_parts(memoryview(text), len(payload) - len(text))
        if type(payload) is memoryview:
            payload.release()
        name = str(name, "utf-8", "replace")
        try:
            # An interrupt also ends a long decoding, or a model_dump() that never returns.
            return self._interrupts.run(self._perform, name, text, parts)
        except protocol.ProtocolError:
            raise
        except CallError as error:
            return error.kind, encode_details(error.details)
        except BaseException as error:
            raised = error
        # Not while it is being handled: an exception of ours would get it as its context, and
        # before Python 3.9 a chain of contexts that is a ring is followed for ever then.
        try:
            self._forks.end_child(raised)
            return protocol.RAISED, encode_details(describe(raised, self._max_frame))
        finally:
            del raised  # it refers to this frame

    def _perform(self, name, text, parts):
        arguments = decode_arguments(text)
        if parts is not None:
            arguments = put_in(arguments, parts)
        function = self._script.find(name)
        value = copy_context().run(self._invoke, function, arguments)
        self._forks.end_child()
        parts = []
        text = encode(take_out(value, parts), parts)
        if parts:
            return protocol.RESULT_WITH_PARTS, pack(text, parts, self._max_payload)
        return protocol.RESULT, text

    def _invoke(self, function, arguments):
        value = function(*arguments)
        if hasattr(type(value), "__await__"):
            return self._wait_for(value)
        return value

    def _wait_for(self, awaitable):
        if self._loop is None:
            from .event_loop import EventLoop

            self._loop = EventLoop(self._forks, self._interrupts)
        return self._loop.run(awaitable)
