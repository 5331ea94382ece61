"""A classification-only script: the mood is positive if the text contains a cheerful word."""

from witness import record_pid

CHEERFUL = ("lovely", "sunny", "happy")

record_pid()


def call_classification_api(prompt, options):
    positive = 0.9 if any(word in prompt.lower() for word in CHEERFUL) else 0.2
    return {"classification": {"positive": positive, "negative": round(1 - positive, 3)}}
