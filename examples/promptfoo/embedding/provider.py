"""Embeddings in numpy, for assertions of type `similar`.

The vector is returned as it is: an array is sent as its bytes, not as a list of numbers in text.
"""

import zlib

import numpy as np

DIMENSIONS = 256


def embed(text):
    """Count the trigrams of a text, each in one of the dimensions."""
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    padded = f"  {' '.join(text.lower().split())} "
    for start in range(len(padded) - 2):
        # Unlike Python's own hash(), this is the same in all workers.
        vector[zlib.crc32(padded[start : start + 3].encode()) % DIMENSIONS] += 1
    return vector / np.linalg.norm(vector)


def call_embedding_api(prompt, options):
    return {"embedding": embed(prompt)}
