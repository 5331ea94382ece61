"""Starts a worker. Tiny, because Python compiles it at each start; the package beside it is cached.

`multiprocessing` runs this file again as `__mp_main__` in the children of a user's script.
"""

import os
import sys

if __name__ in ("__main__", "__mp_main__"):
    # The interpreter already put this folder first, except with -I or -P, or in a child.
    safe = sys.flags.isolated or getattr(sys.flags, "safe_path", False)
    if __name__ == "__main__" and not safe:
        del sys.path[0]  # may be relative
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    # PYTHONDONTWRITEBYTECODE is about the user's sources. Our bytecode saves half of each start.
    wanted, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        if __name__ == "__main__":
            from _python_worker_pool.worker import main
        else:
            from _python_worker_pool.finder import install_in_child
    finally:
        sys.dont_write_bytecode = wanted
        del sys.path[0]  # the user's imports must not search this folder
    if __name__ == "__main__":
        main()
    else:
        install_in_child(globals())
