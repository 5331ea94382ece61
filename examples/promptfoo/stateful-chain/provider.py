"""A chain of steps, built once, that remembers each conversation, like one built with LangChain.

The configuration names a method of an object in this script, `provider.py:assistant.answer`. The
object keeps the conversations in its worker: with one worker, all calls share them.
"""

import re
from collections import defaultdict


class Step:
    """A function applied to a value; `one | other` applies both in turn."""

    def __init__(self, function):
        self.invoke = function

    def __or__(self, other):
        return Step(lambda value: other.invoke(self.invoke(value)))


def remember(state):
    """Add what the user said to the history."""
    state["history"].append(state["said"])
    return state


def model(state):
    """Stands for a language model that receives the whole history."""
    names = re.findall(r"\bmy name is (\w+)", "\n".join(state["history"]), re.IGNORECASE)
    if "?" not in state["said"]:
        return f"  Noted, {names[-1]}." if names else "  Noted."
    return f"  Your name is {names[-1]}." if names else "  You have not told me."


class Assistant:
    def __init__(self):
        self.histories = defaultdict(list)
        self.chain = Step(remember) | Step(model) | Step(str.strip)

    def answer(self, prompt, options, context):
        history = self.histories[context["vars"]["conversation"]]
        output = self.chain.invoke({"history": history, "said": prompt})
        return {"output": output, "metadata": {"turns": len(history)}}


assistant = Assistant()
