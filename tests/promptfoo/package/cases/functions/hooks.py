"""Extension hooks."""

import json
import os
from http.client import HTTPConnection
from urllib.parse import urlsplit


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
    """Sends what it has received: promptfoo shows nothing of it."""
    received = {
        "hook": hook,
        "context": sorted(context),
        "results": [sorted(result) for result in context["results"]],
    }
    connection = HTTPConnection(urlsplit(os.environ["ECHO_URL"]).netloc)
    connection.request("POST", "/notes", json.dumps(received))
    connection.getresponse().read()
