"""An embeddings-only script (it has no `call_api`): a text becomes its letter frequencies."""

from witness import record_pid

ALPHABET = "abcdefghijklmnopqrstuvwxyz"

record_pid()


def call_embedding_api(prompt, options):
    text = prompt.lower()
    return {"embedding": [text.count(letter) for letter in ALPHABET]}
