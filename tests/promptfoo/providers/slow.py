"""Never answers one input within its time limit, and answers the others at once."""

import time

from witness import record_pid

record_pid()


def call_api(prompt, options, context):
    if prompt == "sleep":
        time.sleep(60)
    return {"output": "in time: " + prompt}
