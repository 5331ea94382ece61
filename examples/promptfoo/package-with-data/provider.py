"""A script with modules and data of its own beside it.

Its folder is on the path that Python imports from, wherever promptfoo was started.
"""

from faq import Faq

faq = Faq.load()


def call_api(prompt, options, context):
    question, answer = faq.search(prompt)
    # `greeting` is a file that the configuration refers to: promptfoo hands over what is in it.
    greeting = options["config"]["greeting"].strip()
    return {"output": f"{greeting} {answer}", "metadata": {"question": question}}
