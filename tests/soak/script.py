"""The functions that the soak calls. Each call notes its number once, in a file, when it starts."""

import asyncio
import ctypes
import os
import resource
import signal
import struct
import subprocess
import sys
import time

# The crashes are intended, so do not write core dumps.
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

GATE_POLL = 0.005
EXIT_CODE = 77

directory = os.environ["SOAK_DIRECTORY"]
# Each note is one write of a fixed size to a file opened for appending, so notes never interleave.
starts = os.open(os.path.join(directory, "starts"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def start(number):
    os.write(starts, struct.pack("<Q", number))


def answer(kind, number):
    """Like `answer` in kinds.mjs: a reply delivered to the wrong call is noticed."""
    return f"{kind} {number} {number * 2654435761 & 0xFFFFFFFF}"


def short(number):
    start(number)
    return answer("short", number)


def long(number, seconds):
    start(number)
    print("long", number)
    time.sleep(seconds)
    return answer("long", number)


async def asynchronous(number, seconds):
    start(number)
    await asyncio.gather(asyncio.sleep(seconds), asyncio.sleep(seconds / 2))
    return answer("asynchronous", number)


def streaming(number, count):
    start(number)
    for index in range(count):
        yield number * 1000 + index
    return answer("streaming", number)


async def streaming_async(number, count):
    start(number)
    for index in range(count):
        if index % 10 == 0:
            await asyncio.sleep(0)
        yield number * 1000 + index


def text(number, value):
    start(number)
    return value + answer("text", number)


def items(number, values):
    start(number)
    return {"answer": answer("items", number), "values": values[::-1]}


def failing(number):
    start(number)
    raise ValueError(answer("failing", number))


def not_serializable(number):
    start(number)
    return {"number": number, f"bad{number}": object()}


def exiting(number, code):
    start(number)
    os._exit(code)


def faulting(number):
    start(number)
    ctypes.string_at(0)


def batched(numbers, modes, seconds):
    start_all(numbers)
    if "exit" in modes:
        os._exit(EXIT_CODE)
    time.sleep(max(seconds))
    return [outcome("batched", number, mode) for number, mode in zip(numbers, modes)]


async def batched_async(numbers, modes, seconds):
    start_all(numbers)
    await asyncio.sleep(max(seconds))
    return tuple(outcome("batched_async", *call) for call in zip(numbers, modes))


def batched_hanging(numbers):
    start_all(numbers)
    time.sleep(3600)


def start_all(numbers):
    for number in numbers:
        start(number)


def outcome(kind, number, mode):
    """What one call of a batch returns."""
    if mode == "raise":
        return ValueError(answer(kind, number))
    if mode == "bad":
        return {"number": number, f"bad{number}": object()}
    return answer(kind, number)


def hanging(number):
    start(number)
    time.sleep(3600)


async def hanging_async(number):
    start(number)
    await asyncio.sleep(3600)


def stubborn(number):
    """Only SIGKILL ends this, and it must end the child process as well."""
    start(number)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    helper = [sys.executable, "-S", "-c", "import time; time.sleep(3600)", directory]
    subprocess.Popen(helper)  # noqa: S603 (trusted arguments)
    while True:
        try:
            time.sleep(3600)
        except BaseException:
            pass


def gate(number):
    """Block the worker until the soak opens the gate."""
    start(number)
    path = os.path.join(directory, f"gate{number}")
    while not os.path.exists(path):
        time.sleep(GATE_POLL)
    return answer("gate", number)
