"""Assertions for promptfoo that do next to nothing."""


def passes(output, context):
    return True


def is_number(output, context):
    return output.isdigit()


def graded(output, context):
    return {"pass": True, "score": 0.5, "reason": str(context["vars"]["number"])}
