"""Fails in the ways a provider can fail without crashing."""

from witness import record_pid

record_pid()


def call_api(prompt, options, context):
    if prompt == "raise":
        raise ValueError("the provider gave up: naïve 💥")
    if prompt == "refuse":
        return {"error": "the provider refused politely"}
    return {"output": "answered: " + prompt}
