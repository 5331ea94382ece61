"""The plain provider: several functions in one script, synchronous, answering what they got."""

import json

from witness import record_pid

record_pid()


def call_api(prompt, options, context):
    return {"output": "echo: " + prompt}


def describe(prompt, options, context):
    """Says what arrived beside the prompt: the provider's configuration and the variables."""
    arrived = {"tone": options["config"]["tone"], "topic": context["vars"]["topic"]}
    return {"output": json.dumps(arrived)}


class Voice:
    # Called on the class itself, hence no `self`.
    def whisper(prompt, options, context):
        return {"output": "(" + prompt.lower() + ")"}
