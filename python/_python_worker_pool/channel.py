"""The control channel: whole frames in, whole frames out. Nothing else reads or writes its fds.

`frames` may read several at once and yields them one by one; `send` may be called from any thread.
Once calls are expected, reading polls for a while before it blocks; writing always blocks.

Beside an event loop reading does not block, either: `frames` then yields NO_FRAME when none is
complete, and `reading` says how hard it tries.
"""

import os
from _io import FileIO
from _thread import RLock

from .protocol import (
    HEADER_SIZE,
    Pieces,
    ProtocolError,
    pack_frames,
    unpack_header,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Generator, Iterator, Sequence

    from .protocol import Bytes, Frame, Frames, Payload
    from .spin import Spinner

READ_SIZE = 64 * 1024
JOIN_SIZE = 64 * 1024  # below it, one write of header + payload is cheaper than two writes
MAX_COPIES = 6  # of a long payload at a time: as received, the value, the result, as sent
MAX_RESERVE = 30 << 20
INIT_LIMIT = 1024 * 1024  # until INIT brings the real one

# How `frames` tries to read beside an event loop
NOT_AT_ALL = 0
ONCE = 1  # something is there
FOR_A_WHILE = 2  # nothing else is to be done
UNTIL_A_FRAME = 3  # there is no loop to wait in
FOR_LONGER = 4  # once; then for a while

NO_FRAME = (-1, 0, b"")  # of a kind that no frame has

EINVAL = 22  # how Windows reports a pipe without a reader


class HostGone(Exception):
    """The other end is closed."""


class ChannelLost(Exception):
    """Our own end fails, for example because the script closed every descriptor."""


class Channel:
    def __init__(self, source: int, sink: int) -> None:
        self.max_frame = INIT_LIMIT
        self._source = source
        self._sink = sink
        self._reserved = 0  # bytes of memory set aside for long payloads so far
        self._spinner: Spinner | None = None  # none until there are calls
        self._receive: Callable[[], bytes | None] = self._read
        self._non_blocking = False
        self.reading = UNTIL_A_FRAME
        self._lock = RLock()
        self._writing = False
        self._failure: Exception | None = None  # of an earlier write that left half a frame
        # Frames sent by a signal handler or a __del__ of the script in the middle of a write.
        self._unsent: list[tuple[int, Payload]] = []

    def frames(self) -> "Iterator[Frame]":
        """Yields each frame until the host's end: (kind, call id, payload).

        A generator, because that is the fastest way to return one thing after the other.
        """
        payload: Bytes | None
        data, start = b"", 0
        while True:
            body = start + HEADER_SIZE
            header = data[start:body]
            if len(header) < HEADER_SIZE:
                more = self._receive()
                if not more:
                    if more is None:
                        yield NO_FRAME
                        continue
                    return
                data, start = header + more, 0
                continue
            kind, call_id, length = unpack_header(header)
            if length > self.max_frame:
                raise ProtocolError(f"a payload of {length} bytes; the limit is {self.max_frame}")
            start = body + length
            payload = data[body:start]
            if len(payload) < length:
                payload = yield from self._read_rest(payload, length)
                if payload is None:
                    return
                data, start = b"", 0
            elif start == len(data):
                data, start = b"", 0
            yield kind, call_id, payload
            del payload  # or it would be kept until the next one comes

    def send(self, kind: int, call_id: int, payload: "Payload") -> None:
        """Sends one frame. Raises HostGone or ChannelLost."""
        self.send_to(kind << 32 | call_id << 64, payload)

    def send_to(self, address: int, payload: "Payload") -> None:
        """As `send`, with what the header says beside the size."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._writing:
                self._unsent.append((address, payload))
                return
            self._write_frame(address, payload)
            while self._unsent:
                self._write_frame(*self._unsent.pop(0))

    def send_all(self, frames: "Frames") -> None:
        """Sends several frames, with one write where they are small."""
        # The first header is made by `send`, from the size of the first payload.
        kind, call_id, payload = frames[0]
        self.send(kind, call_id, Pieces(pack_frames(frames)[1:], len(payload)))

    def expect_calls(self) -> None:
        """From here on the host may answer a reply within microseconds."""
        if os.name == "nt":
            return
        from .spin import Spinner, processors

        if processors() > 1:
            self._spinner = Spinner()
            self._set_non_blocking()

    def share_with_loop(self) -> int:
        """From here on `reading` counts, and `frames` does not block. Returns the descriptor."""
        self._receive = self._poll
        self._set_non_blocking()
        return self._source

    def _set_non_blocking(self) -> None:
        os.set_blocking(self._source, False)
        self._non_blocking = True

    def send_preamble(self, preamble: bytes) -> None:
        """Sends the bytes that show the host where start-up noise ends and frames begin."""
        self._write(preamble)

    def close(self) -> None:
        for fd in (self._source, self._sink):
            try:
                os.close(fd)
            except OSError:  # the script was faster
                pass
        self._source = self._sink = -1

    def _read(self) -> bytes:
        """Whatever has arrived, at least a byte; nothing at the host's end."""
        try:
            if self._spinner is not None:
                data = self._spinner.poll(self._read_some)
                if data is not None:
                    return data
            if self._non_blocking:
                os.set_blocking(self._source, True)
            try:
                data = self._read_some()
            except BlockingIOError:  # the script has changed the flag
                os.set_blocking(self._source, True)
                data = self._read_some()
            if self._non_blocking:
                os.set_blocking(self._source, False)
            return data
        except OSError as error:
            raise ChannelLost(f"reading: {error}") from error

    def _read_some(self) -> bytes:
        return os.read(self._source, READ_SIZE)

    def _poll(self) -> "bytes | None":
        """As `_read`, but None if nothing has come."""
        reading = self.reading
        if reading == UNTIL_A_FRAME:
            return self._read()
        try:
            if reading == ONCE:
                self.reading = NOT_AT_ALL
                return self._read_some()
            if reading == FOR_LONGER:
                self.reading = FOR_A_WHILE
            if reading >= FOR_A_WHILE and self._spinner is not None:
                return self._spinner.poll(self._read_some, 2 if reading == FOR_LONGER else 1)
        except BlockingIOError:
            pass
        except OSError as error:
            raise ChannelLost(f"reading: {error}") from error
        return None

    def _read_rest(
        self, first: "Bytes", length: int
    ) -> "Generator[Frame, None, memoryview | None]":
        """Reads a long payload straight into a buffer of its size. None at the host's end."""
        self._reserve_memory(length)
        payload = memoryview(bytearray(length))
        filled = len(first)
        payload[:filled] = first
        while filled < length:
            if self.reading == NOT_AT_ALL:
                yield NO_FRAME
                continue
            count = self._read_into(payload[filled:])
            if count == 0:
                return None
            filled += count or 0
        return payload

    def _read_into(self, buffer: memoryview) -> "int | None":
        """Fills the buffer, or reads once. Returns how much was read, 0 at the host's end."""
        once = self.reading == ONCE
        if once:
            self.reading = NOT_AT_ALL
        filled = 0
        try:
            if self._non_blocking and not once:
                os.set_blocking(self._source, True)
            with FileIO(self._source, closefd=False) as source:
                while filled < len(buffer):
                    count = source.readinto(buffer[filled:])
                    if once or count == 0:
                        return count
                    if count is None:  # the script has changed the flag
                        os.set_blocking(self._source, True)
                    else:
                        filled += count
            if self._non_blocking:
                os.set_blocking(self._source, False)
        except OSError as error:
            raise ChannelLost(f"reading: {error}") from error
        return filled

    def _reserve_memory(self, length: int) -> None:
        """Keeps the C library from returning memory after each long call and requesting it again.

        glibc takes the size of a freed block as a hint, up to 32 MiB, and keeps as much from then
        on. The block is never touched: it costs no memory.
        """
        size = min(MAX_COPIES * length, MAX_RESERVE)
        if size > self._reserved:
            self._reserved = size
            try:
                bytes(size)
            except MemoryError:  # a limit of the process: then there is nothing to keep
                pass

    def _write_frame(self, address: int, payload: "Payload") -> None:
        self._writing = True
        try:
            size = len(payload)
            header = (size | address).to_bytes(HEADER_SIZE, "little")
            if type(payload) is bytes and size < JOIN_SIZE:
                self._write(header + payload)
            elif isinstance(payload, Pieces):
                self._write_pieces((header, *payload.pieces))
            else:
                self._write(header)
                self._write(payload)
        except BaseException as error:
            self._failure = _as_failure(error)
            raise
        finally:
            self._writing = False

    def _write_pieces(self, pieces: "Sequence[Bytes]") -> None:
        small: list[Bytes] = []
        for piece in pieces:
            small.append(piece)
            if len(piece) >= JOIN_SIZE:
                large = small.pop()
                self._write(b"".join(small))
                self._write(large)
                small = []
        self._write(b"".join(small))

    def _write(self, data: "Bytes") -> None:
        try:
            try:
                written = os.write(self._sink, data)
            except BlockingIOError:  # the script has changed the flag
                written = 0
            if written < len(data):
                os.set_blocking(self._sink, True)
                rest = memoryview(data)[written:]
                while rest:
                    rest = rest[os.write(self._sink, rest) :]
        except OSError as error:
            if isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == EINVAL):
                raise HostGone from error
            raise ChannelLost(f"writing: {error}") from error


def _as_failure(error: BaseException) -> Exception:
    if isinstance(error, (HostGone, ChannelLost)):
        return error
    return ChannelLost(f"writing: interrupted by a signal handler of the script: {error!r}")
