"""Assertions."""


def get_assert(output, context):
    return "Hello" in str(output)


def never(output, context):
    return False


def half(output, context):
    return 0.5


def nothing(output, context):
    return None


def words(output, context):
    return "true"


def graded(output, context):
    return {"pass": True, "score": 0.75, "reason": "well graded"}


def snake(output, context):
    return {
        "pass_": True,
        "score": 1,
        "reason": "in snake case",
        "named_scores": {"shape": 0.25},
        "component_results": [{"pass_": True, "score": 1, "reason": "a part"}],
    }


def limited(output, context):
    config = context.get("config")
    return {"pass": bool(config), "score": 1, "reason": f"{config} {sorted(context)}"}


def broken(output, context):
    raise ValueError("nothing to check")


def expected(output, context):
    return "Hello"
