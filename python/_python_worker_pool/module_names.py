"""The names a script is imported by."""

import os


def stem_of(path: str) -> str:
    """The name of a file without its last suffix."""
    file = os.path.basename(path)
    return file.rpartition(".")[0] or file


def alias(stem: str) -> str:
    """The name of a script's module if another module already has its own name."""
    return f"_script_{stem}"
