"""The words of a text that show its topic."""

import re

_COMMON = {"a", "can", "do", "does", "how", "i", "is", "my", "the", "to", "you", "your"}


def words(text):
    return set(re.findall(r"\w+", text.lower())) - _COMMON
