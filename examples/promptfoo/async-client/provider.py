"""An OpenAI client, made once for each worker and used by all its calls.

A worker has one event loop for its life, so the connections that the client keeps open serve the
next call as well.
"""

from openai import AsyncOpenAI

# Takes OPENAI_API_KEY and OPENAI_BASE_URL from the environment.
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
