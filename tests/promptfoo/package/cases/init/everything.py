"""A function for every place where promptfoo runs Python."""

import json


def call_api(prompt, options, context):
    config = options["config"]
    return {"output": f"{prompt} {config['mood']} {config['n']}"}


def grade(prompt, options, context):
    return {"output": json.dumps({"pass": True, "score": 0.5, "reason": f"{len(prompt) > 9}"})}


def get_config():
    return "calm"


def greet(context):
    return f"Hello, {context['vars']['name']}! {context['vars'].get('mood')}"


def generate_tests(config=None):
    names = (config or {}).get("names", ["nobody"])
    return [{"description": f"generated {name}", "vars": {"name": name}} for name in names]


def get_var(name, prompt, others):
    return {"output": f"{name} of {others['name']}\n"}


def get_transform(output, context):
    return f"{output} [{context['vars']['name']}]"


def title(values, context):
    return {**values, "name": values["name"].title()}


def get_assert(output, context):
    return {"pass": "Hello" in output, "score": 0.75, "reason": "looked for a greeting"}


def long(output, context):
    return len(output) > 1000


def func(scores, context):
    return {"pass": True, "score": 0.25, "reason": f"{sorted(scores)}"}


def afterEach(context, hook):
    return {**context, "result": {**context["result"], "namedScores": {"after": 0.5}}}
