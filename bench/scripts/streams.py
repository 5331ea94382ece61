"""Generators, beside a function that returns what they yield."""

import time

_closed_at = 0.0


def item(size):
    return "x" * size


def items(count, size):
    text = "x" * size
    for _ in range(count):
        yield text


def endless(size):
    global _closed_at
    text = "x" * size
    try:
        while True:
            yield text
    finally:
        _closed_at = time.time()


def stamped(size):
    """Items that begin with when they were made, in milliseconds since the epoch."""
    while True:
        yield f"{time.time() * 1000:.3f} ".ljust(size)


def closed_at():
    """When the last endless generator was closed, in milliseconds since the epoch."""
    return _closed_at * 1000
