"""A script that prints a lot, in every possible way. None of it ends up in the answers.

With `promptfoo eval --verbose`, promptfoo's log shows the lines on stdout. Each line on stderr is
shown as a warning. Records of `logging` keep their level.
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
    log.debug("not shown, because its level is below INFO")
    for number in range(options["config"]["lines"]):
        print(f"thinking {number:05}", '{"output": "not the answer"}')
    # An incomplete line, not flushed.
    print("almost done", end="")
    # C libraries and child processes print without going through Python.
    os.write(1, b"written by a library\n")
    subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
    print("one warning per call", file=sys.stderr)
    return {"output": f"{prompt}, said quietly"}
