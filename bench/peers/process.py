"""The Python side of `process.mjs`: takes a call from the command line, prints its result."""

import json
import runpy
import sys

name, args = json.loads(sys.argv[2])
print(json.dumps(runpy.run_path(sys.argv[1])[name](*args)))
