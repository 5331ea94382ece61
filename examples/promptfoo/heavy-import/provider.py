"""A model that takes seconds to load, and milliseconds to answer.

The import of the script loads it, so it is loaded once per worker, and all workers load it at the
same time. Only promptfoo's first answer waits for that.
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
