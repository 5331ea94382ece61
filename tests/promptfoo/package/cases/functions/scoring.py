"""Scoring."""


def func(scores, context):
    parts = [part["score"] for part in context["componentResults"]]
    return {"pass": True, "score": sum(parts) / len(parts), "reason": f"{sorted(scores)}"}


def named(scores, context):
    return {"pass": False, "score": 0.125, "reason": f"{context['threshold']}"}


def broken(scores, context):
    raise ValueError("nothing to score")
