"""One call: its arguments, its function, its outcome."""

from _contextvars import copy_context

from . import protocol
from .buffers import MIN_LONG, extract_long_strings, insert, pack, split_buffers, split_keywords
from .codec import Encoder, decode_arguments, encode_details, encode_string, to_bytes
from .errors import CallError, NotSerializable, TooLarge
from .exceptions import describe  # not later: an exception may say that no descriptor is left
from .script import is_async_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Task
    from contextvars import Context
    from typing import Any, Callable

    from .batches import Batch
    from .binary import Binary
    from .forks import Forks
    from .protocol import Bytes, Init, Payload
    from .script import Script
    from .tracing import Tracing

# What most functions return, none of it awaitable.
_PLAIN = frozenset((dict, list, str, int, float, bool, type(None)))

# What most functions return whose items are wanted.
_GENERATOR = type(_ for _ in ())

# All with JSON only, those without flags first.
_JSON_CALLS = tuple(protocol.CALL | flags * protocol.FLAG for flags in range(4))

_VALUES = (protocol.RESULT, protocol.RESULT_WITH_BUFFERS)

# The kind of a reply that is still to come: its payload is a Pending.
STARTED = -1  # to be awaited
ITERATING = -2  # a stream, whose iterator is not async
_FAILED = -3


class Pending:
    """A call that has returned an awaitable, or what is to be streamed."""

    __slots__ = ("call_id", "context", "form", "name", "task", "value", "window")
    batch: "Batch | None" = None

    def __init__(self, value: "Any", context: "Context", form: int, name: str, window: int):
        self.value = value
        self.context = context
        self.form = form
        self.name = name
        self.window = window  # of a stream, in items; else 0
        self.call_id = 0  # once it runs
        self.task: Task[Any] | None = None  # where it runs, in the event loop


class PendingBatch(Pending):
    """A batch whose function has returned an awaitable."""

    __slots__ = ("batch",)

    def __init__(self, value: "Any", context: "Context", batch: "Batch"):
        super().__init__(value, context, 0, batch.name, 0)
        self.batch = batch


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
        self._window = 0  # of the stream that is being answered; 0 for a call
        self._new_batch: type[Batch] | None = None  # once there are batches

    def answer(self, kind: int, payload: "Bytes") -> "tuple[int, Any]":
        """Returns (kind, payload) of the reply to a call, or (STARTED or ITERATING, Pending).

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
            if kind != _FAILED:
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

    def answer_other(self, kind: int, payload: "Bytes") -> "tuple[int, Any]":
        """As `answer`, for a call whose items are wanted, or for a batch.

        The reply to a batch is BATCH_ENDED, and behind it the replies to its calls.
        """
        if kind == protocol.BATCH:
            return self._answer_batch(payload)
        self._window = kind // protocol.WINDOW
        try:
            return self.answer(kind % (protocol.STREAM * protocol.FLAG), payload)
        finally:
            self._window = 0

    async def settle(self, call: Pending, end: "Callable[[int, int, Payload], None]") -> None:
        """Awaits what a call has returned. `end` gets its reply, whatever is raised."""
        kind = _FAILED
        try:
            value = await call.value
            if not self._mark[0]:
                self._forks.end_child()
            try:
                if call.batch is None:
                    kind, reply = self._encode(value, call.form)
                else:
                    kind, reply = self._encode_batch(value, call.batch)
            except NotSerializable as error:
                from .streamable import close_refused, refused

                await close_refused(value)
                raise refused(value, error) from None
        except BaseException as error:
            failure = error
        if kind == _FAILED:
            try:
                kind, reply = self.failure_of(call, failure, call.name)
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

    def failure_of(
        self, call: Pending, error: BaseException, name: str = ""
    ) -> "tuple[int, Payload]":
        """As `failure`, of what was started. An error that is not of its function needs no name."""
        if call.batch is None:
            return self.failure(error, name)
        return self._failure_of_batch(call.batch, error, name)

    def refusal(self, kind: int, payload: "Bytes", error: BaseException) -> "tuple[int, Payload]":
        """As `failure`, of a call or batch that cannot be begun."""
        if kind != protocol.BATCH:
            return self.failure(error, "")
        from .batches import Batch

        return self._failure_of_batch(Batch(payload), error, "")

    def encode_item(self, value: object, form: int, index: int) -> "tuple[int, Payload]":
        """Returns (kind, payload) of an item of a stream. Raises CallError."""
        if not self._mark[0]:
            self._forks.end_child()
        try:
            kind, item = self._encode(value, form)
        except NotSerializable as error:
            from .diagnose import diagnose

            root = f"items[{index}]"
            cause = error.__cause__
            failed = cause if isinstance(cause, Exception) else error
            raise diagnose(value, failed, form // protocol.FLAG, root) from error
        if len(item) > self._max_payload:
            raise TooLarge(size=len(item))
        return protocol.ITEM if kind == protocol.RESULT else protocol.ITEM_WITH_BUFFERS, item

    def encode_result(self, value: object, form: int) -> "tuple[int, Payload]":
        """Returns (kind, payload) of the reply to a stream that has ended. Raises CallError."""
        kind, reply = self._encode(value, form)
        if len(reply) > self._max_payload:
            raise TooLarge(size=len(reply))
        return kind, reply

    def end_span(self, result: object, error: "BaseException | None", was_left: bool) -> None:
        """Of a stream, in its context."""
        if self._tracing is not None:
            self._tracing.end_stream(result, error, was_left)

    def end_child(self, error: "BaseException | None" = None) -> None:
        """Ends this process if it is a forked child."""
        if not self._mark[0]:
            self._forks.end_child(error)

    def is_async(self, kind: int, payload: "Bytes") -> bool:
        """Whether a call runs nothing before it returns what is to be awaited or streamed.

        Whether a batch does, as all its calls have one function.
        """
        try:
            if type(payload) is not bytes or not payload.startswith(self._name_field):
                is_batch = kind == protocol.BATCH
                self._take_name(payload[protocol.HEADER_SIZE :] if is_batch else payload)
            return is_async_function(self._script.find(self._name))
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
            arguments, keywords = _arguments_with_buffers(kind, text, len(payload) - len(text))
        if type(payload) is memoryview:
            payload.release()
        function = self._script.find(self._name)
        if self._tracing is not None:
            function = self._tracing.traced(function, self._name, self._window > 0)
        context = copy_context()
        if keywords is None:
            value = context.run(function, *arguments)
        else:
            value = context.run(function, *arguments, **keywords)
        if not self._mark[0]:
            self._forks.end_child()
        if type(value) not in _PLAIN:
            reply_kind = self._kind_of_stream(value) if self._window else 0
            if reply_kind or hasattr(type(value), "__await__"):
                pending = Pending(value, context, kind, self._name, self._window)
                return reply_kind or STARTED, pending
        try:
            return self._encode(value, kind)
        except NotSerializable as error:
            from .streamable import refused

            raise refused(value, error) from None

    def _answer_batch(self, payload: "Bytes") -> "tuple[int, Any]":
        if self._new_batch is None:
            from .batches import Batch

            self._new_batch = Batch
        batch = self._new_batch(payload)
        try:
            kind, reply = self.run(self._perform_batch, batch)
        except protocol.ProtocolError:
            raise
        except BaseException as error:
            kind, failure = _FAILED, error
        if kind != _FAILED:
            return kind, reply
        try:
            return self._failure_of_batch(batch, failure, batch.name)
        finally:
            del failure  # it refers to this frame

    def _perform_batch(self, batch: "Batch") -> "tuple[int, Any]":
        arguments, keywords = batch.take_arguments(_arguments)
        count = batch.size()
        if count == 0:
            return self._encode_batch([], batch)
        function = batch.checked(self._script.find(batch.name), count, self.end_child)
        if self._tracing is not None:
            function = self._tracing.traced_batch(function, batch.name, count)
        context = copy_context()
        value = context.run(function, *arguments, **keywords)
        if hasattr(type(value), "__await__"):
            return STARTED, PendingBatch(value, context, batch)
        return self._encode_batch(value, batch)

    def _encode_batch(self, results: "list[Any]", batch: "Batch") -> "tuple[int, Payload]":
        """The reply to a batch, from the results of those of its calls that have run."""
        rest = iter(results)
        replies = []
        for call in batch.calls:
            outcome = next(rest) if call.failure is None else call.failure
            replies.append(self._reply_in_batch(outcome, call.form, batch.name))
        return batch.reply(replies)

    def _reply_in_batch(self, outcome: object, form: int, name: str) -> "tuple[int, Payload]":
        if not isinstance(outcome, BaseException):
            try:
                return self.encode_result(outcome, form)
            except Exception as error:
                from .streamable import close_quietly

                close_quietly(outcome)
                outcome = error
        try:
            return self.failure(outcome, name)
        finally:
            del outcome  # it refers to this frame

    def _failure_of_batch(
        self, batch: "Batch", error: BaseException, name: str
    ) -> "tuple[int, Payload]":
        """Each call fails by itself, or else with `error`."""
        failure = self.failure(error, name)
        own = [call.failure for call in batch.calls]
        return batch.reply([failure if one is None else self.failure(one, "") for one in own])

    def _kind_of_stream(self, value: object) -> int:
        """STARTED, ITERATING, or 0 for a value that cannot be streamed as it is."""
        cls = type(value)
        if cls is _GENERATOR:
            return ITERATING
        from .streamable import is_async_iterable, is_iterator

        if is_async_iterable(cls) or hasattr(cls, "__await__"):
            return STARTED
        return ITERATING if is_iterator(cls) else 0

    def _take_name(self, payload: "Bytes") -> "Bytes":
        """Remembers the name a payload begins with, and returns the rest."""
        name, text = protocol.split_field(payload)
        self._name = str(name, "utf-8", "replace")
        self._name_field = protocol.pack_field(bytes(name))
        return text

    def _encode(self, value: object, kind: int) -> "tuple[int, Payload]":
        if type(value) is str and len(value) < MIN_LONG:
            return protocol.RESULT, to_bytes(encode_string(value))
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


def _arguments(kind: int, text: "Bytes", start: int) -> "tuple[list[Any], dict[str, Any] | None]":
    """The arguments of a call by position, and by keyword if there are any.

    `text` is what follows the name, `start` bytes from the beginning of the payload.
    """
    if kind in _JSON_CALLS:
        return decode_arguments(text), None
    return _arguments_with_buffers(kind, text, start)


def _arguments_with_buffers(
    kind: int, text: "Bytes", start: int
) -> "tuple[list[Any], dict[str, Any] | None]":
    json, buffers = split_buffers(memoryview(text), start)
    arguments = insert(decode_arguments(json), buffers)
    if kind % protocol.FLAG == protocol.CALL_WITH_KEYWORDS:
        return split_keywords(arguments)
    return arguments, None
