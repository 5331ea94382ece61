"""Variables."""


def get_var(name, prompt, others):
    if others.get("description") == "fail":
        return {"error": "no value"}
    return {"output": f"  {name} of {len(prompt)} characters, beside {sorted(others)}\n"}
