"""A promptfoo provider that answers questions about Python from Python's own documentation.

Loading it costs as much as loading a small model: it imports a good part of the standard library,
reads its documentation and builds a search index. An answer then takes a few milliseconds.

    python examples/provider.py "When is an object garbage collected?"
"""

import importlib
import json
import math
import os
import re
import sys
from collections import Counter, defaultdict
from pydoc_data.topics import topics

# The modules whose documentation is read, besides the chapters of Python's built-in help.
_MODULES = """
    argparse ast asyncio bisect collections concurrent.futures configparser contextlib csv datetime
    decimal difflib email.message functools getpass glob gzip hashlib heapq html.parser http.client
    http.server importlib io itertools json logging.config logging.handlers math multiprocessing
    multiprocessing.shared_memory os pathlib pickle pprint queue random re secrets shelve shlex
    shutil signal smtplib socket sqlite3 ssl statistics string struct subprocess tarfile tempfile
    textwrap threading time timeit traceback unittest unittest.mock urllib.parse urllib.request
    uuid weakref xml.etree.ElementTree zipfile zoneinfo
"""

_WORD = re.compile(r"[a-z][a-z_]+")
# Words that occur in every question and would match the FAQ before anything else.
_COMMON = "an and are can do does for get how in is it my of on or the to what when"
_IGNORED = frozenset(_COMMON.split())

# The two constants of the BM25 ranking, with their usual values: how soon further occurrences of a
# word stop counting, and how strongly long passages are penalised.
_SATURATION = 1.5
_LENGTH = 0.75


def _words(text):
    # Dropping the plural lets a question about "files" find a passage about a "file".
    words = (word for word in _WORD.findall(text.lower()) if word not in _IGNORED)
    return [word[:-1] if word.endswith("s") else word for word in words]


class Index:
    """A BM25 index of passages, each a paragraph with the topic it comes from."""

    def __init__(self, passages):
        self.passages = passages
        counts = [Counter(_words(text)) for _, text in passages]
        lengths = [sum(count.values()) for count in counts]
        average = sum(lengths) / len(lengths)
        found = Counter(word for count in counts for word in count)
        # For each word: the passages it occurs in, and what it adds to the score of each.
        self.scores = defaultdict(list)
        for number, (count, length) in enumerate(zip(counts, lengths)):
            norm = _SATURATION * (1 - _LENGTH + _LENGTH * length / average)
            for word, times in count.items():
                rarity = math.log(1 + (len(passages) - found[word] + 0.5) / (found[word] + 0.5))
                score = rarity * times * (_SATURATION + 1) / (times + norm)
                self.scores[word].append((number, score))

    def search(self, question):
        """Return the topic, the text and the score of the best passage, or None."""
        total = Counter()
        for word in set(_words(question)):
            for number, score in self.scores.get(word, ()):
                total[number] += score
        if not total:
            return None
        # Of two equally good passages, take the earlier one: the answer is always the same.
        number, score = min(total.items(), key=lambda item: (-item[1], item[0]))
        topic, text = self.passages[number]
        return topic, text, score


def _documentation():
    yield from sorted(topics.items())
    for name in _MODULES.split():
        try:
            module = importlib.import_module(name)
        except ImportError:
            # Not every version and build of Python has all of them.
            continue
        yield name, module.__doc__
        for item, value in sorted(vars(module).items()):
            if not item.startswith("_") and getattr(value, "__module__", None) == name:
                yield f"{name}.{item}", value.__doc__


def _passages():
    for topic, text in _documentation():
        # Without documentation, the value is None or the attribute of the instances.
        if not isinstance(text, str):
            continue
        for paragraph in text.split("\n\n"):
            line = " ".join(paragraph.split())
            if len(line) > 60:
                yield topic, line


# Built once in each worker, and again in each process that is started for a single call.
INDEX = Index(list(_passages()))


def call_api(prompt, options, context):
    """Answer one prompt, as promptfoo's Python provider does."""
    best = INDEX.search(prompt)
    if best is None:
        return {"output": "", "error": "No passage contains any of these words."}
    topic, text, score = best
    return {
        "output": text,
        "metadata": {
            "topic": topic,
            "score": round(score, 2),
            "passages": len(INDEX.passages),
            "python": sys.executable,
            "pid": os.getpid(),
        },
    }


if __name__ == "__main__":
    print(json.dumps(call_api(" ".join(sys.argv[1:]), {}, {})))
