"""An OpenAI client, created once per worker and used by all of its calls.

A worker has one event loop for its whole life, so the connections that the client keeps open also
serve the next call.
"""

from openai import AsyncOpenAI

# Reads OPENAI_API_KEY and OPENAI_BASE_URL from the environment.
client = AsyncOpenAI()


async def call_api(prompt, options, context):
    config = options["config"]
    completion = await client.chat.completions.create(
        model=config["model"],
        temperature=config.get("temperature", 0),
        messages=[
            {"role": "system", "content": "Answer with one word."},
            {"role": "user", "content": prompt},
        ],
    )
    usage = completion.usage
    return {
        "output": completion.choices[0].message.content,
        # promptfoo adds these up in its report.
        "tokenUsage": {
            "total": usage.total_tokens,
            "prompt": usage.prompt_tokens,
            "completion": usage.completion_tokens,
        },
    }
