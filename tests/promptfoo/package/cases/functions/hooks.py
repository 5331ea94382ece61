"""Extension hooks."""


def extension_hook(hook_name, context):
    if hook_name == "beforeAll":
        context["suite"]["tests"].append({"description": "by a hook", "vars": {"name": "hook"}})
        return context
    return None


def beforeEach(context, hook):
    context["test"]["vars"]["hook"] = hook["hookName"]
    return context


def afterEach(context, hook):
    return {
        **context,
        "result": {
            **context["result"],
            "namedScores": {"after": 0.5},
            "metadata": {"seen": hook["hookName"]},
        },
    }


def afterAll(context, hook):
    print(len(context["results"]), hook)
