"""Counts the calls of its process and, when asked to, waits until several processes have met."""

import os
import time

from witness import record_pid, run_directory

PATIENCE_SECONDS = 8

record_pid()
count = 0


def meet(expected):
    """Returns once `expected` processes are inside a call at the same time.

    That is a proof of parallel workers which no slow machine can spoil: with fewer workers the
    others never come.
    """
    table = os.path.join(run_directory(), "meeting")
    os.makedirs(table, exist_ok=True)
    with open(os.path.join(table, str(os.getpid())), "w"):
        pass
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(os.listdir(table)) < expected:
        if time.monotonic() > deadline:
            # No TimeoutError: promptfoo calls again when an error speaks of a timeout.
            raise RuntimeError(f"fewer than {expected} workers came")
        time.sleep(0.01)


def call_api(prompt, options, context):
    global count
    count += 1
    if "meet" in options["config"]:
        meet(options["config"]["meet"])
    return {"output": "counted: " + prompt, "metadata": {"pid": os.getpid(), "count": count}}
