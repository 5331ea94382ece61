"""The Python side of `pipe.mjs`: sends back what it receives."""

import os
import sys

READ = os.open(sys.argv[1], os.O_RDONLY)
WRITE = os.open(sys.argv[2], os.O_WRONLY)

while True:
    data = os.read(READ, 65536)
    if not data:
        break
    os.write(WRITE, data)
