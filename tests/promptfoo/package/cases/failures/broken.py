"""Cannot be imported."""

import a_module_that_nobody_has  # noqa: F401


def call_api(prompt, options, context):
    return {"output": prompt}
