"""A language model that answers token by token. This one only repeats the prompt."""

import time


def tokens(prompt, pause=0.05):
    """Yields the answer as the model makes it, and returns what it has cost."""
    count = 0
    try:
        for word in f"You said: {prompt}".split():
            time.sleep(pause)  # as long as a model takes for a token
            yield f"{word} "
            count += 1
    finally:
        # Also when the client is gone: stop the model, give back its memory.
        print(f"the model stopped after {count} tokens")
    return {"tokens": count}
