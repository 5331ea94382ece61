"""Async functions, beside the plain ones of `echo.py`."""

import asyncio

from echo import echo, sleep

__all__ = ["echo", "sleep"]


async def echo_async(value):
    return value


async def nap(seconds):
    await asyncio.sleep(seconds)


async def fetch(port):
    """The body of a page, as an HTTP client gets it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    response = await reader.read()
    writer.close()
    return response.partition(b"\r\n\r\n")[2].decode()
