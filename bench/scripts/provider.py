"""A provider for promptfoo that does nothing."""


def call_api(prompt, options, context):
    return {"output": prompt}
