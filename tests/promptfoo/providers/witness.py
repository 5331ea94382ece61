"""Leaves a note of every worker process, so that the run can ask the OS about it later."""

import os


def run_directory():
    """The private directory of this evaluation; `evaluate.mjs` makes it and names it."""
    return os.environ["PWP_E2E_DIR"]


def record_pid():
    # One short write to a file opened for appending: workers that start at the same moment can
    # not tear each other's line.
    with open(os.path.join(run_directory(), "pids"), "a") as notes:
        notes.write(f"{os.getpid()}\n")
