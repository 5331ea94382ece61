"""Counts the calls of its process and, if configured, waits until several processes have met."""

import os
import time

from witness import record_pid, run_directory

MEETING_LIMIT_SECONDS = 8

record_pid()
count = 0


def meet(expected):
    """Return once `expected` processes are inside a call at the same time.

    This proves that workers run in parallel, even on a slow machine: with fewer workers, the others
    never arrive.
    """
    table = os.path.join(run_directory(), "meeting")
    os.makedirs(table, exist_ok=True)
    with open(os.path.join(table, str(os.getpid())), "w"):
        pass
    deadline = time.monotonic() + MEETING_LIMIT_SECONDS
    while len(os.listdir(table)) < expected:
        if time.monotonic() > deadline:
            # Not a TimeoutError: promptfoo retries if an error mentions a timeout.
            raise RuntimeError(f"fewer than {expected} workers arrived")
        time.sleep(0.01)


def call_api(prompt, options, context):
    global count
    count += 1
    if "meet" in options["config"]:
        meet(options["config"]["meet"])
    return {"output": "counted: " + prompt, "metadata": {"pid": os.getpid(), "count": count}}
