"""A provider that waits as one for an API does."""

from __future__ import annotations

import time


def call_api(prompt: str, options: object, context: object) -> dict[str, str]:
    time.sleep(0.55)
    return {"output": prompt}
