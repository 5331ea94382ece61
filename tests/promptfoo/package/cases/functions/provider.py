"""Shows what it is configured with."""

import json


def call_api(prompt, options, context):
    config = {key: options["config"][key] for key in ("all", "some")}
    return {"output": f"{prompt} {json.dumps(config)}"}
