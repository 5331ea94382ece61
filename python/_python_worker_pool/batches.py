"""Several calls of one function that run as one: a batch.

Its frame holds the frames of its calls. The function gets a list for each position and each
keyword, with the argument of every call, and returns a sequence with a result for every call.
"""

from _collections_abc import Mapping, Set

from .errors import NotSerializable, qualified_name
from .protocol import (
    BATCH_ENDED,
    CALL,
    CALLS,
    FLAG,
    Pieces,
    ProtocolError,
    pack_frames,
    split_frames,
)
from .streamable import close_quietly, close_refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable, Dict, List, Optional, Tuple

    from .protocol import Bytes, Payload

    # By position, and by keyword if there are any.
    Arguments = Tuple[List[Any], Optional[Dict[str, Any]]]
    # Takes the kind of a call, what follows the name, and how far that is from the beginning.
    Decode = Callable[[int, Bytes, int], Arguments]


class BatchedCall:
    __slots__ = ("call_id", "failure", "form")

    def __init__(self, call_id: int, form: int) -> None:
        self.call_id = call_id
        self.form = form  # its kind: in which form it wants its result
        self.failure: NotSerializable | None = None  # of its arguments: it does not run


class Batch:
    def __init__(self, payload: "Bytes") -> None:
        self._payload = payload
        self._frames = split_frames(payload)
        if not self._frames:
            raise ProtocolError("a batch without calls")
        self.calls = []
        for kind, call_id, _ in self._frames:
            if kind not in CALLS:
                raise ProtocolError(f"a frame of kind {kind} in a batch")
            self.calls.append(BatchedCall(call_id, kind))
        first = self._frames[0][2]
        end = 4 + int.from_bytes(first[:4], "little")
        if len(first) < end:
            raise ProtocolError("a field is longer than its frame")
        self._name_field = bytes(first[:end])
        self.name = str(self._name_field[4:], "utf-8", "replace")  # of the function

    def take_arguments(self, decode: "Decode") -> "tuple[list[list[Any]], dict[str, list[Any]]]":
        """Returns the lists, empty if no call is left that can run. Releases the payload.

        A call whose arguments cannot be decoded is left out, and has its failure.
        """
        frames, self._frames = self._frames, []
        decoded = []
        for call, (kind, _, payload) in zip(self.calls, frames):
            try:
                decoded.append(self._decoded(kind, payload, decode))
            except NotSerializable as error:
                # Not the error itself, whose traceback refers to this frame.
                call.failure = NotSerializable(**error.details)
            if type(payload) is memoryview:
                payload.release()
        if type(self._payload) is memoryview:
            self._payload.release()
        self._payload = b""
        return _merged(decoded) if decoded else ([], {})

    def size(self) -> int:
        """The number of calls that run."""
        failed = [call for call in self.calls if call.failure is not None]
        return len(self.calls) - len(failed)

    def checked(
        self, function: "Callable[..., Any]", count: int, end_child: "Callable[[], None]"
    ) -> "Callable[..., Any]":
        """As `function`, but what it returns, or awaits, is a list of `count` results.

        `end_child` ends this process if it is a forked child.
        """
        name = self.name

        def call(*lists: object, **keywords: object) -> object:
            value = function(*lists, **keywords)
            end_child()
            if type(value) is not list and hasattr(type(value), "__await__"):
                return _awaited(value, name, count, end_child)
            return _results(value, name, count)

        return call

    def reply(self, replies: "list[tuple[int, Payload]]") -> "tuple[int, Payload]":
        """Returns (kind, payload) of the reply, from those of the replies to its calls.

        They are frames of their own, behind the end of the batch, which has no payload.
        """
        calls = zip(self.calls, replies)
        frames = [(kind, call.call_id, payload) for call, (kind, payload) in calls]
        return BATCH_ENDED, Pieces(pack_frames(frames), 0)

    def _decoded(self, kind: int, payload: "Bytes", decode: "Decode") -> "Arguments":
        start = len(self._name_field)
        if payload[:start] != self._name_field:
            raise ProtocolError("calls of different functions in a batch")
        if kind % FLAG != CALL:
            # Memory of its own, where arrays are aligned, and do not keep that of the whole batch.
            payload = memoryview(bytearray(payload))
        return decode(kind, payload[start:], start)


def _merged(
    calls: "list[Arguments]",
) -> "tuple[list[list[Any]], dict[str, list[Any]]]":
    first, first_by_name = calls[0]
    if len(calls) == 1:
        keywords = (first_by_name or {}).items()
        return [[value] for value in first], {name: [value] for name, value in keywords}
    names = (first_by_name or {}).keys()
    for arguments, by_name in calls:
        if len(arguments) != len(first) or (by_name or {}).keys() != names:
            raise ProtocolError("calls with different arguments in a batch")
    lists = [list(column) for column in zip(*(arguments for arguments, _ in calls))]
    return lists, {name: [by_name[name] for _, by_name in calls if by_name] for name in names}


async def _awaited(
    awaitable: "Awaitable[Any]", name: str, count: int, end_child: "Callable[[], None]"
) -> "list[Any]":
    value = await awaitable
    end_child()
    try:
        return _results(value, name, count)
    except Exception:
        await close_refused(value)
        raise


# Sets have no order, and the items of the others are no results.
_NO_SEQUENCES = (str, bytes, bytearray, Mapping, Set)


def _results(value: "Any", name: str, count: int) -> "list[Any]":
    length = _length(value)
    if length == count:
        results = list(value)
        length = len(results)
        if length == count:
            return results
    close_quietly(value)
    raise _mismatch(value, length, name, count)


def _mismatch(value: object, length: "int | None", name: str, count: int) -> Exception:
    cls = qualified_name(type(value))
    if length is not None:
        came = f"a value of type {cls} and length {length}"
    else:
        came = "None" if value is None else f"a value of type {cls}"
    calls = "1 call" if count == 1 else f"{count} calls"
    text = (
        f"{name}() ran for a batch of {calls} but returned {came}. "
        "Return a list with one result for each call, in their order."
    )
    return TypeError(text) if length is None else ValueError(text)


def _length(value: "Any") -> "int | None":
    """The number of results in a value; None if it is no sequence of results."""
    cls = type(value)
    if cls is list:
        return len(value)
    # Tables (of pandas, Polars, Arrow) are iterated by column.
    no_sequence = isinstance(value, _NO_SEQUENCES) or hasattr(cls, "columns")
    if no_sequence or not (hasattr(cls, "__iter__") or hasattr(cls, "__getitem__")):
        return None
    try:
        return len(value)
    except TypeError:  # an iterator, or a numpy array without a dimension
        return None
