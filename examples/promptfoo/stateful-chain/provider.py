"""A chain of steps, built once, that remembers each conversation: as one builds it with LangChain.

The configuration names a method of an object in this script, `provider.py:assistant.answer`. What
the object remembers is in its worker: with one worker all calls share it.
"""

import re
from collections import defaultdict


class Step:
    """Something to do with a value; `one | other` does both."""

    def __init__(self, function):
        self.invoke = function

    def __or__(self, other):
        return Step(lambda value: other.invoke(self.invoke(value)))


def remember(state):
    """What the user said becomes part of the history."""
    state["history"].append(state["said"])
    return state


def model(state):
    """Stands for a language model that is given the whole history."""
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
