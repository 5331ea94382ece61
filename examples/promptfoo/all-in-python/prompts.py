"""Prompts."""


def question(context):
    asked = context["vars"]
    detail = f" ({asked['detail']})" if "detail" in asked else ""
    return f"Dear assistant, tell me about {asked['topic']}{detail}."
