"""The Python side of `lines.mjs`: each call and each reply is a line of JSON."""

import json
import runpy
import sys


def main():
    script = runpy.run_path(sys.argv[1])
    write, flush = sys.stdout.buffer.write, sys.stdout.buffer.flush
    for line in sys.stdin.buffer:
        name, args = json.loads(line)
        write(json.dumps(script[name](*args), ensure_ascii=False).encode() + b"\n")
        flush()


main()
