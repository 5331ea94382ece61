"""A mistake in a script fails its own test case and no other."""

import os
import sys
import time

ANSWERS = {"What is blue?": "The sky."}


def call_api(prompt, options, context):
    mischief = context["vars"]["mischief"]
    if mischief == "raise":
        return {"output": ANSWERS["What is green?"]}
    if mischief == "return nothing":
        return None
    if mischief == "return the answer alone":
        return ANSWERS[prompt]
    if mischief == "return an object":
        return {"output": {"when": [1, object()]}}
    if mischief == "sys.exit":
        sys.exit("no licence for this model")
    if mischief == "end the process":
        os._exit(3)
    if mischief == "hang":
        time.sleep(3600)
    return {"output": ANSWERS[prompt]}
