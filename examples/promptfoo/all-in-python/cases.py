"""Test cases, and values of variables."""


def opening_hours(config):
    return [
        {"description": f"open on {day}", "vars": {"topic": f"opening hours on {day}"}}
        for day in config["days"]
    ]


def get_var(name, prompt, others):
    return {"output": f"to {name} an order of {others['topic']}"}
