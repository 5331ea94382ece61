"""What the checks of an installed package call."""

import array
import asyncio
import os
import time


def add(a, b):
    return a + b


def pid():
    return os.getpid()


async def add_later(a, b):
    await asyncio.sleep(0)
    return a + b


def fail(message):
    raise ValueError(message)


def reverse(data):
    return data[::-1]


def halves(count):
    return array.array("f", [n / 2 for n in range(count)])


def hang():
    time.sleep(600)


def die():
    os._exit(3)


def call_api(prompt, options, context):
    return {"output": prompt.upper()}
