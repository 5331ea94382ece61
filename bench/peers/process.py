"""The Python side of `process.mjs`: reads one call from the command line, writes its result to stdout."""

import json
import runpy
import sys

name, args = json.loads(sys.argv[2])
print(json.dumps(runpy.run_path(sys.argv[1])[name](*args)))
