"""A service with its own HTTP interface, called through one `requests` session per worker.

The session keeps its connection open between calls, and retries when the service is overloaded.
"""

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

session = requests.Session()
session.headers["User-Agent"] = "promptfoo-evaluation"
_retries = Retry(total=3, backoff_factor=0.1, status_forcelist=[503], allowed_methods=["POST"])
session.mount("http://", HTTPAdapter(max_retries=_retries))
session.mount("https://", HTTPAdapter(max_retries=_retries))


def call_api(prompt, options, context):
    config = options["config"]
    response = session.post(
        config["url"],
        json={"text": prompt, "to": context["vars"]["language"]},
        timeout=config.get("request_seconds", 10),
    )
    if response.status_code == 422:
        # promptfoo shows an `error` for this test case, and the evaluation continues.
        return {"error": f"The service refused: {response.json()['reason']}"}
    response.raise_for_status()
    return {"output": response.json()["translation"]}
