"""Grades answers, in place of a model."""

import json
import re


def call_api(prompt, options, context):
    question = json.loads(prompt)[-1]["content"]
    output = re.search(r"<Output>\n(.*?)\n</Output>", question, re.S).group(1)
    topic = re.search(r"is about ([\w ]+)", question).group(1)
    passes = topic.lower() in output.lower()
    grade = {"pass": passes, "score": float(passes), "reason": f"looked for {topic}"}
    return {"output": json.dumps(grade)}
