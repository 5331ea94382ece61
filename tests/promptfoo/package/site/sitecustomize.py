"""Python imports this in each process that it starts: it leaves a note for `processes.mjs`."""

import os

# Not by importing `witness.py`: a script is to find nothing on its path that is not its own.
with open(os.path.join(os.environ["PWP_E2E_DIR"], "pids"), "a") as notes:
    notes.write(f"{os.getpid()}\n")
