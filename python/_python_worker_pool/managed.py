"""Whether the system manages the packages of this Python (PEP 668)."""

import os
import sys

from .stdlib import stdlib


def is_managed() -> bool:
    """Whether pip refuses to install beside the packages of the system."""
    marker = os.path.join(stdlib("sysconfig").get_path("stdlib"), "EXTERNALLY-MANAGED")
    return sys.prefix == sys.base_prefix and os.path.exists(marker)
