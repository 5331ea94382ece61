"""The control channel: whole frames in, whole frames out. Nobody else reads or writes its fds.

`frames` may read several at once and hands them out one by one; `send` may be called from any
thread. Once calls are expected, the source blocks only while nothing comes for a while; the sink
always does.
"""

import os
from _io import FileIO
from _thread import RLock

from .patience import Patience, processors
from .protocol import HEADER_SIZE, Pieces, ProtocolError, pack_header, unpack_header

READ_SIZE = 64 * 1024
JOIN_SIZE = 64 * 1024  # below it, one write of header + payload is cheaper than two writes
MOST_COPIES = 6  # of a long payload, at a time: as it came, the value, the result, as it goes
MOST_ROOM = 30 << 20
INIT_LIMIT = 1024 * 1024  # until INIT tells the real one

EINVAL = 22  # how Windows reports a pipe without a reader


class HostGone(Exception):
    """Nobody holds the other end any more."""


class ChannelLost(Exception):
    """Our own end fails, for example because the script closed every descriptor."""


class Channel:
    def __init__(self, source, sink):
        self.max_frame = INIT_LIMIT
        self._source = source
        self._sink = sink
        self._room = 0  # bytes that long calls have had so far
        self._patience = None  # how long to look before sleeping; not at all until there are calls
        self._lock = RLock()
        self._writing = False
        self._failure = None  # of an earlier write: what follows it would not be a frame
        self._unsent = []  # several, if a signal handler or a __del__ of the script logs in a write

    def frames(self):
        """Yields each frame until the host's end: (kind, call id, payload as bytes or memoryview).

        A generator, as there is nothing faster to hand out one thing after the other.
        """
        data, start = b"", 0
        while True:
            body = start + HEADER_SIZE
            header = data[start:body]
            if len(header) < HEADER_SIZE:
                more = self._read()
                if not more:
                    return
                data, start = header + more, 0
                continue
            kind, call_id, length = unpack_header(header)
            if length > self.max_frame:
                raise ProtocolError(f"a payload of {length} bytes, {self.max_frame} are allowed")
            start = body + length
            payload = data[body:start]
            if len(payload) < length:
                payload = self._read_rest(payload, length)
                if payload is None:
                    return
                data, start = b"", 0
            elif start == len(data):
                data, start = b"", 0
            yield kind, call_id, payload
            del payload  # or it would be kept until the next one comes

    def send(self, kind, call_id, payload):
        """Sends one frame. Raises HostGone or ChannelLost."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            frame = (kind, call_id, payload)
            if self._writing:
                self._unsent.append(frame)
                return
            while frame is not None:
                self._writing = True
                try:
                    self._write_frame(*frame)
                except BaseException as error:
                    self._failure = _as_failure(error)
                    raise
                finally:
                    self._writing = False
                frame = self._unsent.pop(0) if self._unsent else None

    def expect_calls(self):
        """From here on the host may answer a reply within microseconds."""
        if os.name != "nt" and processors() > 1:
            os.set_blocking(self._source, False)
            self._patience = Patience()

    def send_preamble(self, preamble):
        """Sends the bytes that tell the host where start-up noise ends and frames begin."""
        self._write(preamble)

    def close(self):
        for fd in (self._source, self._sink):
            try:
                os.close(fd)
            except OSError:  # the script was faster
                pass
        self._source = self._sink = -1

    def _read(self):
        """Whatever is there, at least a byte; nothing at the host's end."""
        try:
            if self._patience is not None:
                data = self._patience.look(self._read_some)
                if data is not None:
                    return data
                os.set_blocking(self._source, True)
            data = self._read_some()
            if self._patience is not None:
                os.set_blocking(self._source, False)
            return data
        except OSError as error:
            raise ChannelLost(f"reading: {error}") from error

    def _read_some(self):
        return os.read(self._source, READ_SIZE)

    def _read_rest(self, first, length):
        """Reads a long payload straight into a buffer of its size."""
        self._make_room(length)
        payload = memoryview(bytearray(length))
        filled = len(first)
        payload[:filled] = first
        try:
            if self._patience is not None:
                os.set_blocking(self._source, True)
            with FileIO(self._source, closefd=False) as source:
                while filled < length:
                    count = source.readinto(payload[filled:])
                    if not count:
                        return None
                    filled += count
            if self._patience is not None:
                os.set_blocking(self._source, False)
        except OSError as error:
            raise ChannelLost(f"reading: {error}") from error
        return payload

    def _make_room(self, length):
        """Keeps the C library from giving memory back after each long call, to ask for it again.

        glibc takes the size of a block that was freed for usual, up to 32 MiB, and keeps as much.
        The block is never touched: it costs no memory.
        """
        room = min(MOST_COPIES * length, MOST_ROOM)
        if room > self._room:
            self._room = room
            try:
                bytes(room)
            except MemoryError:  # a limit of the process: then there is nothing to keep
                pass

    def _write_frame(self, kind, call_id, payload):
        header = pack_header(kind, call_id, len(payload))
        if type(payload) is Pieces:
            self._write_pieces((header, *payload.pieces))
        elif len(payload) < JOIN_SIZE:
            self._write(header + payload)
        else:
            self._write(header)
            self._write(payload)

    def _write_pieces(self, pieces):
        small = []
        for piece in pieces:
            small.append(piece)
            if len(piece) >= JOIN_SIZE:
                large = small.pop()
                self._write(b"".join(small))
                self._write(large)
                small = []
        self._write(b"".join(small))

    def _write(self, data):
        try:
            written = os.write(self._sink, data)
            if written < len(data):
                rest = memoryview(data)[written:]
                while rest:
                    rest = rest[os.write(self._sink, rest) :]
        except OSError as error:
            if isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == EINVAL):
                raise HostGone from error
            raise ChannelLost(f"writing: {error}") from error


def _as_failure(error):
    if isinstance(error, (HostGone, ChannelLost)):
        return error
    return ChannelLost(f"writing: interrupted by a signal handler of the script: {error!r}")
