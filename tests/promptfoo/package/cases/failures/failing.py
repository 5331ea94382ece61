"""Fails in the way that the prompt names."""

import ctypes
import os
import time


def call_api(prompt, options, context):
    WAYS[prompt]()
    return {"output": prompt}


def get_assert(output, context):
    WAYS[context["config"]["way"]]()
    return True


def _raise():
    raise ValueError("no answer")


def _chain():
    try:
        _raise()
    except ValueError as error:
        raise RuntimeError("no result") from error


def _hang():
    time.sleep(60)


WAYS = {
    "succeeds": lambda: None,
    "raises": _raise,
    "chains": _chain,
    "exits": lambda: os._exit(3),
    "hangs": _hang,
    "faults": lambda: ctypes.string_at(0),
}
