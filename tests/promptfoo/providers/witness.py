"""Records the pid of every worker process, so that the run can ask the OS about it later."""

import os


def run_directory():
    """Return the private directory of this evaluation, which `evaluate.mjs` creates."""
    return os.environ["PWP_E2E_DIR"]


def record_pid():
    # One short write to a file opened for appending, so lines of workers that start at the same
    # moment never interleave.
    with open(os.path.join(run_directory(), "pids"), "a") as notes:
        notes.write(f"{os.getpid()}\n")
