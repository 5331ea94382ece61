"""The guardian: one small process per host that outlives it and takes every worker down with it.

Run as `<python> -I -S guardian.py`. It reads lines from fd 0 until the host's end:

    +<pgid>    a process group to kill when the host is gone
    -<pgid>    that group was reaped: its number may be reused from now on
    t<path>    a temporary directory to remove when the host is gone

Modules built into the interpreter only: a start costs 9 ms and 3 MB.
"""

import posix
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from typing import Iterable
else:
    import _signal

GRACE = 0.15  # seconds a worker has to end by itself: it sees the host's end as well
SECOND_KILL = 0.05  # seconds until the kill is repeated, for processes that were forked in between


def ignore_signals() -> None:
    for number in range(1, _signal.NSIG):
        try:
            _signal.signal(number, _signal.SIG_IGN)
        except (OSError, ValueError):  # SIGKILL, SIGSTOP, and numbers the C library keeps
            pass


def close_inherited() -> None:
    """Closes every descriptor but 0, 1 and 2: the limit may be huge, so by their list."""
    try:
        numbers = list(map(int, posix.listdir("/dev/fd")))
    except OSError:  # a container without it
        numbers = list(range(4096))
    for number in numbers:
        if number > 2:
            try:
                posix.close(number)
            except OSError:  # the listing's own
                pass


def detach() -> None:
    """Leaves the host's session and working directory, and reports on fd 1 that it is ready."""
    try:
        posix.setsid()
    except OSError:  # the host already gave it a session
        pass
    posix.chdir("/")
    try:
        posix.write(1, b".")
    except OSError:  # the host is gone already: its workers are not
        pass
    null = posix.open("/dev/null", posix.O_RDWR)
    posix.dup2(null, 1)
    posix.dup2(null, 2)
    if null > 2:
        posix.close(null)


def read_orders(groups: "set[int]", directories: "list[bytes]") -> None:
    """Follows the host's lines until the host is gone. An unfinished last line is not an order."""
    rest = b""
    while True:
        try:
            data = posix.read(0, 65536)
        except OSError:
            return
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            obey(line, groups, directories)


def obey(line: bytes, groups: "set[int]", directories: "list[bytes]") -> None:
    order, subject = line[:1], line[1:]
    if order == b"t" and subject.startswith(b"/"):
        directories.append(subject)
    elif (
        order in b"+-" and subject.isdigit() and int(subject) > 1
    ):  # to kill, 0 and 1 mean "all processes"
        if order == b"+":
            groups.add(int(subject))
        else:
            groups.discard(int(subject))


def kill(groups: "Iterable[int]") -> None:
    for group in groups:
        try:
            posix.killpg(group, _signal.SIGKILL)
        except OSError:  # it ended by itself
            pass


def main() -> None:
    ignore_signals()
    close_inherited()
    detach()
    groups: set[int] = set()
    directories: list[bytes] = []
    read_orders(groups, directories)
    if groups:
        time.sleep(GRACE)
        kill(groups)
        time.sleep(SECOND_KILL)
        kill(groups)
    if directories:
        from shutil import rmtree

        for directory in directories:
            rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
