"""A script whose packages are in a virtual environment beside it, which is found by its name.

python -m venv .venv
.venv/bin/pip install -r requirements.txt    # Windows: .venv\\Scripts\\pip
"""

import sys

from tabulate import tabulate


def call_api(prompt, options, context):
    rows = [line.split(",") for line in prompt.strip().splitlines()]
    table = tabulate(rows[1:], headers=rows[0], tablefmt="github")
    return {"output": table, "metadata": {"environment": sys.prefix}}
