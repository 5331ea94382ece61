"""Assertions, and the score that they add up to."""


def get_assert(output, context):
    return "please" in output.lower()


def mentions_a_price(output, context):
    return "$" in output


def is_short(output, context):
    words = len(output.split())
    limit = context["config"]["words"]
    return {
        "pass": words <= limit,
        "score": min(1, limit / max(words, 1)),
        "reason": f"{words} words, and {limit} are allowed",
    }


def name_of_the_topic(output, context):
    return context["vars"]["topic"]


def weighted(scores, context):
    parts = [part["score"] for part in context["componentResults"]]
    score = 0.5 * scores.get("polite", 0) + 0.5 * sum(parts) / len(parts)
    return {"pass": score > 0.5, "score": score, "reason": f"{len(parts)} checks"}
