"""Crashes on some inputs and answers the others."""

import os
import signal

from witness import record_pid

record_pid()


def call_api(prompt, options, context):
    if prompt.startswith("exit"):
        os._exit(3)
    if prompt.startswith("segfault"):
        os.kill(os.getpid(), signal.SIGSEGV)
    return {"output": "survived: " + prompt}
