"""Calls that do not end."""

import os
import time


def call_api(prompt, options, context):
    with open(os.path.join(os.environ["PWP_E2E_DIR"], "waiting"), "a") as notes:
        notes.write("a call\n")
    time.sleep(3600)
