"""The Python side of `python-shell.mjs`: the loop that its users must write themselves."""

import json
import runpy
import sys


def main():
    script = runpy.run_path(sys.argv[1])
    for line in sys.stdin:
        name, args = json.loads(line)
        print(json.dumps(script[name](*args), ensure_ascii=False), flush=True)


main()
