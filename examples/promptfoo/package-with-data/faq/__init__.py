"""Find the answer to a frequently asked question."""

import json
from pathlib import Path

from .words import words

# Not relative to the working directory, which is the folder where promptfoo was started.
_ANSWERS = Path(__file__).with_name("answers.json")


class Faq:
    def __init__(self, answers):
        self.answers = answers

    @classmethod
    def load(cls):
        return cls(json.loads(_ANSWERS.read_text(encoding="utf-8")))

    def search(self, question):
        """Return the question with the most words in common, and its answer."""
        wanted = words(question)
        return max(self.answers.items(), key=lambda item: len(words(item[0]) & wanted))
