"""A script that prints a great deal, in every way there is. None of it gets into the answers.

What it writes to stdout is in promptfoo's log with `promptfoo eval --verbose`. What it writes to
stderr is shown as warnings, a line each. What goes through `logging` has the level it was given.
"""

import logging
import os
import subprocess
import sys

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("model")

print("loading the model ...")


def call_api(prompt, options, context):
    log.info("asked: %s", prompt)
    log.debug("not shown, as its level is below INFO")
    for number in range(options["config"]["lines"]):
        print(f"thinking {number:05}", '{"output": "not the answer"}')
    # Not a whole line, and not flushed.
    print("almost done", end="")
    # What C libraries and child processes print comes from beneath Python.
    os.write(1, b"written by a library\n")
    subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
    print("one warning for each call", file=sys.stderr)
    return {"output": f"{prompt}, said quietly"}
