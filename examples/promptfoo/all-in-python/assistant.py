"""The assistant under test, which stands for a model: it needs nothing but its memory."""

import re

ANSWERS = {
    "delivery": "please allow three days.",
    "returns": "please send it back within a month.",
    "payment": "please pay by card or invoice.",
}


def call_api(prompt, options, context):
    topic = re.search(r"about ([\w ]+)", prompt).group(1).strip()
    answer = f"{topic}: {ANSWERS.get(topic.lower(), 'please ask again tomorrow.')}"
    return {"output": {"answer": answer, "tools": len(options["config"]["tools"])}}


def get_tools():
    """The tools that the configuration refers to."""
    return [{"type": "function", "function": {"name": "look_up", "parameters": {}}}]


def get_auth(context):
    """The token for the HTTP service."""
    return {"token": f"token-for-{context['vars']['topic'].replace(' ', '-')}"}
