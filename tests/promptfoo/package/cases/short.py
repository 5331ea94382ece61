"""An assertion, which promptfoo itself runs, in a process of its own."""


def get_assert(output, context):
    length = len(output)
    return {"pass": length < 20, "score": 1 / length, "reason": f"has {length} letters"}
