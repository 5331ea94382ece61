"""Which descriptor is what.

The host's channel is our fds 0 and 1. Before any user code runs it moves to private numbers that no
child inherits, and user code finds an empty stdin, and UTF-8 streams to the host's log pipes.

What is printed in a call takes another way: the channel, with the call's id. A pipe cannot tell
calls apart that run at the same time, and is read at another time than the channel.
"""

import os
import sys
from _io import TextIOWrapper, _RawIOBase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Protocol, Tuple

    OpenTexts = Dict[Tuple[int, int], Dict[int, TextIOWrapper]]

    class Calls(Protocol):
        """What is known of the calls; from any thread."""

        def printing_call(self) -> int:
            """The id of the call that the running code belongs to, 0 for none."""

        def is_running(self, call_id: int) -> bool: ...

        def send_printed(self, fd: int, call_id: int, text: bytes) -> bool:
            """Returns whether it could."""


MAX_PIECE = 64 * 1024  # bytes that are sent at once

# The streams of calls that have printed something, by call and descriptor: where they are kept.
_texts_of_running: "OpenTexts" = {}
_texts_of_ended: "OpenTexts" = {}  # of calls that had ended when they were opened

# Ours, and what flushes them: for `flush`, which is part of each call.
_stdout: "ScriptStream | None" = None
_stderr: "ScriptStream | None" = None
_flush_stdout: "Callable[[], None]"
_flush_stderr: "Callable[[], None]"


def take_channel() -> "tuple[int, int]":
    """Makes the channel private and empties stdin. Returns (source, sink)."""
    source, sink = _private_copy(0), _private_copy(1)
    if os.name != "nt":
        os.set_blocking(source, True)
        os.set_blocking(sink, True)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return source, sink


class ScriptStream(TextIOWrapper):
    """The script's `sys.stdout` or `sys.stderr`: text of a call is sent, other text is written.

    It keeps no text itself.
    """

    def __init__(self, original: TextIOWrapper, fd: int, calls: "Calls") -> None:
        super().__init__(original.buffer, encoding="utf-8", errors=original.errors, newline="\n")
        self.mode = "w"  # type: ignore[misc]  # as `open` sets it
        self.original = original  # writes the other text
        self._fd = fd
        self._call_id = calls.printing_call
        self._is_running = calls.is_running
        self._send = calls.send_printed
        self._call_texts: dict[int, TextIOWrapper] = {}  # by the call's id
        self._file = os.fstat(fd)[:3]  # mode, inode and device

    def write(self, text: str) -> int:
        call_id = self._call_id()
        if call_id == 0:
            return self.original.write(text)
        call_text = self._call_texts.get(call_id)
        if call_text is None:
            call_text = self._open_call_text(call_id)
        return call_text.write(text)

    def flush(self) -> None:
        call_text = self._call_texts.get(self._call_id())
        if call_text is not None:
            call_text.flush()
        self.original.flush()

    def reconfigure(self, **options: "Any") -> None:
        super().reconfigure(**options)
        self.original.reconfigure(**options)

    def send(self, call_id: int, text: bytes) -> None:
        """Sends text of a call, unless the script has pointed the descriptor somewhere else."""
        if self._is_connected() and self._send(self._fd, call_id, text):
            return
        self.buffer.write(text)
        self.buffer.flush()

    def expect_no_calls(self) -> None:
        self._call_id = int  # which returns 0

    def _is_connected(self) -> bool:
        if self.closed:  # which the buffer says
            return False
        try:
            return os.fstat(self._fd)[:3] == self._file
        except OSError:
            return False

    def _open_call_text(self, call_id: int) -> TextIOWrapper:
        target: Any = CallText(self, call_id)
        call_text = TextIOWrapper(
            target,
            encoding="utf-8",
            errors="backslashreplace",
            newline="\n",
            line_buffering=True,  # also where Python is unbuffered: the host logs whole lines
        )
        call_text = self._call_texts.setdefault(call_id, call_text)
        texts = _texts_of_running if self._is_running(call_id) else _texts_of_ended
        texts[call_id, self._fd] = self._call_texts
        return call_text


class CallText(_RawIOBase):
    """Takes the text that one call prints to one stream."""

    def __init__(self, stream: ScriptStream, call_id: int) -> None:
        self._stream = stream
        self._call_id = call_id

    def writable(self) -> bool:
        return True

    def write(self, text: "Any") -> int:
        if 0 < len(text) <= MAX_PIECE:
            self._stream.send(self._call_id, text)
        else:
            for start in range(0, len(text), MAX_PIECE):
                self._stream.send(self._call_id, text[start : start + MAX_PIECE])
        return len(text)


def open_streams(log_handle: int, calls: "Calls") -> None:
    """Points fd 1 at the log pipe, or at stderr if there is none, and makes all streams UTF-8."""
    if log_handle < 0:
        os.dup2(2, 1)
    else:
        log = _descriptor(log_handle)
        os.dup2(log, 1)
        os.close(log)
    _stream("stdin", 0, "r").reconfigure(encoding="utf-8", errors="surrogateescape")
    global _stdout, _stderr, _flush_stdout, _flush_stderr
    _stdout = _script_stream("stdout", 1, calls)
    _stderr = _script_stream("stderr", 2, calls)
    _flush_stdout, _flush_stderr = _stdout.original.flush, _stderr.original.flush


def output_streams() -> "list[object]":
    """Our streams, and those that the interpreter has made."""
    return [stream for ours in _ours() for stream in (ours, ours.original)]


def take_private(handle: int) -> "int | None":
    """Makes a pipe of the host's private. Returns its descriptor, None if there is none."""
    if handle < 0:
        return None
    low = _descriptor(handle)
    private = _private_copy(low)
    os.close(low)
    return private


def flush(call_id: int = 0) -> None:
    """Sends what user code printed to the host, whatever user code made of its streams.

    Of calls, what this one printed, and those that have ended. Not of others that are running: two
    threads that write the text of one could swap pieces.
    """
    try:
        if sys.stdout is _stdout:
            _flush_stdout()
        else:
            sys.stdout.flush()
    except BaseException:  # deleted, closed, replaced by None or by something else than a stream
        pass
    try:
        if sys.stderr is _stderr:
            _flush_stderr()
        else:
            sys.stderr.flush()
    except BaseException:
        pass
    # Last: streams of the script's own may have kept text until now.
    if _texts_of_running or _texts_of_ended:
        _flush_text_of(call_id)


def flush_call(call_id: int) -> None:
    """As `flush`, but fast: text outside of calls may be left to it."""
    if sys.stdout is not _stdout or sys.stderr is not _stderr:
        flush(call_id)
    elif _texts_of_running or _texts_of_ended:
        _flush_text_of(call_id)


def _flush_text_of(call_id: int) -> None:
    if _texts_of_running:
        _flush_call_text(_texts_of_running, (call_id, 1))
        _flush_call_text(_texts_of_running, (call_id, 2))
    if _texts_of_ended:
        _flush_call_texts(_texts_of_ended)


def flush_all() -> None:
    """Sends what any call printed, too."""
    _flush_call_texts(_texts_of_running)
    flush()


def _flush_call_texts(texts: "OpenTexts") -> None:
    for key in tuple(texts):
        _flush_call_text(texts, key)


def _flush_call_text(texts: "OpenTexts", key: "tuple[int, int]") -> None:
    """Sends the text of a call, and forgets its stream."""
    kept_in = texts.pop(key, None)
    if kept_in is not None:
        try:
            kept_in.pop(key[0]).flush()
        except BaseException:  # the descriptor is closed, or another thread does the same
            pass


def expect_no_calls() -> None:
    """All text is written from now on."""
    flush_all()
    for stream in _ours():
        stream.expect_no_calls()


def silence_broken() -> None:
    """Removes streams that cannot be flushed, or the interpreter would end with code 120."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except BaseException:
            setattr(sys, name, None)


def _private_copy(fd: int) -> int:
    """Duplicates to a high number: after a script's closerange(3, ...) a low one is used again.

    Not higher than usual: a number near a limit of a million would cost the kernel megabytes.
    """
    limit = os.sysconf("SC_OPEN_MAX") if hasattr(os, "sysconf") else 512
    if limit < 0 or limit > 4096:
        limit = 4096
    start = max(64, limit - 64)
    for number in (*range(start, limit), *range(min(start, limit) - 1, 4, -1)):
        try:
            os.fstat(number)
        except OSError:  # a free number
            return os.dup2(fd, number, inheritable=False)
    return os.dup(fd)


def _descriptor(handle: int) -> int:
    if sys.platform != "win32":
        return handle
    import msvcrt

    return msvcrt.open_osfhandle(handle, os.O_BINARY)


def _ours() -> "list[ScriptStream]":
    return [stream for stream in (_stdout, _stderr) if stream is not None]


def _script_stream(name: str, fd: int, calls: "Calls") -> "ScriptStream":
    original = _stream(name, fd, "w")
    # A start-up hook of the interpreter may have kept it, or put another in its place.
    original.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    ours = ScriptStream(original, fd, calls)
    if getattr(sys, name) is original:
        setattr(sys, name, ours)
    setattr(sys, f"__{name}__", ours)
    return ours


def _stream(name: str, fd: int, mode: str) -> "Any":
    stream = getattr(sys, f"__{name}__")
    if stream is None:  # the process was started without it
        stream = open(fd, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 (for life)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    return stream
