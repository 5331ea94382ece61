"""An assertion of promptfoo's: it runs this by itself, in a process for each."""


def get_assert(output, context):
    length = len(output)
    return {"pass": length < 20, "score": 1 / length, "reason": f"has {length} letters"}
