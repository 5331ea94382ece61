"""A provider written with `async def` that awaits two things concurrently."""

import asyncio

from witness import record_pid

record_pid()


async def half(text):
    await asyncio.sleep(0.01)
    return text


async def call_api(prompt, options, context):
    first, second = await asyncio.gather(half("async: "), half(prompt))
    return {"output": first + second}
