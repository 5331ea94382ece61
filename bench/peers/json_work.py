"""Does the JSON work of a worker on the text of the first line, once for each subsequent line."""

import json


def main():
    with open(0, "rb", buffering=0) as file:
        text = b""
        while not text.endswith(b"\n"):
            text += file.read(65536)
        while file.read(65536):
            json.dumps(json.loads(text), ensure_ascii=False).encode()


main()
