"""Frames <-> bytes. Knows no descriptor.

A frame is a 16-byte little-endian header (payload length: 4 bytes, kind: 1, zeros: 3, call id: 8)
and the payload. A header is handled as the one 128-bit integer it is: no import, two operations.
A field is a 4-byte length and that many bytes.
"""

HEADER_SIZE = 16
PREAMBLE_SIZE = 16
LONGEST = 0xFFFFFFFF  # bytes of payload that a header can tell
SLACK = 1 << 20  # what a frame may hold beyond a value: a function's name, what is told of an error

# host -> worker
INIT = 1
CALL = 2
CALL_WITH_PARTS = 3

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
RESULT_WITH_PARTS = 10


class ProtocolError(Exception):
    """The host sent something that is no frame of ours."""


def pack_header(kind, call_id, length):
    return (length | kind << 32 | call_id << 64).to_bytes(16, "little")


def unpack_header(header):
    """Returns (kind, call id, payload length)."""
    number = int.from_bytes(header, "little")
    kind = number >> 32 & 0xFFFFFFFF
    if kind > 0xFF:
        raise ProtocolError("the header's padding is not zero")
    return kind, number >> 64, number & LONGEST


def split_field(payload):
    """Returns the first field of bytes or a memoryview, and the rest after it."""
    size = int.from_bytes(payload[:4], "little")
    if len(payload) < 4 + size:
        raise ProtocolError("a field is longer than its frame")
    return payload[4 : 4 + size], payload[4 + size :]


def pack_field(data):
    return len(data).to_bytes(4, "little") + data


class Pieces:
    """A payload that is not in one piece: to join large ones would cost a copy of each."""

    __slots__ = ("pieces", "size")

    def __init__(self, pieces, size):
        self.pieces = pieces  # bytes or memoryviews of bytes
        self.size = size

    def __len__(self):
        return self.size


class Init:
    """What the host tells a worker before anything else."""

    def __init__(self, payload):
        preamble, payload = split_field(payload)
        script, payload = split_field(payload)
        limit, payload = split_field(payload)
        log, payload = split_field(payload)
        trace, payload = split_field(payload)
        claims, payload = split_field(payload)
        tracing, payload = split_field(payload)
        numbers = {len(number) for number in (limit, log, trace, claims, tracing)}
        if len(preamble) != PREAMBLE_SIZE or numbers != {8} or payload:
            raise ProtocolError("INIT has fields of unexpected sizes")
        self.preamble = bytes(preamble)
        self.script = bytes(script)
        self.max_payload = int.from_bytes(limit, "little")  # of a value
        self.max_frame = min(self.max_payload + SLACK, LONGEST)
        self.log_handle = int.from_bytes(log, "little", signed=True)
        self.trace_handle = int.from_bytes(trace, "little", signed=True)
        self.claims_handle = int.from_bytes(claims, "little", signed=True)
        # Whether calls are traced; None leaves it to the environment.
        self.tracing = {0: False, 1: True}.get(int.from_bytes(tracing, "little"))
