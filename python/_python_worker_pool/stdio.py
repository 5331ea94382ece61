"""Which descriptor is what.

The host's channel is our fds 0 and 1. Before any user code runs it moves to private numbers that no
child inherits, and user code finds an empty stdin, and UTF-8 streams to the host's log pipes.
"""

import os
import sys


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


def open_streams(log_handle: int) -> None:
    """Points fd 1 at the log pipe, or at stderr if there is none, and makes all streams UTF-8."""
    if log_handle < 0:
        os.dup2(2, 1)
    else:
        log = _descriptor(log_handle)
        os.dup2(log, 1)
        os.close(log)
    _utf8_stream("stdin", 0, "r")
    _utf8_stream("stdout", 1, "w")
    _utf8_stream("stderr", 2, "w")


def take_private(handle: int) -> "int | None":
    """Makes a pipe of the host's private. Returns its descriptor, None if there is none."""
    if handle < 0:
        return None
    low = _descriptor(handle)
    private = _private_copy(low)
    os.close(low)
    return private


def flush() -> None:
    """Sends what user code printed to the host, whatever user code made of its streams."""
    try:
        sys.stdout.flush()
    except BaseException:  # deleted, closed, replaced by None or by something else than a stream
        pass
    try:
        sys.stderr.flush()
    except BaseException:
        pass


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


def _utf8_stream(name: str, fd: int, mode: str) -> None:
    stream = getattr(sys, f"__{name}__")
    if stream is None:  # the process was started without it
        stream = open(fd, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 (for life)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    stream.reconfigure(
        encoding="utf-8",
        errors="surrogateescape" if mode == "r" else "backslashreplace",
        line_buffering=mode == "w",
    )
