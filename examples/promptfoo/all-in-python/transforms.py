"""Transforms of outputs and variables."""


def answer_only(output, context):
    """Of the provider: what follows sees only the answer."""
    return output["answer"]


def get_transform(output, context):
    """Of every test case. The name is promptfoo's: the configuration gives none."""
    return output[:1].upper() + output[1:]


def last_character(output, context):
    return output[-1]


def with_title(variables, context):
    return {**variables, "topic": variables["topic"].capitalize()}
