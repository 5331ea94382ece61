"""The guardian: one small process per host that outlives it and takes every worker down with it.

Run as `<python> -I -S guardian.py`. It reads lines from fd 0 until the host's end:

    +<pgid>    a process group to kill when the host is gone
    -<pgid>    that group was reaped: its number may be reused from now on
    !<pgid>    a process group to kill now, which the host has lost the right to do

Modules built into the interpreter only: a start costs 9 ms and 3 MB.
"""

import posix
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from typing import Iterable, Iterator, Set
else:
    import _signal

GRACE = 0.15  # seconds a worker has to end by itself: it sees the host's end as well
TRACKER_TIME = 0.6  # seconds that resource trackers have to remove shared memory and semaphores
TRACKER = b"_tracker import main"  # in the command line of multiprocessing's, and of loky's
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


def read_orders(groups: "set[int]") -> None:
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
            obey(line, groups)


def obey(line: bytes, groups: "set[int]") -> None:
    order, subject = line[:1], line[1:]
    if not subject.isdigit() or int(subject) <= 1:  # to kill, 0 and 1 mean "all processes"
        return
    group = int(subject)
    if order == b"+":
        groups.add(group)
    elif order == b"-":
        groups.discard(group)
    elif order == b"!" and group in groups:
        end({group})


def end(groups: "Set[int]") -> None:
    let_trackers_finish(groups)
    kill(groups)


def kill(groups: "Iterable[int]") -> None:
    for group in groups:
        try:
            posix.killpg(group, _signal.SIGKILL)
        except OSError:  # it ended by itself
            pass


def let_trackers_finish(groups: "Set[int]") -> None:
    """Kills all members but resource trackers, which end when the others are gone."""
    end = time.monotonic() + TRACKER_TIME
    while time.monotonic() < end:
        others: list[int] = []
        trackers: list[int] = []
        for pid in members(groups):
            (trackers if TRACKER in read(f"/proc/{pid}/cmdline") else others).append(pid)
        if not trackers:
            return
        for pid in others:
            try:
                posix.kill(pid, _signal.SIGKILL)
            except OSError:  # it ended by itself
                pass
        time.sleep(0.01)


def members(groups: "Set[int]") -> "Iterator[int]":
    """The running processes of these groups. `stat` is `pid (name) state parent group ...`."""
    try:
        names = posix.listdir("/proc")
    except OSError:
        return
    for name in filter(str.isdigit, names):
        state, _, group, *_ = read(f"/proc/{name}/stat").rpartition(b") ")[2].split() or [b"X"] * 3
        if state not in b"ZX" and int(group) in groups:
            yield int(name)


def read(path: str) -> bytes:
    """The beginning of a file; nothing of one that is gone."""
    try:
        fd = posix.open(path, posix.O_RDONLY)
    except OSError:
        return b""
    try:
        return posix.read(fd, 4096)
    except OSError:
        return b""
    finally:
        posix.close(fd)


def main() -> None:
    ignore_signals()
    close_inherited()
    detach()
    groups: set[int] = set()
    read_orders(groups)
    if groups:
        time.sleep(GRACE)
        end(groups)
        time.sleep(SECOND_KILL)
        kill(groups)


if __name__ == "__main__":
    main()
