"""A model that takes seconds to load, and milliseconds to answer.

It is loaded where the script is imported, so once for each worker, and all workers load at the same
time. promptfoo's first answer waits for that, the others do not.
"""

import os
import time


def load_model():
    time.sleep(3)  # stands for reading gigabytes of weights
    return {"pid": os.getpid(), "answers": 0}


model = load_model()


def call_api(prompt, options, context):
    model["answers"] += 1
    return {"output": prompt[::-1], "metadata": model}
