"""Send the same bytes from one process to another, through a pipe or through a file in memory.

Prints the time of a transfer in milliseconds. Arguments: `pipe` or `file`, the size in bytes, and
the number of transfers. The file is reused for every transfer, which is the best case: fresh memory
costs as much again.
"""

import os
import sys
import tempfile
from fcntl import fcntl
from io import FileIO
from time import perf_counter

F_SETPIPE_SZ = 1031
PIPE_SIZE = 256 * 1024  # as in the pool
MEMORY = "/dev/shm"  # noqa: S108 (the file in it has no name)


def main():
    way, size, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryFile(dir=MEMORY, buffering=0) as file:
        read, write = os.pipe()
        fcntl(write, F_SETPIPE_SZ, PIPE_SIZE)
        done_rx, done_tx = os.pipe()
        if os.fork() == 0:
            receive(file if way == "file" else None, read, done_tx, size, times)
            os._exit(0)
        data = memoryview(os.urandom(size))
        took = [send(file if way == "file" else None, write, done_rx, data) for _ in range(times)]
        os.wait()
    print(sorted(took)[times // 2] * 1_000)


def send(file, pipe, done_rx, data):
    start = perf_counter()
    if file is None:
        while data:
            data = data[os.write(pipe, data) :]
    else:
        position = 0
        while position < len(data):
            position += os.pwrite(file.fileno(), data[position:], position)
        os.write(pipe, b"!")
    os.read(done_rx, 1)
    return perf_counter() - start


def receive(file, pipe, done_tx, size, times):
    buffer = memoryview(bytearray(size))
    source = FileIO(pipe if file is None else os.dup(file.fileno()))
    for _ in range(times):
        if file is not None:
            os.read(pipe, 1)
            source.seek(0)
        filled = 0
        while filled < size:
            filled += source.readinto(buffer[filled:])
        os.write(done_tx, b"!")


main()
