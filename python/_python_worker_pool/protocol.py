"""Frames <-> bytes. Knows no descriptor.

A frame is a 16-byte little-endian header (payload length: 4 bytes, kind: 1, flags: 1, window: 2,
call id: 8) and the payload. Only a CALL may have flags, and only one that is a stream has a window;
both are part of its kind here. A header is handled as the one 128-bit integer it is: no import, two
operations.
A field is a 4-byte length and that many bytes.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, List, Sequence, Tuple, TypeVar, Union

    Bytes = Union[bytes, memoryview]
    AnyBytes = TypeVar("AnyBytes", bytes, memoryview, Bytes)
    Payload = Union[bytes, memoryview, "Pieces"]
    Frame = Tuple[int, int, Bytes]  # kind, call id, payload
    Frames = List[Tuple[int, int, Payload]]  # to be sent

HEADER_SIZE = 16
PREAMBLE_SIZE = 16
CREDIT_SIZE = 16
MAX_LENGTH = 0xFFFFFFFF  # bytes of payload that a header can announce
SLACK = 1 << 20  # what a frame may hold beyond a value: a function's name, an error's details

# host -> worker
INIT = 1
CALL = 2
CALL_WITH_BUFFERS = 3
CALL_WITH_KEYWORDS = 4
PING = 5
CANCEL = 6  # where there is no pipe of cancelled calls
CREDIT = 7  # for a stream: how many items and bytes its consumer has taken
BATCH = 8  # several calls of one function that run as one: their frames are the payload

# Flags of a CALL, above its kind: in which form the numbers of the result are wanted ...
FLAG = 1 << 8
ARRAYS_AS_LISTS = 1
NAN_AS_NULL = 2
STREAM = 4  # ... and whether its items are wanted as they come
# Every kind of a call, those without flags first: most calls are among them.
CALLS = tuple(
    kind | flags * FLAG
    for flags in range((ARRAYS_AS_LISTS | NAN_AS_NULL) + 1)
    for kind in (CALL, CALL_WITH_BUFFERS, CALL_WITH_KEYWORDS)
)
STREAMS = tuple(kind | STREAM * FLAG for kind in CALLS)
CALLS_AND_BATCHES = (*CALLS, BATCH)

# The window of a stream, above the flags: how many items it may send before they are taken. A kind
# above MAX_KIND is that of a stream.
WINDOW = 1 << 16
MAX_KIND = WINDOW - 1

# What INIT names as the script
FILE = 0  # by its path
MODULE = 1  # by its dotted name

# worker -> host
HELLO = 1
READY = 2
LOAD_FAILED = 3
RESULT = 4
RAISED = 5
FUNCTION_NOT_FOUND = 6
NOT_SERIALIZABLE = 7
LOG = 8
TOO_LARGE = 9
RESULT_WITH_BUFFERS = 10
PONG = 11
KIND = 12  # the call is async, and with it all calls of its function
CANCELLING = 13  # a cancel has reached the call
PRINTED = 14
ITEM = 15  # of a stream
ITEM_WITH_BUFFERS = 16
BATCH_ENDED = 17  # the replies of its calls follow
LOADS = 18  # a file of the user's project


class ProtocolError(Exception):
    """The host sent something that violates the protocol."""


def address(kind: int, call_id: int) -> int:
    """A header without the payload's length."""
    return kind << 32 | call_id << 64


def pack_header(kind: int, call_id: int, length: int) -> bytes:
    return (length | address(kind, call_id)).to_bytes(HEADER_SIZE, "little")


def unpack_header(header: "Bytes") -> "tuple[int, int, int]":
    """Returns (kind with flags and window, call id, payload length)."""
    number = int.from_bytes(header, "little")
    kind = number >> 32 & 0xFFFFFFFF
    if kind > MAX_KIND and kind % WINDOW not in STREAMS:
        raise ProtocolError("the header's padding is not zero")
    return kind, number >> 64, number & MAX_LENGTH


def split_frames(payload: "Bytes") -> "list[Frame]":
    """The frames that a payload consists of."""
    frames: list[Frame] = []
    start = 0
    while start < len(payload):
        body = start + HEADER_SIZE
        kind, call_id, length = unpack_header(payload[start:body])
        start = body + length
        if start > len(payload):
            raise ProtocolError("a frame is longer than the one that it is in")
        frames.append((kind, call_id, payload[body:start]))
    return frames


def pack_frames(frames: "Iterable[tuple[int, int, Payload]]") -> "list[Bytes]":
    """Several frames, in the pieces that they are sent in."""
    pieces: list[Bytes] = []
    for kind, call_id, payload in frames:
        pieces.append(pack_header(kind, call_id, len(payload)))
        if isinstance(payload, Pieces):
            pieces.extend(payload.pieces)
        else:
            pieces.append(payload)
    return pieces


def split_field(payload: "AnyBytes") -> "tuple[AnyBytes, AnyBytes]":
    """Returns the first field, and the rest after it."""
    size = int.from_bytes(payload[:4], "little")
    if len(payload) < 4 + size:
        raise ProtocolError("a field is longer than its frame")
    return payload[4 : 4 + size], payload[4 + size :]


def pack_field(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little") + data


def split_credit(payload: "Bytes") -> "tuple[int, int]":
    """Returns (items, bytes) of a CREDIT."""
    if len(payload) != CREDIT_SIZE:
        raise ProtocolError(f"a CREDIT of {len(payload)} bytes")
    return int.from_bytes(payload[:8], "little"), int.from_bytes(payload[8:], "little")


def pack_printed(fd: int, text: bytes) -> bytes:
    """The payload of PRINTED: the descriptor that a text was printed to, 1 or 2, and the text."""
    return bytes((fd,)) + text


class Pieces:
    """A payload in several pieces: joining large ones would cost a copy of each."""

    __slots__ = ("pieces", "size")

    def __init__(self, pieces: "Sequence[Bytes]", size: int) -> None:
        self.pieces = pieces
        self.size = size

    def __len__(self) -> int:
        return self.size


class Init:
    """What the host sends a worker before anything else."""

    def __init__(self, payload: "Bytes") -> None:
        rest = bytes(payload)
        self.preamble, rest = split_field(rest)
        script_kind, rest = split_field(rest)
        self.script, rest = split_field(rest)
        limit, rest = split_field(rest)
        log, rest = split_field(rest)
        trace, rest = split_field(rest)
        tokens, rest = split_field(rest)
        tracing, rest = split_field(rest)
        plugin, rest = split_field(rest)
        function, rest = split_field(rest)
        concurrency, rest = split_field(rest)
        threads, rest = split_field(rest)
        cancels, rest = split_field(rest)
        files, rest = split_field(rest)
        numbers = (script_kind, limit, log, trace, tokens, tracing, concurrency, threads, cancels)
        sizes = {len(number) for number in (*numbers, files)}
        if len(self.preamble) != PREAMBLE_SIZE or sizes != {8} or rest:
            raise ProtocolError("INIT has fields of unexpected sizes")
        self.script_kind = int.from_bytes(script_kind, "little")
        if self.script_kind not in (FILE, MODULE):
            raise ProtocolError(f"INIT names a script of unknown kind {self.script_kind}")
        self.max_payload = int.from_bytes(limit, "little")  # of a value
        self.max_frame = min(self.max_payload + SLACK, MAX_LENGTH)
        self.log_handle = int.from_bytes(log, "little", signed=True)
        self.trace_handle = int.from_bytes(trace, "little", signed=True)
        self.tokens_handle = int.from_bytes(tokens, "little", signed=True)
        # Whether calls are traced; None leaves it to the environment.
        self.tracing = {0: False, 1: True}.get(int.from_bytes(tracing, "little"))
        self.plugin = str(plugin, "ascii", "replace")  # its name; "" for none
        self.function = str(function, "utf-8", "replace")  # what calls will name; "" for none
        # How many async calls, and how many plain functions, may run at the same time.
        self.concurrency = int.from_bytes(concurrency, "little")
        self.threads = int.from_bytes(threads, "little")
        self.cancels_handle = int.from_bytes(cancels, "little", signed=True)
        # Whether to report the files of the user's project that are loaded.
        self.reports_files = bool(int.from_bytes(files, "little"))
