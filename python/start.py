"""Starts a worker. Tiny: it is compiled anew at each start, the package beside it is cached.

`multiprocessing` runs this file again as `__mp_main__` in the children of a user's script.
"""

import os
import sys

if __name__ in ("__main__", "__mp_main__"):
    # The interpreter already put this folder first, unless told not to (-I, -P) or in a child.
    safe = sys.flags.isolated or getattr(sys.flags, "safe_path", False)
    if __name__ == "__main__" and not safe:
        del sys.path[0]  # may be relative
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    # Whoever wants no bytecode means that of their own sources. Ours saves half of each start.
    wanted, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        if __name__ == "__main__":
            from _python_worker_pool.worker import main
        else:
            from _python_worker_pool.finder import install_in_child as main
    finally:
        sys.dont_write_bytecode = wanted
        del sys.path[0]  # this folder is no business of the user's imports
    main()
