"""Answers with the prompt, or with an error."""


def call_api(prompt, options, context):
    return {"error": "no answer"} if prompt == "fail" else {"output": prompt}
