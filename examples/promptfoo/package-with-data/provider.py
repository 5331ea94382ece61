"""A script with its own modules and data files beside it.

The folder of the script is on Python's import path, wherever promptfoo was started.
"""

from faq import Faq

faq = Faq.load()


def call_api(prompt, options, context):
    question, answer = faq.search(prompt)
    # `greeting` refers to a file in the configuration: the script receives its content.
    greeting = options["config"]["greeting"].strip()
    return {"output": f"{greeting} {answer}", "metadata": {"question": question}}
