"""Every Python process imports this at its start; it records the pid for `processes.mjs`."""

import os

# Does not import `witness.py`: a script must not find foreign modules on its path.
with open(os.path.join(os.environ["PWP_E2E_DIR"], "pids"), "a") as notes:
    notes.write(f"{os.getpid()}\n")
