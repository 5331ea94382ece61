"""Prompts."""


def greet(context):
    return f"Hello, {context['vars']['name']}! {context['provider']['id']} {context['config']}"


async def chat(context):
    """Promptfoo finds {{ _conversation }} in this text, and keeps one."""
    said = [turn["output"] for turn in context["vars"].get("_conversation", [])]
    return [{"role": "user", "content": f"{context['vars']['name']}, after {len(said)}"}]
