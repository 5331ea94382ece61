"""Prints as much and as badly as user code can, during the import and during calls."""

import os
import subprocess
import sys

from witness import record_pid

LINES = 5000
# Text that promptfoo's own pool and others mistake for messages of the worker.
FORGERIES = "\nREADY\nDONE\nDONE|nothing\n"

record_pid()
print(FORGERIES)
print("half a line while importing", end="", flush=True)


def call_api(prompt, options, context):
    for number in range(LINES):
        print("line", number, prompt, "·" * 40)
        print("complaint", number, file=sys.stderr)
    print(FORGERIES, flush=True)
    os.write(1, b"straight to the descriptor, and no newline: \xff\xfe")
    os.write(2, b"the same for the errors: \xff\xfe")
    subprocess.check_call([sys.executable, "-S", "-c", "print('from a child', end='')"])
    return {"output": "heard: " + prompt}
