"""The plain provider: several synchronous functions in one script, which return their input."""

import json

from witness import record_pid

record_pid()


def call_api(prompt, options, context):
    return {"output": "echo: " + prompt}


def describe(prompt, options, context):
    """Return what arrived besides the prompt: the configuration and the variables."""
    arrived = {"tone": options["config"]["tone"], "topic": context["vars"]["topic"]}
    return {"output": json.dumps(arrived)}


class Voice:
    # Called on the class itself, hence no `self`.
    def whisper(prompt, options, context):
        return {"output": "(" + prompt.lower() + ")"}
