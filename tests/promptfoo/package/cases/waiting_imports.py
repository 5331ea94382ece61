"""An import that does not end."""

import os
import time

with open(os.path.join(os.environ["PWP_E2E_DIR"], "waiting"), "a") as notes:
    notes.write("an import\n")
time.sleep(3600)


def call_api(prompt, options, context):
    return {"output": prompt}
